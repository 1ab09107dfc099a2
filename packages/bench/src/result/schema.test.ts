import { format } from "prettier";
import { expect, test } from "vitest";
import { failedSample, sampleResult } from "../../test/sample-result.ts";
import { renderResultReference, renderResultSchema } from "./publish-schema.ts";
import type { BenchResult, ScenarioResult, Tail } from "./result.ts";
import { benchResultSchema } from "./schema.ts";
import type { JsonSchema, JsonSchemaValue } from "./schema-builder.ts";
import { validateResult } from "./validate.ts";

/** Everything that may be absent or empty is there, so that each property of the schema is met. */
const fullSample = {
  ...failedSample(),
  calibration: {
    ...failedSample().calibration,
    atHalf: { ratePerSecond: 10_700, latenessMsP50: 0.1, latenessMsP99: 0.8 },
  },
  scenarios: failedSample().scenarios.map((scenario) => ({
    ...scenario,
    ...severalLoads(),
    tail: withLines(scenario.tail ?? null),
    digest: "0f4be2a4c9d0a1b2c3d4e5f60718293a4b53f1c9a7be24d5506a8c1f0b7d1e5a",
    repetition: {
      because: "blocks",
      tightAt: 0.05,
      moreBlocks: 4,
      figures: [{ metric: "latency.ack.p50Ms", relativeHalfWidth: 0.08, isTight: false }],
    },
    blocks: (scenario.blocks ?? []).map((block) => ({
      ...block,
      warmUp: { plannedMs: 1_000, settledMs: 700, why: null },
      anomalies: [
        { fromMs: 4_000, untilMs: 4_500, metric: "ack", value: 31, usual: 2.1, change: 13.8, cause: "checkpoint" },
      ],
    })),
    faults: [
      {
        kind: "kill-9",
        text: "4 s into the measured part, MeshHook is killed without warning; it is started again 500 ms later.",
        beganMs: 6_000,
        endedMs: 6_500,
        failedRequests: 420,
        firstFailedMs: 6_001,
        lastFailedMs: 8_100,
        clientsMs: 2_100,
        rateBackMs: 1_650,
        p50BackMs: 1_700,
      },
    ],
    disturbances: [{ metric: "host.stealShare", value: 0.03, limit: 0.02, text: "others took 3 % of the CPU time" }],
    episodes: { ...scenario.episodes, period: { everyMs: 5_000, lengthMs: 210, times: 12, share: 0.042 } },
  })),
  findings: [
    {
      id: "rollbacks",
      rule: "rollbacks",
      severity: "warning",
      title: "Transactions are rolled back",
      evidence: [
        {
          scenario: "dag-pure-saturation",
          metric: "database.rollbacks",
          value: 12,
          limit: 0,
          window: "15 s",
          file: "result.json",
        },
      ],
      cause: "Conflicts.",
      recommendation: {
        area: "code",
        change: "Order what is locked.",
        expectedEffect: "Less wasted work.",
        effort: "medium",
        risk: "low",
        rank: 4,
        rankReason: "concerns up to 4 % of the transactions",
        experiment: "npm run bench",
        knob: { scenario: "dag-pure-saturation", name: "MESHHOOK_WRITERS", value: "1", improves: ["work.commits"] },
      },
    },
  ],
} satisfies BenchResult;

/** What a scenario with several loads has in addition. */
function severalLoads(): Required<Pick<ScenarioResult, "curve" | "search" | "scalability">> {
  const times = { ackP50Ms: 1.9, ackP99Ms: 8.4, doneP50Ms: 2, doneP99Ms: 9 };
  const interval = { estimate: 210, low: 190, high: 230 };
  return {
    curve: [{ offeredPerSecond: 400, senders: null, achievedPerSecond: 400, ...times, blocks: 1 }],
    search: {
      lastPassingPerSecond: 400,
      firstFailingPerSecond: 420,
      isSustained: true,
      sustainMs: 8_000,
      binding: ["`latency.ack.p99Ms <= 12`, measured 31"],
      because: "boundary",
      probes: [
        {
          block: 1,
          phase: "bracket",
          ratePerSecond: 400,
          achievedPerSecond: 400,
          ackP50Ms: 1.9,
          ackP99Ms: 8.4,
          durationMs: 2_000,
          holds: true,
          isBacklogFlat: true,
          backlogGrowthPerSecond: -0.5,
          binding: null,
        },
      ],
    },
    scalability: {
      of: "senders",
      points: [{ n: 1, perSecond: 210, low: 205, high: 214, blocks: 2, efficiency: 1, fittedPerSecond: 209 }],
      law: {
        lambda: interval,
        sigma: interval,
        kappa: interval,
        rSquared: 0.99,
        validFrom: 1,
        validUntil: 128,
        peak: { n: interval, perSecond: 5_100 },
        linearUntil: 4,
      },
      whyNone: null,
    },
  };
}

