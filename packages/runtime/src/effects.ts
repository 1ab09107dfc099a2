import type { Effect } from "@meshhook/core";

import { CallPerformer, type CallPerformerOptions } from "./call/call-performer.ts";
import type { ChildPerformer } from "./child/child-performer.ts";
import type { LiveRun } from "./live-run.ts";
import type { Performer, Performers } from "./performer.ts";
import { TimerPerformer } from "./timer/timer-performer.ts";

export interface EffectsOptions extends CallPerformerOptions {
  readonly children: ChildPerformer;
}

/**
 * Does outside what folds ask for, once the facts they follow from are durable: each kind of effect has its performer. Whatever comes of it is
 * a fact.
 */
export class Effects {
  readonly #calls: CallPerformer;
  readonly #children: ChildPerformer;
  readonly #performers: Performers;

  constructor(options: EffectsOptions) {
    this.#calls = new CallPerformer(options);
    this.#children = options.children;
    const times = new TimerPerformer(options);
    this.#performers = { call: this.#calls, timer: times, timeout: times, signal: times, child: this.#children };
  }

  /** From now on nothing is started that could as well be started by the next owner. */
  startDraining(): void {
    this.#calls.startDraining();
    this.#children.startDraining();
  }

  perform(live: LiveRun, effects: readonly Effect[]): void {
    const { run } = live;
    if (run.waitsCanLapse) this.#stopWhatIsOver(live);
    for (const effect of effects) {
      // In the meantime another fact may have settled it.
      if (run.waitsCanLapse && !run.awaits(effect)) continue;
      this.#start(effect.kind, live, effect);
    }
  }

  /** A run has ended, and that is durable: what its steps still waited for is not done any more. */
  giveUpAll(live: LiveRun): void {
    for (const { effect } of live.waits.values()) if (effect.kind === "child") this.#children.giveUp(live, effect);
  }

  #start<Kind extends Effect["kind"]>(
    kind: Kind,
    live: LiveRun,
    effect: Extract<Effect, { readonly kind: Kind }>,
  ): void {
    const performer: Performer<Kind> = this.#performers[kind];
    performer.start(live, effect);
  }

  /** What a run waits for can end without a fact of its own: a loop fails, a step times out, a signal comes. Then it is not done any more. */
  #stopWhatIsOver(live: LiveRun): void {
    for (const [key, wait] of live.waits) {
      if (live.run.awaits(wait.effect)) continue;
      live.waits.delete(key);
      wait.stop();
      if (wait.effect.kind === "child") this.#children.giveUp(live, wait.effect);
    }
  }
}
