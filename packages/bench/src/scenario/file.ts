import { faultStep } from "../fault/step.ts";
import { PAYLOADS, SIZED_BYTES_MIN, SMALL } from "../load/payload.ts";
import type { PayloadName, PayloadSource } from "../load/payload.ts";
import type { JsonSchema } from "../result/schema-builder.ts";
import type { Place } from "../shape/mistake.ts";
import { anything, choice, either, isObject, list, made, number, object, optional, text } from "../shape/shape.ts";
import type { Shape } from "../shape/shape.ts";
import { duration, durationText, size } from "../shape/units.ts";
import { alongsideShape } from "./alongside/step.ts";
import { PLAIN } from "./deliveries.ts";
import { documentIn, fileName, NO_FILES } from "./files-beside.ts";
import type { FilesBeside } from "./files-beside.ts";
import { REQUESTS_MAX } from "./load.ts";
import { LOAD_MS_MAX, loadShape } from "./load-shape.ts";
import { metricProblem } from "./metric.ts";
import type { RunsBefore, Scenario, Threshold } from "./scenario.ts";
import { PROMPT, targetShape } from "./target.ts";
import { BUILT_IN } from "./workflow/built-in.ts";
import type { WorkflowName } from "./workflow/built-in.ts";
import { whyNotMeasured } from "./workflow/document.ts";
import type { OwnExpectation } from "./workflow/document.ts";

/** What a scenario is about. */
const GROUPS = ["webhook", "dag", "logs", "fault", "tenancy", "console"] as const;

/** An output can be anything, null included. */
const NOT_SAID = Symbol("not said");
const WORKFLOW_NAMES = Object.keys(BUILT_IN) as WorkflowName[];
const PAYLOAD_NAMES = Object.keys(PAYLOADS) as PayloadName[];
const NAME = /^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/;

/** A path looks like one: it has an ending. */
function isPath(value: unknown): value is string {
  return typeof value === "string" && /\.(json|ya?ml)$/i.test(value);
}

const workflow = (files: FilesBeside): Shape<WorkflowChoice> =>
  either<WorkflowChoice>(
    "What runs: the name of a workflow of the benchmark's own, or the path of a workflow document (.json, .yaml), relative to this file. Calls of a document go to the benchmark's own target, whatever host it names.",
    [
      {
        has: isPath,
        shape: made(fileName("Path of a workflow document.", files), ({ path, text }, at) => {
          const document = documentIn(text);
          if (!isObject(document))
            return at.report(`${path} holds no workflow.`, "Check it with `meshhook apply --dry-run`.");
          const problem = whyNotMeasured(document);
          return problem === null
            ? ({ kind: "own", path, document } as const)
            : at.report(`${path} cannot be measured. ${problem}`, "Give the benchmark a workflow without this node.");
        }),
      },
      {
        has: (value) => typeof value === "string",
        shape: made(choice("Name of a workflow.", WORKFLOW_NAMES), (name) => ({ kind: "built-in", name }) as const),
      },
    ],
    {
      expected: "the name of a workflow or the path of one",
      remedy: `Write one of ${WORKFLOW_NAMES.join(", ")}, or a path that ends in .json or .yaml.`,
    },
  );

type WorkflowChoice =
  | { readonly kind: "built-in"; readonly name: WorkflowName }
  | { readonly kind: "own"; readonly path: string; readonly document: object };

const payload = (files: FilesBeside): Shape<PayloadSource> => {
  const file = made(fileName("Path of a JSON file.", files), ({ path, text }, at) => {
    try {
      JSON.parse(text);
      return { path, text };
    } catch (error) {
      return at.report(
        `${path} is not JSON: ${String(error instanceof Error ? error.message : error)}.`,
        "Mend the file.",
      );
    }
  });
  return either<PayloadSource>(
    "What webhooks carry: a name, a size such as { bytes: 100kB }, or one or more paths of JSON files, relative to this file, which take turns.",
    [
      { has: isPath, shape: made(file, (only) => ({ kind: "files", files: [only] }) as const) },
      {
        has: (value) => Array.isArray(value),
        shape: made(list("Paths of JSON files.", file, 1), (all) => ({ kind: "files", files: all }) as const),
      },
      {
        has: (value) => typeof value === "string",
        shape: made(choice("Name of a payload.", PAYLOAD_NAMES), (name) => ({ kind: "built-in", name }) as const),
      },
      {
        has: isObject,
        shape: made(
          object("GitHub's `issues` delivery, filled up to a size.", {
            bytes: size("Of the body.", { min: SIZED_BYTES_MIN, max: 1_000_000 }),
          }),
          ({ bytes }) => ({ kind: "sized", bytes }) as const,
        ),
      },
    ],
    {
      expected: "a payload",
      remedy: `Write one of ${PAYLOAD_NAMES.join(", ")}, a size such as { bytes: 100kB }, or the path of a JSON file.`,
    },
  );
};

