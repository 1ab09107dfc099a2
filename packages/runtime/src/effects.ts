import type { Effect } from "@meshhook/core";

import { CallPerformer, type CallPerformerOptions } from "./call/call-performer.ts";
import type { LiveRun } from "./live-run.ts";
import type { Performer, Performers } from "./performer.ts";
import { TimerPerformer } from "./timer/timer-performer.ts";

/**
 * Does outside what folds ask for, once the facts they follow from are durable: each kind of effect has its performer. Whatever comes of it is
 * a fact.
 */
export class Effects {
  readonly #calls: CallPerformer;
  readonly #performers: Performers;

  constructor(options: CallPerformerOptions) {
    this.#calls = new CallPerformer(options);
    const times = new TimerPerformer(options);
    this.#performers = { call: this.#calls, timer: times, timeout: times, signal: times };
  }

  /** From now on no call is started that could as well be started by the next owner. */
  startDraining(): void {
    this.#calls.startDraining();
  }

  perform(live: LiveRun, effects: readonly Effect[]): void {
    const { run } = live;
    if (run.waitsCanLapse) stopWhatIsOver(live);
    for (const effect of effects) {
      // In the meantime another fact may have settled it.
      if (run.waitsCanLapse && !run.awaits(effect)) continue;
      this.#start(effect.kind, live, effect);
    }
  }

  #start<Kind extends Effect["kind"]>(
    kind: Kind,
    live: LiveRun,
    effect: Extract<Effect, { readonly kind: Kind }>,
  ): void {
    const performer: Performer<Kind> = this.#performers[kind];
    performer.start(live, effect);
  }
}

/** What a run waits for can end without a fact of its own: a loop fails, a step times out, a signal comes. Then it is not done any more. */
function stopWhatIsOver(live: LiveRun): void {
  for (const [key, wait] of live.waits) {
    if (live.run.awaits(wait.effect)) continue;
    live.waits.delete(key);
    wait.stop();
  }
}
