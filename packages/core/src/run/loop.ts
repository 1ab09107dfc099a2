import type { Json, JsonArray } from "../json.ts";
import { emptyObject } from "../json-kind.ts";
import type { LoopStep } from "../plan/plan.ts";
import { errorData } from "./event-log.ts";
import type { StepError } from "./event.ts";
import type { Frame } from "./frame.ts";
import type { KeptIteration, KeptLoop } from "./kept.ts";
import type { Step } from "./step.ts";

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
  /** The step that waits for the iterations. */
  readonly opener: Step;
  readonly kind: LoopStep;
  readonly items: JsonArray;
  /** What expressions of the body see of the steps outside: `nodes.<id>`. */
  readonly names: readonly (readonly [string, Json])[];
  /** Iterations that go on, by number. */
  readonly frames = new Map<number, Frame>();
  /** By number; null for iterations that failed or never began. */
  readonly #results: Json[] = [];
  readonly #failures: { readonly index: number; readonly error: StepError }[] = [];
  #succeeded = 0;
  /** The next iteration to begin. */
  #next = 0;
  /** The number behind the last iteration that has begun. */
  #begunEnd = 0;
  #brokenAt: number | null = null;
  /** Iterations that had begun in the run that this one continues. */
  #begunBefore: ReadonlySet<number> | null = null;

  /** @param kept  The iterations of the loop in the run that this one continues. */
  constructor(opener: Step, kind: LoopStep, items: JsonArray, names: Loop["names"] = [], kept?: KeptLoop) {
    this.opener = opener;
    this.kind = kind;
    this.items = items;
    this.names = names;
    if (kept !== undefined) this.#takeOver(kept);
  }

  #takeOver({ ended, open, brokenAt }: KeptLoop): void {
    for (const iteration of ended) {
      const { index } = iteration;
      if ("error" in iteration) {
        this.#results[index] = null;
        this.#failures.push(iteration);
      } else {
        this.#results[index] = iteration.result;
        this.#succeeded += 1;
      }
    }
    this.#brokenAt = brokenAt ?? null;
    const begun = [...open, ...ended.map(({ index }) => index)];
    this.#begunBefore = new Set(begun);
    for (const index of begun) this.#begunEnd = Math.max(this.#begunEnd, index + 1);
    this.#passBegun();
  }

  #passBegun(): void {
    while (this.#begunBefore?.has(this.#next) === true) this.#next += 1;
  }

  /** The number of the next iteration that may begin now; null when there is none. It counts as begun. */
  begin(): number | null {
    if (this.#brokenAt !== null || this.#next >= this.items.length) return null;
    if (this.frames.size >= this.kind.concurrency) return null;
    const index = this.#next;
    this.#next += 1;
    this.#begunEnd = Math.max(this.#begunEnd, this.#next);
    if (this.#begunBefore !== null) this.#passBegun();
    return index;
  }

  /** The iterations that go on, in their order. */
  inOrder(): Frame[] {
    return [...this.frames].sort(([one], [other]) => one - other).map(([, frame]) => frame);
  }

  succeed(index: number, result: Json, isLast: boolean): void {
    this.frames.delete(index);
    this.#results[index] = result;
    this.#succeeded += 1;
    if (isLast) this.#brokenAt ??= index;
  }

  /** @returns Whether the loop goes on: false when more iterations have failed than are tolerated. */
  fail(index: number, error: StepError): boolean {
    this.frames.delete(index);
    this.#results[index] = null;
    this.#failures.push({ index, error });
    return !this.#hasFailed;
  }

  /** More iterations have failed than are tolerated. */
  get #hasFailed(): boolean {
    const tolerated = Math.max(this.kind.toleratedFailures, Math.floor(this.kind.toleratedShare * this.items.length));
    return this.#failures.length > tolerated;
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
    return { items: this.items.length, succeeded: this.#succeeded, failed, running };
  }

  /** The output of the step, in the order of the items: results end with the iteration at which the loop was broken off. */
  output(): Json {
    const output = emptyObject();
    output["results"] = Array.from({ length: this.#begunEnd }, (_, index) => this.#resultOf(index));
    output["failures"] = [...this.#failures]
      .sort((one, other) => one.index - other.index)
      .map(({ index, error }) => {
        const failure = emptyObject();
        failure["index"] = index;
        failure["error"] = errorData(error);
        return failure;
      });
    output["brokenAt"] = this.#brokenAt;
    return output;
  }

  /**
   * What a run keeps that continues this one: all iterations that have ended, except the one that made the loop fail and the one that is
   * run again. Together with those that go on, that may be one iteration more than may begin at the same time.
   *
   * @param again  The iteration in which the other run resumes; null when it resumes elsewhere.
   */
  kept(again: number | null): Omit<KeptLoop, "node" | "iteration"> {
    const fatal = this.#hasFailed ? this.#failures.at(-1)?.index : undefined;
    const failures = new Map(this.#failures.map((failure) => [failure.index, failure]));
    const ended: KeptIteration[] = [];
    const open: number[] = [];
    for (let index = 0; index < this.#begunEnd; index += 1) {
      if (!this.#hasBegun(index)) continue;
      if (index === again || index === fatal || this.frames.has(index)) open.push(index);
      else ended.push(failures.get(index) ?? { index, result: this.#resultOf(index) });
    }
    const brokenAt = this.#brokenAt === again ? null : this.#brokenAt;
    return { items: this.items, ended, open, ...(brokenAt === null ? {} : { brokenAt }) };
  }

  /** Null where the iteration failed or has not ended. */
  #resultOf(index: number): Json {
    return this.#results[index] ?? null;
  }

  #hasBegun(index: number): boolean {
    return index < this.#next || this.#begunBefore?.has(index) === true;
  }
}