function withLines(tail: Tail | null): Tail | null {
  const lines = [{ atMs: 12.5, text: "Run of bench-webhook-ack-nominal started" }];
  return tail === null ? null : { ...tail, slowest: tail.slowest.map((request) => ({ ...request, lines })) };
}

/** A copy as it comes from a file. */
function reread(value: unknown): Record<string, unknown> {
  const parsed: unknown = JSON.parse(JSON.stringify(value));
  if (typeof parsed !== "object" || parsed === null) throw new TypeError("not an object");
  return { ...parsed };
}

function issuesOf(document: unknown) {
  const checked = validateResult(document);
  return "issues" in checked ? checked.issues : [];
}

test("a full result and a healthy one match the schema", () => {
  expect(issuesOf(reread(fullSample))).toEqual([]);
  expect(issuesOf(reread(sampleResult()))).toEqual([]);
});

test("every property of the schema is in the full sample, and every property of the sample is in the schema", () => {
  const inSample = new Set<string>();
  collectPaths(reread(fullSample), benchResultSchema, "", inSample);
  const inSchema = new Set<string>();
  collectSchemaPaths(benchResultSchema, "", inSchema);
  expect([...inSchema].toSorted()).toEqual([...inSample].toSorted());
});

test("a field that the schema does not know fails, with its name and path", () => {
  expect(issuesOf({ ...reread(sampleResult()), surprise: 1 })).toEqual([
    { path: "", message: 'must NOT have additional properties: "surprise"' },
  ]);
});

test("every mistake is reported at once", () => {
  const document = { ...reread(sampleResult()), schemaVersion: 2, seed: "42", verdict: "splendid" };
  expect(issuesOf(document)).toEqual([
    { path: "/schemaVersion", message: "must be equal to constant: 1" },
    { path: "/seed", message: "must be integer" },
    {
      path: "/verdict",
      message: 'must be equal to one of the allowed values: ["passed","failed","inconclusive","void","interrupted"]',
    },
  ]);
});

test("a throughput beside an audit that is not clean fails", () => {
  const scenarios = failedSample().scenarios.map((scenario) =>
    scenario.audit.isClean
      ? scenario
      : { ...scenario, throughput: { ackedPerSecond: 1, completedPerSecond: 1, sent: 1, acked: 1, completed: 1 } },
  );
  expect(issuesOf(reread({ ...failedSample(), scenarios }))).toEqual([
    { path: "/scenarios/4/audit/isClean", message: "must be equal to constant: true" },
    { path: "/scenarios/4/throughput", message: "must be null" },
  ]);
});

test("every property has a description", () => {
  const silent: string[] = [];
  walkProperties(benchResultSchema, "", (path, property) => {
    if (typeof property["description"] !== "string" || property["description"] === "") silent.push(path);
  });
  expect(silent).toEqual([]);
});

// Both are compared as Prettier leaves them, so that formatting the tree does not make them stale. `vitest -u` writes them.
test("result.schema.json is current", async () => {
  await expect(await format(renderResultSchema(), { parser: "json", printWidth: 120 })).toMatchFileSnapshot(
    "./result.schema.json",
  );
});

test("docs/reference/bench-result.md is current", async () => {
  await expect(await format(renderResultReference(), { parser: "markdown", printWidth: 120 })).toMatchFileSnapshot(
    "../../../../docs/reference/bench-result.md",
  );
});

function isSchema(value: JsonSchemaValue | undefined): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function walkProperties(schema: JsonSchema, path: string, visit: (path: string, property: JsonSchema) => void): void {
  const properties = schema["properties"];
  if (isSchema(properties)) {
    for (const [name, property] of Object.entries(properties)) {
      if (!isSchema(property)) continue;
      visit(`${path}/${name}`, property);
      walkProperties(property, `${path}/${name}`, visit);
    }
  }
  for (const inside of [schema["items"], schema["additionalProperties"]])
    if (isSchema(inside)) walkProperties(inside, `${path}/*`, visit);
}

function collectSchemaPaths(schema: JsonSchema, path: string, paths: Set<string>): void {
  walkProperties(schema, path, (property) => paths.add(property));
}

/** Paths of a document with `*` for list items and map values; the schema only tells maps from objects. */
function collectPaths(value: unknown, schema: JsonSchema, path: string, paths: Set<string>): void {
  if (Array.isArray(value)) {
    const items = schema["items"];
    for (const item of value) if (isSchema(items)) collectPaths(item, items, `${path}/*`, paths);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const { properties, additionalProperties } = schema;
  for (const [name, inside] of Object.entries(value)) {
    if (isSchema(additionalProperties)) {
      collectPaths(inside, additionalProperties, `${path}/*`, paths);
      continue;
    }
    paths.add(`${path}/${name}`);
    const property = isSchema(properties) ? properties[name] : undefined;
    if (isSchema(property)) collectPaths(inside, property, `${path}/${name}`, paths);
  }
}
