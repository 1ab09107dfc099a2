import type { SignalFact } from "./fact.ts";

/** The signals of a run: which it has had, and which no step has taken yet. */
export class KeptSignals {
  /** In the order in which they came. */
  readonly #waiting: SignalFact[] = [];
  /** The id of the last one. Ids ascend. */
  #last = "";

  /** Notes a signal. False when the run has had it before. */
  note({ signal }: SignalFact): boolean {
    if (signal <= this.#last) return false;
    this.#last = signal;
    return true;
  }

  keep(fact: SignalFact): void {
    this.#waiting.push(fact);
  }

  /** The first with this name, which is taken from now on; null when there is none. */
  take(name: string): SignalFact | null {
    const found = this.#waiting.find((fact) => fact.name === name);
    if (found === undefined) return null;
    this.#waiting.splice(this.#waiting.indexOf(found), 1);
    return found;
  }
}
