/** A step of a run: its node and, inside loops, the numbers of the iterations, outermost first. */
export interface StepPlace {
  readonly node: string;
  /** Absent outside loops. */
  readonly iteration?: readonly number[];
}

/** The place of something that has one, without the rest of it. */
export function placeOf({
  node,
  iteration,
}: {
  readonly node: string;
  readonly iteration?: readonly number[] | undefined;
}): StepPlace {
  return iteration === undefined ? { node } : { node, iteration };
}

/** Names a step within its run: `charge`, and inside loops `charge-3` or `charge-3.0`. Node ids have no hyphen. */
export function stepKey({ node, iteration }: StepPlace): string {
  return iteration === undefined ? node : `${node}-${iteration.join(".")}`;
}