/** The most that an endpoint can be set to. */
const RATE_LIMIT_MAX = 1_000_000;

const share = (description: string) => optional(number(description, { min: 0, max: 1 }), 0);

const deliveries = object(
  "How webhooks are sent.",
  {
    signature: optional(
      choice("How they are signed; the endpoint checks it.", ["none", "github-sha256"]),
      PLAIN.signature,
    ),
    key: optional(
      text(
        "The header that identifies a delivery, such as idempotency-key or x-github-delivery. Left out: none does.",
        {
          max: 64,
          pattern: /^[a-z0-9-]+$/,
          expected: "the name of a header in lower case",
          example: "idempotency-key",
        },
      ),
      PLAIN.key,
    ),
    repeats: optional(
      number("How often each delivery is sent, with the same key and body. More than 1 needs a key.", {
        min: 1,
        max: 1_000,
        isWhole: true,
      }),
      PLAIN.repeats,
    ),
    malformedShare: share("Of all deliveries, from 0 to 1: sent with a body that is not JSON, to be refused with 400."),
    badSignatureShare: share("Of all deliveries, from 0 to 1: sent with a wrong signature, to be refused with 401."),
    payloadSchema: optional(
      choice("What the endpoint checks payloads with; github-issues fits the payloads of that name.", [
        "none",
        "github-issues",
      ]),
      PLAIN.payloadSchema,
    ),
    rateLimit: optional(
      number("How many webhooks a second the endpoint accepts. Left out: any number.", {
        min: 1,
        max: RATE_LIMIT_MAX,
        isWhole: true,
      }),
      PLAIN.rateLimit,
    ),
  },
  ({ signature, key, repeats = 1, malformedShare = 0, badSignatureShare = 0 }, at) => {
    if (repeats > 1 && key === null)
      at.in("repeats").report(
        "Deliveries without a key cannot be repeated: each would become a run.",
        "Add a key, such as idempotency-key.",
      );
    if (badSignatureShare > 0 && signature === "none")
      at.in("badSignatureShare").report(
        "Webhooks that are not signed have no wrong signature.",
        "Add signature: github-sha256.",
      );
    if (malformedShare + badSignatureShare >= 1)
      at.in("malformedShare").report("No delivery is left that is right.", "Let the shares add up to less than 1.");
  },
);

const expected: Shape<OwnExpectation> = made(
  object(
    "How every run of a workflow of your own ends. What is left out is not checked, but for the status.",
    {
      status: optional(choice("How runs end.", ["succeeded", "failed"]), "succeeded"),
      output: optional(anything("The output of every run, as the API shows it."), NOT_SAID),
      outputs: optional(list("The output for each payload file, in their order.", anything("An output."), 1), null),
      calls: optional(number("Calls that every run makes.", { min: 0, max: 1_000, isWhole: true }), null),
    },
    ({ output, outputs }, at) => {
      if (output !== NOT_SAID && Array.isArray(outputs))
        at.in("outputs").report("There is an output for every run already.", "Leave out one of the two.");
    },
  ),
  ({ status, calls, output, outputs }) => ({ status, calls, outputs: output === NOT_SAID ? outputs : [output] }),
);

const runsBefore: Shape<RunsBefore> = made(
  object("Runs without calls that are made first and not measured: MeshHook is measured as it is after them.", {
    senders: number("Senders that each wait for their answer.", { min: 1, max: 10_000, isWhole: true }),
    duration: duration("How long they send.", { minMs: 100, maxMs: LOAD_MS_MAX }),
  }),
  ({ senders, duration: durationMs }) => ({ senders, durationMs }),
);

