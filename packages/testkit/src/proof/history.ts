import { decodeFacts, placeOf, Run, stepKey, type Effect, type Fact, type Micros, type Plan } from "@meshhook/core";

/** A segment as it is stored. */
export interface StoredSegment {
  readonly seq: number;
  /** Null when the run goes on after it. */
  readonly status: string | null;
  readonly facts: string;
  /** When it was stored, by a clock that is right; absent where nobody knows. */
  readonly storedAtUs?: Micros;
}

/** A call that the stored facts ask for. */
export interface AskedCall {
  readonly isOnceOnly: boolean;
  /** The intents that are stored: an at-most-once call may go out once for each. */
  intents: number;
}

/** A run folded from what is stored, as far as it is stored: what may be done outside, and what came of it. */
export class History {
  readonly run: Run;
  readonly facts: { readonly fact: Fact; readonly segment: StoredSegment; readonly isIgnored: boolean }[] = [];
  /** By idempotency key. */
  readonly calls = new Map<string, AskedCall>();
  /** When the delays are over that the run waited for, by step. */
  readonly timers = new Map<string, Micros>();
  /** When the time is over that a step may take, or, under the empty name, the run. */
  readonly timeouts = new Map<string, Micros>();
  #read = 0;

  constructor(plan: Plan, runId: string) {
    this.run = new Run(plan, runId);
  }

  /**
   * Folds what was stored since the last time.
   *
   * @throws HistoryError
   */
  readOn(segments: readonly StoredSegment[]): void {
    for (; this.#read < segments.length; this.#read++) {
      const segment = segments[this.#read];
      if (segment === undefined) return;
      for (const fact of decodeFacts(segment.facts)) this.#apply(fact, segment);
    }
  }

  #apply(fact: Fact, segment: StoredSegment): void {
    for (const effect of this.run.apply(fact, segment.seq)) this.#noteEffect(effect);
    this.facts.push({ fact, segment, isIgnored: this.run.ignored !== null });
    if (fact.kind !== "intent") return;
    const call = this.calls.get(callKey(this.run.runId, stepKey(fact)));
    if (call !== undefined) call.intents++;
  }

  #noteEffect(effect: Effect): void {
    switch (effect.kind) {
      case "call":
        return this.#noteCall(callKey(this.run.runId, stepKey(effect)), effect.atMostOnce);
      case "timer":
        this.timers.set(stepKey(effect), effect.dueAt);
        return;
      case "timeout":
        this.timeouts.set(placeName(effect), effect.dueAt);
        return;
      case "signal":
        if (effect.dueAt !== null) this.timeouts.set(stepKey(effect), effect.dueAt);
        return;
      case "child":
        // A run knows its children.
        return;
    }
  }

  #noteCall(key: string, isOnceOnly: boolean): void {
    if (!this.calls.has(key)) this.calls.set(key, { isOnceOnly, intents: 0 });
  }
}

/** A step, or, with the empty name, the run. */
export function placeName({
  node,
  iteration,
}: {
  readonly node?: string;
  readonly iteration?: readonly number[];
}): string {
  return node === undefined ? "" : stepKey(placeOf({ node, iteration }));
}

/** The idempotency key of a step's call. */
export function callKey(runId: string, step: string): string {
  return `mh-${runId}-${step}`;
}

const KEY = /^mh-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-(.+)$/;

/** The run and the step of an idempotency key; empty where it is none of ours. */
export function placeOfCall(key: string): { readonly runId: string; readonly step: string } {
  const [, runId = "", step = ""] = KEY.exec(key) ?? [];
  return { runId, step };
}
