import type { BenchResult } from "./result.ts";
import { knobSchema } from "./finding.ts";
import type { FindingKnob } from "./finding.ts";
import { amount, choice, constant, count, flag, list, nullable, number, object, text } from "./schema-builder.ts";
import type { JsonSchema } from "./schema-builder.ts";
import { checkerOf } from "./validate.ts";

/**
 * A recommendation that was tried: its knob, turned in interleaved blocks against the configuration as it was. Retests lie beside the
 * result, in `retests/`.
 */
export interface Retest {
  readonly schemaVersion: 1;
  readonly kind: "retest";
  /** The finding's id. */
  readonly finding: string;
  readonly title: string;
  /** Id of the result that the finding is of; null when the rule's knob was tried although no result showed the finding. */
  readonly result: string | null;
  readonly knob: FindingKnob;
  /** The knob's value without the change; null where it is not known. */
  readonly from: string | null;
  /**
   * `confirmed`: a figure that the recommendation promises to improve did, beyond the smallest change that matters. `refuted`: none did, or
   * work was lost. `inconclusive`: the spread is too large to say.
   */
  readonly outcome: "confirmed" | "refuted" | "inconclusive";
  /** What came out, in a sentence with figures. */
  readonly text: string;
  readonly figures: readonly RetestFigure[];
  /** Pairs that were compared: those in which the load generator backed both blocks. */
  readonly pairs: number;
  /** Of both sides. */
  readonly blocks: number;
  /** Blocks of both sides during which others used the machine. */
  readonly disturbedBlocks: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly command: string;
  readonly commit: BenchResult["commit"];
  readonly machine: RetestMachine;
}

export interface RetestMachine {
  readonly cpuModel: string;
  readonly cores: number;
  readonly node: string;
  readonly postgres: string;
  readonly meshhook: string;
  readonly fingerprint: string;
}

export interface RetestFigure {
  readonly key: string;
  readonly label: string;
  /** Relative change, as in −0.12; null where a side does not have the figure. */
  readonly change: number | null;
  /** Ends of its 95 % interval; null with too few pairs. */
  readonly low: number | null;
  readonly high: number | null;
  readonly verdict: "better" | "same" | "worse" | "inconclusive";
  /** Whether the recommendation promises to improve it. */
  readonly isExpected: boolean;
}

const retest = object<Retest>("A recommendation that was tried by changing one setting.", {
  schemaVersion: constant("Version of this schema.", 1),
  kind: choice("Kind of document.", ["retest"]),
  finding: text("Id of the finding."),
  title: text("The finding in one line."),
  result: nullable(text("Id of the result that the finding is of; null when no result showed it.")),
  knob: knobSchema,
  from: nullable(text("The setting's value without the change; null when unknown.")),
  outcome: choice(
    "`confirmed`: a promised figure improved beyond the smallest change that matters. `refuted`: none did, or work was lost. `inconclusive`: the spread is too large.",
    ["confirmed", "refuted", "inconclusive"],
  ),
  text: text("The outcome in a sentence with figures."),
  figures: list(
    "Every figure that was compared.",
    object<RetestFigure>("One figure.", {
      key: text("Such as `work.commits`."),
      label: text("Name for people."),
      change: nullable(number("Relative change, as in −0.12; null when a side has no such figure.")),
      low: nullable(number("Lower end of its 95 % interval; null with too few pairs.")),
      high: nullable(number("Upper end of it.")),
      verdict: choice("How it changed.", ["better", "same", "worse", "inconclusive"]),
      isExpected: flag("Whether the recommendation promises to improve it."),
    }),
  ),
  pairs: count(
    "Pairs of blocks that were compared. Blocks in which the load generator could not keep up are left out.",
  ),
  blocks: count("Blocks of both sides."),
  disturbedBlocks: count("Blocks of both sides during which others used the machine."),
  startedAtMs: amount("Start, Unix milliseconds."),
  finishedAtMs: amount("End, Unix milliseconds."),
  command: text("The exact command."),
  commit: nullable(
    object<NonNullable<BenchResult["commit"]>>("What ran; null outside a checkout.", {
      revision: text("Revision."),
      isDirty: flag("Whether files differed from it."),
    }),
  ),
  machine: object<RetestMachine>("Where it ran.", {
    cpuModel: text("Model name of the processor."),
    cores: count("Logical processors."),
    node: text("Node.js version."),
    postgres: text("PostgreSQL version."),
    meshhook: text("MeshHook version."),
    fingerprint: text("The environment's fingerprint, as in a result."),
  }),
});

/** The JSON Schema (2020-12) of a retest. */
export const retestSchema: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "https://meshhook.dev/schema/bench-retest-1.json",
  title: "MeshHook benchmark retest",
  ...retest.json,
};

const issuesOf = checkerOf(retestSchema);

/** Checks a document for what a retest is: the retest, or a line for every issue. */
export function parseRetest(document: unknown): { readonly retest: Retest } | { readonly issues: readonly string[] } {
  const issues = issuesOf(document);
  // The schema is held against the type by the compiler.
  if (issues.length === 0) return { retest: document as Retest };
  return { issues: issues.map(({ path, message }) => `${path === "" ? "/" : path}: ${message}`) };
}

/** The latest retest of a finding; null when it was never re-tested. */
export function retestOf(retests: readonly Retest[], finding: string): Retest | null {
  return (
    retests
      .filter((each) => each.finding === finding)
      .toSorted((a, b) => a.startedAtMs - b.startedAtMs)
      .at(-1) ?? null
  );
}