const threshold: Shape<Threshold> = object("A limit that the result must keep.", {
  metric: made(
    text("Path of a figure in the scenario's result, such as latency.ack.p99Ms, or several added up with ' + '.", {
      max: 500,
      example: "latency.ack.p99Ms",
    }),
    (metric, at) => {
      for (const path of metric.split(" + ")) {
        const problem = metricProblem(path);
        if (problem !== null) return at.report(`"${path}" is not a figure that can be judged.`, problem);
      }
      return metric;
    },
  ),
  operator: choice("How the figure compares with the limit.", ["<=", "<", ">=", "=="]),
  limit: number("The limit, in the unit of the metric.", { min: -1e15, max: 1e15 }),
  kind: optional(
    choice(
      "What a miss means. gate: MeshHook is wrong on any machine. limit: it depends on the machine's speed, so it counts only on a quiet one. precondition: nothing was tested.",
      ["gate", "limit", "precondition"],
    ),
    "limit",
  ),
  reason: text("Why this limit, in a few words. The report prints it.", {
    max: 300,
    example: "leaves room for one checkpoint",
  }),
});

/** A scenario file, with the files that it names. */
export const scenarioShape = (files: FilesBeside): Shape<Scenario> =>
  made(
    object(
      "A scenario: a question put to MeshHook, with its workload, load, faults and limits.",
      {
        name: text("Used in commands, results and folders.", {
          max: 50,
          pattern: NAME,
          expected: "a name of at most 50 lower-case letters, digits and hyphens",
          example: "webhook-ack-nominal",
        }),
        title: text("A few words for reports.", { max: 80, example: "Orders, nominal rate" }),
        question: text("What the scenario asks, in one sentence.", {
          max: 300,
          example: "How long does a sender wait until its order is durable?",
        }),
        group: choice("What it is about.", GROUPS),
        workflow: workflow(files),
        expect: optional(expected, null),
        payload: optional(payload(files), SMALL),
        deliveries: optional(deliveries, PLAIN),
        target: optional(targetShape, PROMPT),
        subscribers: optional(number("Viewers of the project's live log.", { min: 0, max: 10_000, isWhole: true }), 0),
        load: loadShape(files),
        faults: optional(list("What is done to the system while the load runs.", faultStep), []),
        alongside: optional(alongsideShape, []),
        before: optional(runsBefore, null),
        thresholds: optional(list("What must hold, beside what must hold in every scenario.", threshold), []),
      },
      checkTogether,
    ),
    ({ workflow, expect, ...rest }): Scenario => ({
      ...rest,
      workflow:
        workflow.kind === "own"
          ? { ...workflow, expect: expect ?? { status: "succeeded", calls: null, outputs: null } }
          : workflow,
    }),
  );

/** What only several parts together show. Parts that are wrong by themselves are absent. */
function checkTogether(
  read: Partial<
    Omit<Scenario, "workflow"> & { readonly workflow: WorkflowChoice; readonly expect: OwnExpectation | null }
  >,
  at: Place,
): void {
  const { workflow, expect, payload, load, faults = [] } = read;
  if (workflow?.kind === "built-in" && payload?.kind === "files")
    at.in("payload").report(
      `The workflow "${workflow.name}" reads GitHub's deliveries, which these files are not known to be.`,
      `Use one of ${PAYLOAD_NAMES.join(", ")}, a size, or a workflow of your own.`,
    );
  if (workflow?.kind === "built-in" && expect !== null && expect !== undefined)
    at.in("expect").report(
      `What becomes of the workflow "${workflow.name}" is known to the benchmark.`,
      "Leave it out, or use a workflow of your own.",
    );
  const outputs = expect?.outputs?.length ?? 1;
  if (outputs > 1 && payload !== undefined && (payload.kind !== "files" || payload.files.length !== outputs))
    at.in("expect", "outputs").report(
      `There are ${String(outputs)} outputs for ${payload.kind === "files" ? `${String(payload.files.length)} payload files` : "payloads that are not files"}.`,
      "Give one output for each payload file.",
    );
  if (load === undefined) return;
  const requests = load.kind === "paced" ? load.ratePerSecond * (load.durationMs / 1_000) : 0;
  if (requests > REQUESTS_MAX)
    at.in("load").report(
      `It would send ${Math.round(requests).toLocaleString("en-US")} webhooks; the most is ${REQUESTS_MAX.toLocaleString("en-US")}.`,
      "Lower the rate or shorten the duration.",
    );
  for (const [index, step] of faults.entries())
    if (step.at >= load.durationMs)
      at.in("faults", index, "at").report(
        `The step would begin ${durationText(step.at)} into a measured part of ${durationText(load.durationMs)}.`,
        "Let it begin earlier, or lengthen the duration.",
      );
}

/** The JSON Schema of a scenario file, for editors. */
export const scenarioFileSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://meshhook.dev/schema/bench-scenario-1.json",
  title: "MeshHook benchmark scenario",
  ...scenarioShape(NO_FILES).schema,
};
