import { comparisonSchema } from "../compare/comparison-schema.ts";
import type { ComparisonReport } from "../compare/comparison-report.ts";
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
import type { JsonSchema } from "../result/schema-builder.ts";
import { environmentSchema } from "../result/environment.ts";
import type { Audit, BenchResult, Environment, ScenarioVerdict } from "../result/result.ts";
import { checkerOf } from "../result/validate.ts";
import type { AbConfiguration, AbSide } from "./configuration.ts";

/** `void`: no block of a side is valid, so there is nothing to compare. */
export type AbVerdict = ComparisonReport["verdict"] | "void";

/** Two configurations of one scenario, measured in turns: what `ab.json` holds. A is the baseline, B the candidate. */
export interface AbResult {
  readonly schemaVersion: 1;
  readonly kind: "ab";
  readonly id: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly command: string;
  readonly seed: number;
  readonly scenario: { readonly name: string; readonly title: string; readonly question: string };
  /** The order of the blocks as planned. */
  readonly order: readonly AbSide[];
  readonly isInterrupted: boolean;
  readonly verdict: AbVerdict;
  readonly a: AbSideResult;
  readonly b: AbSideResult;
  /** Of side A. */
  readonly environment: Environment;
  readonly comparison: ComparisonReport;
}

export interface AbSideResult extends Pick<AbConfiguration, "description" | "meshhookEnv" | "postgresSettings"> {
  readonly commit: BenchResult["commit"];
  /** Sums over its blocks. */
  readonly audit: AuditSums;
  readonly blocks: readonly AbBlock[];
}

export type AuditSums = Pick<
  Audit,
  "isClean" | "sent" | "accepted" | "lost" | "duplicated" | "outOfOrder" | "stuck" | "phantom" | "resultsWrong"
>;

export interface AbBlock {
  /** Of its `result.json`, relative to `ab.json`. */
  readonly file: string;
  readonly startedAtMs: number;
  readonly status: ScenarioVerdict;
  readonly isBacked: boolean;
  /** In words; empty when the machine was quiet. */
  readonly disturbances: readonly string[];
}

const side = object<AbSideResult>("One of the two configurations.", {
  description: text("In words."),
  meshhookEnv: record("Environment variables of its MeshHook, beyond the defaults.", text("The value.")),
  postgresSettings: record("Settings of its PostgreSQL, beyond those of the embedded database.", text("The value.")),
  commit: nullable(
    object<NonNullable<BenchResult["commit"]>>("What ran; null outside a checkout.", {
      revision: text("Revision."),
      isDirty: flag("Whether files differed from it."),
    }),
  ),
  audit: object<AuditSums>("The audits of its blocks, added up.", {
    isClean: flag("Whether every audit is clean."),
    sent: count("Deliveries sent."),
    accepted: count("Deliveries accepted."),
    lost: count("Accepted, but without a run."),
    duplicated: count("More than one run for a delivery."),
    outOfOrder: count("Runs whose records are out of order."),
    stuck: count("Runs that did not end."),
    phantom: count("Runs that nobody asked for."),
    resultsWrong: count("Runs with a wrong result."),
  }),
  blocks: list(
    "Its blocks, in the order they ran.",
    object<AbBlock>("One block.", {
      file: text("Its `result.json`, relative to this document."),
      startedAtMs: amount("Start, Unix milliseconds."),
      status: choice("The verdict of the block by itself.", ["passed", "failed", "inconclusive", "void"]),
      isBacked: flag("Whether the load generator kept up."),
      disturbances: list("Signs that others used the machine.", text("One sign.")),
    }),
  ),
});

const result = object<AbResult>("Two configurations of one scenario, measured in turns. A is the baseline.", {
  schemaVersion: constant("Version of this schema.", 1),
  kind: choice("Kind of document.", ["ab"]),
  id: text("Identifies the comparison."),
  startedAtMs: amount("Start, Unix milliseconds."),
  finishedAtMs: amount("End, Unix milliseconds."),
  command: text("The exact command."),
  seed: count("Seeds the payloads and the order of the blocks."),
  scenario: object<AbResult["scenario"]>("What was measured.", {
    name: text("Its name."),
    title: text("Its name for people."),
    question: text("What it asks."),
  }),
  order: list("The order of the blocks as planned.", choice("The side that was measured.", ["a", "b"])),
  isInterrupted: flag("Whether it was stopped before all blocks had run."),
  verdict: choice("How B relates to A. `void`: no block of a side is valid.", [
    "better",
    "same",
    "worse",
    "inconclusive",
    "void",
  ]),
  a: side,
  b: side,
  environment: environmentSchema,
  comparison: comparisonSchema,
});

/** The JSON Schema (2020-12) of `ab.json`. */
export const abResultSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://meshhook.dev/schema/bench-ab-1.json",
  title: "MeshHook comparison of two configurations",
  ...result.json,
};

/** Every way in which a document is not such a comparison; none when it is one. */
export const validateAbResult = checkerOf(abResultSchema);
