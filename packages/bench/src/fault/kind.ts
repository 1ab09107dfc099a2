import { object } from "../shape/shape.ts";
import type { Shape, ShapeOf } from "../shape/shape.ts";
import { duration } from "../shape/units.ts";

const HOUR_MS = 3_600_000;

/** When a step begins, for every kind. */
const at = duration("When the step begins, counted from the start of the measured part.", { maxMs: HOUR_MS });

/** How long a fault lasts, for every kind that lasts. */
export const lasts = duration("How long it lasts.", { minMs: 1, maxMs: HOUR_MS });

/** From the end of a process to its new start. */
export function down(description: string): Shape<number> {
  return duration(description, { maxMs: HOUR_MS });
}

/** A kind of fault: how a scenario file describes it, and how `bench explain` puts it. */
export interface Kind<T extends object> {
  readonly shape: Shape<T>;
  readonly text: (step: T) => string;
}

type Fields = { readonly [name: string]: Shape<unknown> };
type StepOf<F extends Fields> = ShapeOf<ReturnType<typeof object<{ at: Shape<number> } & F>>>;

/** Describes a kind by its own fields; `at` is added. `text` continues a sentence that begins with the time. */
export function kind<F extends Fields>(
  description: string,
  fields: F,
  text: (step: StepOf<F>) => string,
): Kind<StepOf<F>> {
  return { shape: object(description, { at, ...fields }), text };
}
