import { canaryReadingSchema } from "./blocks.ts";
import { calibrationSchema, environmentSchema, roofsSchema } from "./environment.ts";
import { externalSchema } from "./external.ts";
import { findingSchema } from "./finding.ts";
import type { BenchResult } from "./result.ts";
import { scenarioSchema } from "./scenario-result.ts";
import { amount, choice, constant, count, flag, list, nullable, object, optional, text } from "./schema-builder.ts";
import type { JsonSchema, Schema } from "./schema-builder.ts";

const result: Schema<BenchResult> = object<BenchResult>(
  "The result of one benchmark run. Units are in the names; times of day are Unix milliseconds.",
  {
    schemaVersion: constant("Version of this schema.", 1),
    id: text("Identifies the run."),
    suite: text("Named set of scenarios."),
    startedAtMs: amount("Start, Unix milliseconds."),
    finishedAtMs: amount("End, Unix milliseconds."),
    command: text("The exact command."),
    commit: nullable(
      object<NonNullable<BenchResult["commit"]>>("The checkout that ran; null outside one.", {
        revision: text("Revision."),
        isDirty: flag("Whether files differed from it."),
      }),
    ),
    seed: count("Seeds everything random."),
    environment: environmentSchema,
    calibration: calibrationSchema,
    roofs: roofsSchema,
    canaryBest: optional(nullable(canaryReadingSchema)),
    scenarios: list("In the order they ran.", scenarioSchema),
    findings: list("Ranked, largest expected effect first.", findingSchema),
    external: optional(externalSchema),
    verdict: choice(
      "The worst of the scenarios: `failed`, then `void`, then `inconclusive`; `interrupted` when it was stopped early and contains what was measured so far.",
      ["passed", "failed", "inconclusive", "void", "interrupted"],
    ),
    deviations: list("Departures from the plan, and why.", text("One departure.")),
  },
);

/** The JSON Schema (2020-12) of `result.json`; `result.schema.json` is its published form. */
export const benchResultSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://meshhook.dev/schema/bench-result-1.json",
  title: "MeshHook benchmark result",
  ...result.json,
};
