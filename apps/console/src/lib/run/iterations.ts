import type { Fact, KeptLoop, Micros, Plan, Run, RunEvent, StepError, StepStatus } from "@meshhook/core";

import type { Place } from "./place.ts";
import type { RunPicture } from "./recomputed-run.ts";

/** One iteration of a loop that has begun. */
export interface Iteration {
  readonly index: number;
  readonly status: Extract<StepStatus, "waiting" | "succeeded" | "failed" | "canceled">;
  /** It ended in the run that this one continues, and was not run again. */
  readonly isKept: boolean;
  readonly error: StepError | null;
  /** Null for a kept one. */
  readonly startedAt: Micros | null;
  readonly endedAt: Micros | null;
}

export interface Iterations {
  /** How many the loop has, begun or not. */
  readonly items: number;
  /** Those that have begun, by number. */
  readonly begun: readonly Iteration[];
}

type Outcome = Pick<Iteration, "endedAt" | "error">;

/**
 * The iterations of a loop. It takes one pass over the events and one look at each item, so that thousands of them cost no more than the log.
 *
 * @param loop  The step of the loop.
 */
export function iterationsOf(picture: RunPicture, plan: Plan, run: Run, loop: Place): Iterations {
  const { items, outcomes } = readEvents(picture.events, loop);
  const found = new Map(keptIterations(picture.facts[0]?.fact, loop).map((kept) => [kept.index, kept]));
  const body = plan.nodeById.get(loop.node)?.body.nodes ?? [];
  for (let index = 0; index < items; index += 1) {
    const iteration = [...(loop.iteration ?? []), index];
    const steps = body.flatMap(({ id }) => run.stepAt({ node: id, iteration }) ?? []);
    if (steps.length === 0) continue;
    const outcome = outcomes.get(index);
    const starts = steps.flatMap(({ startedAt }) => startedAt ?? []);
    const goesOn = steps.some(({ status }) => status === "waiting" || status === "pending");
    found.set(index, {
      index,
      // Without an outcome of its own, an iteration goes on, or was given up when its loop or the run ended.
      status:
        outcome === undefined ? (goesOn && picture.status === "running" ? "waiting" : "canceled") : statusOf(outcome),
      isKept: false,
      error: outcome?.error ?? null,
      startedAt: starts.length === 0 ? null : Math.min(...starts),
      endedAt: outcome?.endedAt ?? null,
    });
  }
  return { items, begun: [...found.values()].sort((one, other) => one.index - other.index) };
}

function statusOf({ error }: Outcome): "succeeded" | "failed" {
  return error === null ? "succeeded" : "failed";
}

/** What the log says of a loop: the number of its items, and how its iterations ended. */
function readEvents(
  events: readonly RunEvent[],
  loop: Place,
): { readonly items: number; readonly outcomes: ReadonlyMap<number, Outcome> } {
  const outer = numbersOf(loop);
  const outcomes = new Map<number, Outcome>();
  let items = 0;
  for (const event of events) {
    if (event.node !== loop.node || numbersOf(event) !== outer) continue;
    if (event.type === "step.started") ({ items } = event.data as unknown as { readonly items: number });
    if (event.type !== "iteration.succeeded" && event.type !== "iteration.failed") continue;
    const { index, ...error } = event.data as unknown as { readonly index: number } & StepError;
    outcomes.set(index, { endedAt: event.at, error: event.type === "iteration.failed" ? error : null });
  }
  return { items, outcomes };
}

function numbersOf({ iteration = [] }: { readonly iteration?: readonly number[] }): string {
  return iteration.join(".");
}

/** What a resumed run kept of this loop. */
function keptIterations(first: Fact | undefined, loop: Place): readonly Iteration[] {
  const kept = first?.kind === "delivery" ? (first.kept ?? []) : [];
  const same = kept.find(
    (one): one is KeptLoop => "ended" in one && one.node === loop.node && numbersOf(one) === numbersOf(loop),
  );
  return (same?.ended ?? []).map((iteration) => {
    const outcome = { endedAt: null, error: "error" in iteration ? iteration.error : null };
    return { ...outcome, index: iteration.index, status: statusOf(outcome), isKept: true, startedAt: null };
  });
}

const RANKS = { failed: 0, waiting: 1, canceled: 2, succeeded: 3 } as const;

/** Those that failed first, then those that go on; each group by number. */
export function failedFirst(iterations: readonly Iteration[]): readonly Iteration[] {
  return iterations.toSorted((one, other) => RANKS[one.status] - RANKS[other.status] || one.index - other.index);
}
