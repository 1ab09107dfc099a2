import type { Json, JsonArray } from "../json.ts";
import type { StepError } from "./event.ts";
import type { StepPlace } from "./step-key.ts";

/**
 * What a resumed run takes over from the run that it continues. Loops come before what is kept of their iterations; otherwise the order is
 * that of the plan.
 */
export type Kept = KeptStep | KeptLoop;

/** A step that had ended and is not run again. */
export interface KeptStep extends StepPlace {
  /** The way that was taken. */
  readonly port: string;
  readonly output: Json;
  /** Set when the step failed and its error port was taken. */
  readonly error?: StepError;
  /** The attempts of a call. */
  readonly attempts?: number;
  /** The output is not the step's own: it came with the request to resume. */
  readonly edited?: true;
}

/** A loop that goes on: iterations that had ended are not run again. */
export interface KeptLoop extends StepPlace {
  readonly items: JsonArray;
  readonly ended: readonly KeptIteration[];
  /** Iterations that had begun and go on, with what is kept of their steps. */
  readonly open: readonly number[];
  /** The iteration that broke the loop off; absent when none did. */
  readonly brokenAt?: number;
}

/** How an iteration ended: with a result, or with an error that the loop tolerates. */
export type KeptIteration =
  { readonly index: number; readonly result: Json } | { readonly index: number; readonly error: StepError };
