import { Ajv2020 } from "ajv/dist/2020.js";
import { environmentSchema } from "../result/environment.ts";
import {
  amount,
  choice,
  constant,
  count,
  flag,
  list,
  nullable,
  object,
  record,
  text,
} from "../result/schema-builder.ts";
import type { JsonSchema, Schema } from "../result/schema-builder.ts";
import type { PeerSetting } from "./peer.ts";
import type {
  ContestantDescription,
  NotTried,
  PeerAudit,
  PeerComparison,
  PeerRatio,
  PeersPlan,
  PeersResult,
  RoundFigures,
  RoundSummary,
} from "./result.ts";

const workflow = choice("The workflow.", ["pure", "one-call"]);

const audit: Schema<PeerAudit> = object<PeerAudit>("Accepted against finished against effects.", {
  isClean: flag("Whether nothing is wrong."),
  accepted: count("Webhooks answered 2xx."),
  unknown: count("Requests without a clear answer."),
  finished: count("Runs that ended."),
  lost: count("Accepted, and never ended."),
  doubled: count("Ends beyond the first of a run."),
  phantom: count("Runs that no answer named."),
  effects: count("Calls that arrived."),
  effectsMissing: count("Runs without their call."),
  effectsDoubled: count("Calls beyond the first of a run, or for no run."),
  effectsWrong: count("Calls with another body than the delivery leads to."),
});

const FIGURES = {
  runsPerSecond: nullable(amount("Saturating load: runs that ended, by the time to the last end.")),
  ackP50Ms: nullable(amount("Nominal load: median time from the intended send to the answer.")),
  ackP99Ms: nullable(amount("The same, 99th percentile; null with fewer than 1,000 webhooks.")),
  doneP99Ms: nullable(amount("Nominal load: 99th percentile from the intended send to the end of the run.")),
  cpuSecondsPer1000: nullable(amount("Saturating load: CPU seconds of the engine and its database for 1,000 runs.")),
  walBytesPerRun: nullable(amount("Saturating load: write-ahead log of PostgreSQL; null for an engine elsewhere.")),
};

const round: Schema<RoundFigures> = object<RoundFigures>("One contestant, one workflow, one round.", {
  round: count("From 1."),
  contestant: text("Name."),
  workflow,
  ...FIGURES,
  audit,
  generatorShare: amount("Share of one core that the generator used while the load was saturating."),
  drainMs: amount("From the last answer of the saturating load to the last end."),
});

const summary: Schema<RoundSummary | null> = nullable(
  object<RoundSummary>("Over the rounds.", {
    median: amount("Median."),
    min: amount("Least."),
    max: amount("Most."),
    rounds: count("Rounds with this figure."),
  }),
);

const ratio: Schema<PeerRatio | null> = nullable(
  object<PeerRatio>("MeshHook ÷ this contestant, within each round.", {
    estimate: amount("Geometric mean."),
    low: nullable(amount("Lower end of the 95 % interval; null with fewer than four rounds.")),
    high: nullable(amount("Upper end.")),
    rounds: count("Rounds in which both have the figure."),
  }),
);

function eachFigure<T>(of: Schema<T>): { readonly [Name in keyof typeof FIGURES]: Schema<T> } {
  return {
    runsPerSecond: of,
    ackP50Ms: of,
    ackP99Ms: of,
    doneP99Ms: of,
    cpuSecondsPer1000: of,
    walBytesPerRun: of,
  };
}

const comparison: Schema<PeerComparison> = object<PeerComparison>("A contestant over all rounds of a workflow.", {
  workflow,
  contestant: text("Name."),
  audit,
  withheld: nullable(text("Why there are no figures; null where there are.")),
  figures: object<PeerComparison["figures"]>("Its own figures.", eachFigure(summary)),
  ratios: object<PeerComparison["ratios"]>("MeshHook's figures divided by its own.", eachFigure(ratio)),
});

const setting: Schema<PeerSetting> = object<PeerSetting>("A setting that is not the default, or that matters.", {
  name: text("Name."),
  value: text("Value."),
  reason: text("Why."),
  source: text("Where the reason comes from."),
});

const contestant: Schema<ContestantDescription> = object<ContestantDescription>("What was measured.", {
  name: text("Name."),
  title: text("For people."),
  packages: record("Its packages with their exact versions.", text("Version.")),
  durability: text("What it makes durable, and where."),
  end: text("How the end of a run is known."),
  settings: list("Its settings.", setting),
});

const result: Schema<PeersResult> = object<PeersResult>("What `meshhook bench peers` measured.", {
  schemaVersion: constant("Version of this schema.", 1),
  id: text("Identifies the run."),
  startedAtMs: amount("Start, Unix milliseconds."),
  finishedAtMs: amount("End, Unix milliseconds."),
  command: text("The exact command."),
  commit: nullable(
    object<NonNullable<PeersResult["commit"]>>("The checkout that ran; null outside one.", {
      revision: text("Revision."),
      isDirty: flag("Whether files differed from it."),
    }),
  ),
  seed: count("Selects the payloads and the order."),
  environment: environmentSchema,
  plan: object<PeersPlan>("What every contestant got in every round.", {
    rounds: count("Rounds."),
    warmUpMs: amount("Length of a saturating load before everything else; 0 for none."),
    ratePerSecond: amount("Of the nominal load."),
    nominalMs: amount("Length of the nominal load."),
    senders: count("Connections of the saturating load."),
    saturatedMs: amount("Length of the saturating load."),
    payload: text("What the webhooks carry."),
  }),
  contestants: list("MeshHook first.", contestant),
  notTried: list(
    "Peers without a result.",
    object<NotTried>("One of them.", { name: text("Name."), reason: text("Why.") }),
  ),
  comparisons: list("One for each contestant and workflow.", comparison),
  rounds: list("In the order in which they were measured.", round),
  isInterrupted: flag("Whether it was stopped early."),
});

/** The JSON Schema (2020-12) of `peers.json`; `schema/peers.v1.json` is its published form. */
export const peersResultSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://meshhook.dev/schema/bench-peers-1.json",
  title: "MeshHook and its peers",
  ...result.json,
};

/** Every way in which a document is not a result of `bench peers`; empty for one. */
export function peersResultIssues(document: unknown): readonly string[] {
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(peersResultSchema);
  if (validate(document)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || "/"}: ${message ?? "is wrong"}`);
}
