import type { Json, JsonArray } from "../json.ts";
import { emptyObject } from "../json-kind.ts";
import type { LoopStep } from "../plan/plan.ts";
import { errorData } from "./event-log.ts";
import type { StepError } from "./event.ts";
import type { Frame } from "./frame.ts";

/** How many iterations of a loop are in which state. */
export interface LoopProgress {
  readonly items: number;
  readonly succeeded: number;
  readonly failed: number;
  /** They have begun and not ended. */
  readonly running: number;
}

/** The state of a loop that goes on: which iterations have ended, and how. */
export class Loop {
  readonly items: JsonArray;
  /** What expressions of the body see of the steps outside: `nodes.<id>`. */
  readonly names: readonly (readonly [string, Json])[];
  readonly #step: LoopStep;
  /** Iterations that go on, by number. */
  readonly frames = new Map<number, Frame>();
  /** By number; null for iterations that failed or never began. */
  readonly #results: Json[] = [];
  readonly #failures: { readonly index: number; readonly error: StepError }[] = [];
  #next = 0;
  #brokenAt: number | null = null;

  constructor(step: LoopStep, items: JsonArray, names: Loop["names"] = []) {
    this.#step = step;
    this.items = items;
    this.names = names;
  }

  /** The number of the next iteration that may begin now; null when there is none. It counts as begun. */
  begin(): number | null {
    if (this.#brokenAt !== null || this.#next >= this.items.length) return null;
    if (this.frames.size >= this.#step.concurrency) return null;
    this.#next += 1;
    return this.#next - 1;
  }

  /** The iterations that go on, in their order. */
  inOrder(): Frame[] {
    return [...this.frames].sort(([one], [other]) => one - other).map(([, frame]) => frame);
  }

  succeed(index: number, result: Json, isLast: boolean): void {
    this.frames.delete(index);
    this.#results[index] = result;
    if (isLast) this.#brokenAt ??= index;
  }

  /** @returns Whether the loop goes on: false when more iterations have failed than are tolerated. */
  fail(index: number, error: StepError): boolean {
    this.frames.delete(index);
    this.#results[index] = null;
    this.#failures.push({ index, error });
    const tolerated = Math.max(this.#step.toleratedFailures, Math.floor(this.#step.toleratedShare * this.items.length));
    return this.#failures.length <= tolerated;
  }

  /** All iterations have ended, and no further one begins. */
  get isOver(): boolean {
    return this.frames.size === 0 && (this.#brokenAt !== null || this.#next >= this.items.length);
  }

  get failed(): number {
    return this.#failures.length;
  }

  get progress(): LoopProgress {
    const [running, failed] = [this.frames.size, this.#failures.length];
    return { items: this.items.length, succeeded: this.#next - running - failed, failed, running };
  }

  /** The output of the step, in the order of the items: results end with the iteration at which the loop was broken off. */
  output(): Json {
    const output = emptyObject();
    output["results"] = Array.from({ length: this.#next }, (_, index) => this.#results[index] ?? null);
    output["failures"] = [...this.#failures]
      .sort((one, other) => one.index - other.index)
      .map(({ index, error }) => {
        const failure = emptyObject();
        failure["index"] = index;
        failure["error"] = errorData(error) ?? null;
        return failure;
      });
    output["brokenAt"] = this.#brokenAt;
    return output;
  }
}
