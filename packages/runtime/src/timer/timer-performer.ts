import {
  type Fact,
  type Micros,
  placeOf,
  type SignalEffect,
  type TimeoutEffect,
  type TimerEffect,
} from "@meshhook/core";
import { failpoint } from "@meshhook/journal/failpoint";

import type { Clock } from "../clock.ts";
import type { DueQueue } from "../due-queue.ts";
import type { LiveRun } from "../live-run.ts";
import type { Performer } from "../performer.ts";
import { FAR_FUTURE, waitKey } from "../wait.ts";

export interface TimerPerformerOptions {
  readonly due: DueQueue;
  readonly clock: Clock;
  readonly record: (live: LiveRun, fact: Fact) => void;
}

/** Waits for times: the end of a delay, of the time that a step or a run may take, of a wait for a signal. Signals come through the inbox. */
export class TimerPerformer implements Performer<"timer" | "timeout" | "signal"> {
  readonly #options: TimerPerformerOptions;

  constructor(options: TimerPerformerOptions) {
    this.#options = options;
  }

  start(live: LiveRun, effect: TimerEffect | TimeoutEffect | SignalEffect): void {
    const { due } = this.#options;
    const { dueAt } = effect;
    const key = waitKey(effect);
    if (dueAt === null) {
      live.waits.set(key, { effect, dueAt: FAR_FUTURE, stop: () => {} });
      return;
    }
    const stop = due.add(dueAt, () => {
      live.waits.delete(key);
      this.#end(live, effect, dueAt);
    });
    live.waits.set(key, { effect, dueAt, stop });
  }

  #end(live: LiveRun, effect: TimerEffect | TimeoutEffect | SignalEffect, dueAt: Micros): void {
    const { clock, record } = this.#options;
    // It was settled by a fact that is not durable yet.
    if (!live.isFolding && !live.run.awaits(effect)) return;
    failpoint("timer.fired");
    const at = Math.max(dueAt, live.timeOf(clock.now()));
    const kind = effect.kind === "timer" ? "timer" : "timeout";
    // Only the time of the whole run belongs to no node.
    const { node, iteration } = effect;
    record(live, node === undefined ? { kind: "timeout", at } : { kind, at, ...placeOf({ node, iteration }) });
  }
}
