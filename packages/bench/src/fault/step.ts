import { object, variants } from "../shape/shape.ts";
import type { Shape, ShapeOf } from "../shape/shape.ts";
import { duration, durationText } from "../shape/units.ts";

const HOUR_MS = 3_600_000;

/** When a step begins, for every kind. */
const at = duration("When the step begins, counted from the start of the measured part.", { maxMs: HOUR_MS });

/**
 * What can be done to the system while its load runs: one entry per kind, with the fields that a scenario file gives it and how
 * `bench explain` puts it. Durations are milliseconds once they are read.
 */
const KINDS = {
  "kill-9": kind(
    object("MeshHook's process is killed without warning and started again on the same port and database.", {
      at,
      down: duration("How long the process stays away: from the kill to the new start.", { maxMs: HOUR_MS }),
    }),
    (step) =>
      `${durationText(step.at)} into the measured part, MeshHook is killed without warning; it is started again ${durationText(step.down)} later.`,
  ),
};

/** One step of a scenario's faults, as in `{ kind: "kill-9", at: 4_000, down: 500 }`. */
export type FaultStep = {
  [Kind in keyof typeof KINDS]: { readonly kind: Kind } & ShapeOf<(typeof KINDS)[Kind]["shape"]>;
}[keyof typeof KINDS];

/** Reads one step of a scenario file. */
export const faultStep: Shape<FaultStep> = variants("A fault while the load runs.", "kind", shapes(KINDS));

/** A step in a sentence. */
export function faultText(step: FaultStep): string {
  // The entry of a kind takes the steps of that kind.
  return (KINDS[step.kind].text as (step: FaultStep) => string)(step);
}

interface Kind<T extends object> {
  readonly shape: Shape<T>;
  readonly text: (step: T) => string;
}

function kind<T extends object>(shape: Shape<T>, text: (step: T) => string): Kind<T> {
  return { shape, text };
}

type Shapes<T extends { readonly [kind: string]: { readonly shape: unknown } }> = {
  readonly [Name in keyof T]: T[Name]["shape"];
};

function shapes<T extends { readonly [kind: string]: { readonly shape: unknown } }>(kinds: T): Shapes<T> {
  // The same keys, each with the shape of its entry.
  return Object.fromEntries(Object.entries(kinds).map(([name, { shape }]) => [name, shape])) as Shapes<T>;
}
