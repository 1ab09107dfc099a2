import type { Micros, Plan, StepStatus } from "@meshhook/core";

import { attemptsByStep, type Attempt } from "./attempts.ts";
import type { RunPicture } from "./recomputed-run.ts";

/** A period in a row. `queue`, `retry` and `delay` are waits, `call` is work, and `instant` took no measurable time. */
export interface Bar {
  readonly kind: "queue" | "retry" | "delay" | "call" | "instant";
  readonly from: Micros;
  /** Null while it continues. */
  readonly to: Micros | null;
}

export interface WaterfallRow {
  readonly key: string;
  readonly node: string;
  /** Null in the row of the step itself. */
  readonly attempt: number | null;
  readonly status: StepStatus;
  readonly bars: readonly Bar[];
}

/**
 * Where a run spent its time: a row for every step that ran, and below a call with several attempts a row for each.
 *
 * A call's work is the duration in its fact, which ends at the fact. From its due time until the work it waited for earlier facts to become
 * durable, and for its turn.
 */
export function waterfallOf(picture: RunPicture, plan: Plan): readonly WaterfallRow[] {
  const attempts = attemptsByStep(picture);
  return picture.steps.flatMap((step): WaterfallRow[] => {
    if (step.startedAt === null) return [];
    const { node, status } = step;
    const isOpen = status === "waiting";
    const tries = attempts.get(node);
    if (tries !== undefined) {
      const bars = tries.map((attempt) => barsOf(attempt, isOpen ? null : step.endedAt));
      const whole: WaterfallRow = { key: node, node, attempt: null, status, bars: withPauses(tries, bars) };
      if (tries.length === 1) return [whole];
      return [
        whole,
        ...tries.map((attempt, index): WaterfallRow => ({
          key: `${node}/${attempt.number}`,
          node,
          attempt: attempt.number,
          status: attempt.isFailed
            ? "failed"
            : attempt.outcome !== null
              ? "succeeded"
              : isOpen
                ? "waiting"
                : "canceled",
          bars: bars[index] ?? [],
        })),
      ];
    }
    const type = plan.nodeById.get(node)?.step.type;
    const isDelay = (type === "delay@1" && status !== "failed") || type === "wait_for_signal@1";
    const bar: Bar =
      isDelay || type === "loop@1" || type === "call_workflow@1"
        ? { kind: isDelay ? "delay" : "call", from: step.startedAt, to: isOpen ? null : step.endedAt }
        : { kind: "instant", from: step.startedAt, to: step.endedAt ?? step.startedAt };
    return [{ key: node, node, attempt: null, status, bars: [bar] }];
  });
}

function barsOf(attempt: Attempt, endedAt: Micros | null): readonly Bar[] {
  if (attempt.sentAt === null || attempt.endedAt === null) {
    // Of an attempt without an outcome, only its due time is known. A run that ended before that never sent it.
    if (endedAt !== null && endedAt <= attempt.dueAt) return [];
    return [{ kind: "call", from: attempt.dueAt, to: endedAt }];
  }
  const work: Bar = { kind: "call", from: attempt.sentAt, to: attempt.endedAt };
  return attempt.sentAt > attempt.dueAt ? [{ kind: "queue", from: attempt.dueAt, to: attempt.sentAt }, work] : [work];
}

/** The bars of all attempts in one row, with the pauses between them. */
function withPauses(attempts: readonly Attempt[], bars: readonly (readonly Bar[])[]): readonly Bar[] {
  return attempts.flatMap((attempt, index) => {
    const before = attempts[index - 1]?.endedAt ?? null;
    const pause: readonly Bar[] =
      before !== null && attempt.dueAt > before ? [{ kind: "retry", from: before, to: attempt.dueAt }] : [];
    return [...pause, ...(bars[index] ?? [])];
  });
}

/** The time that all rows share, never empty: a run without duration gets a millisecond. */
export function axisOf(picture: RunPicture, now: Micros): { readonly from: Micros; readonly to: Micros } {
  const end = picture.status === "running" ? Math.max(now, picture.lastAt) : picture.lastAt;
  return { from: picture.startedAt, to: Math.max(end, picture.startedAt + 1_000) };
}
