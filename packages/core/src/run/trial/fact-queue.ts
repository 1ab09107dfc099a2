import type { Effect } from "../effect.ts";
import type { Fact } from "../fact.ts";
import { placeOf, stepKey } from "../step-key.ts";

/**
 * Recorded facts in their order. Those that came when nothing waited for them are kept by step, and come back as soon as their step waits.
 */
export class FactQueue {
  readonly #facts: readonly Fact[];
  #next = 0;
  /** To be taken before the next one. */
  #ready: Fact[] = [];
  readonly #kept = new Map<string, Fact[]>();

  constructor(facts: readonly Fact[]) {
    this.#facts = facts;
  }

  take(): Fact | null {
    const fact = this.#ready.shift() ?? this.#facts[this.#next];
    if (fact === undefined) return null;
    if (fact === this.#facts[this.#next]) this.#next += 1;
    return fact;
  }

  /** The fact is taken again before the others. */
  putBack(fact: Fact): void {
    this.#ready.unshift(fact);
  }

  /** Nothing waits for the fact yet. */
  keep(fact: Fact): void {
    const key = keyOf(fact);
    const kept = this.#kept.get(key);
    if (kept === undefined) this.#kept.set(key, [fact]);
    else kept.push(fact);
  }

  /** Steps wait for these now: what was kept for them is taken again. */
  recall(effects: readonly Effect[]): void {
    for (const effect of effects) {
      const key = keyOf(effect);
      this.#ready.push(...(this.#kept.get(key) ?? []));
      this.#kept.delete(key);
    }
  }

  /** The facts that were not taken, or not used. */
  rest(): readonly Fact[] {
    return [...this.#ready, ...[...this.#kept.values()].flat(), ...this.#facts.slice(this.#next)];
  }
}

/** The step that something belongs to; empty where it belongs to the run. */
function keyOf(item: Fact | Effect): string {
  return "node" in item && item.node !== undefined
    ? stepKey(placeOf({ node: item.node, iteration: item.iteration }))
    : "";
}
