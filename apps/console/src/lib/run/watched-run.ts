import type { FactResource, RouteOutput, RunResource } from "@meshhook/contract";
import type { Plan, Run } from "@meshhook/core";

import { findDifference, type Difference } from "./agreement.ts";
import { RecomputedRun, type RunPicture } from "./recomputed-run.ts";

/** Four reads of facts a second look live. */
const READ_PAUSE_MS = 250;

/** What the page reads from the server, and how it learns of news. */
export interface RunSource {
  /** The facts of later segments than `after`. */
  readFacts(after: number): Promise<readonly FactResource[]>;
  /** Without the outputs of its steps, which are recomputed here. */
  readRun(): Promise<RunResource>;
  /** One message for each event after `after`, and `end` when the run has ended, over as many connections as needed. */
  follow(after: string, signal: AbortSignal): AsyncIterable<{ readonly kind: "event" | "end" }>;
}

/** `moving`: the server's answer and the facts were not read at the same moment, so they are compared again with the next facts. */
export type Agreement =
  | { readonly kind: "agrees" }
  | { readonly kind: "moving" }
  | { readonly kind: "differs"; readonly difference: Difference };

export interface RunReading {
  /** The answer of `readRun`. */
  readonly run: RouteOutput<"getRun">;
  readonly facts: readonly FactResource[];
}

/** What the page shows. It never changes; the next one replaces it. */
export interface WatchedState {
  readonly picture: RunPicture;
  readonly agreement: Agreement;
  /** Why the run could not be read any further; null otherwise. */
  readonly fault: unknown;
}

/**
 * A run in progress, for the page: folded here, and read further whenever its stream says that there is more.
 *
 * The stream only says when to read. What is shown is folded from the facts, in order and each once, so a lost connection loses and repeats
 * nothing, whatever the stream sends afterwards.
 */
export class WatchedRun {
  readonly #source: RunSource;
  readonly #recomputed: RecomputedRun;
  readonly #pause: (ms: number) => Promise<void>;
  #listener: (state: WatchedState) => void = () => undefined;
  #state: WatchedState;
  #isReading = false;
  #isWanted = false;

  private constructor(
    recomputed: RecomputedRun,
    run: RunReading["run"],
    source: RunSource,
    pause: (ms: number) => Promise<void>,
  ) {
    this.#source = source;
    this.#pause = pause;
    this.#recomputed = recomputed;
    this.#state = { picture: recomputed.picture(), agreement: compare(recomputed.run, run), fault: null };
  }

  /** Folds the facts without blocking the page. @throws HistoryError  when the facts cannot belong to this run. */
  static async open(
    plan: Plan,
    reading: RunReading,
    source: RunSource,
    pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  ): Promise<WatchedRun> {
    const recomputed = new RecomputedRun(plan, reading.run.id);
    await recomputed.takeInSlices(reading.facts);
    return new WatchedRun(recomputed, reading.run, source, pause);
  }

  get state(): WatchedState {
    return this.#state;
  }

  get plan(): Plan {
    return this.#recomputed.plan;
  }

  /** The engine's own state, for the input of a step. It changes with the picture. */
  get run(): Run {
    return this.#recomputed.run;
  }

  /** Reports every new state from now on. */
  listen(listener: (state: WatchedState) => void): void {
    this.#listener = listener;
  }

  /**
   * Follows the run until it has ended or `signal` aborts. @throws the error that ends the stream permanently: the run does not exist, the
   * session has ended.
   */
  async follow(signal: AbortSignal): Promise<void> {
    if (this.#state.picture.status !== "running") return;
    const last = this.#state.picture.events.at(-1);
    const after = last === undefined ? "0.0" : `${last.seq}.${last.position}`;
    for await (const _ of this.#source.follow(after, signal)) this.readOn();
  }

  /** Reads new facts, at most four times a second however often it is called. */
  readOn(): void {
    this.#isWanted = true;
    if (!this.#isReading) void this.#readAll();
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    while (this.#isWanted) {
      this.#isWanted = false;
      try {
        this.#show({ ...(await this.#readOnce()), fault: null });
      } catch (fault) {
        this.#show({ ...this.#state, fault });
      }
      await this.#pause(READ_PAUSE_MS);
    }
    this.#isReading = false;
  }

  async #readOnce(): Promise<Omit<WatchedState, "fault">> {
    let { picture, agreement } = this.#state;
    if (await this.#recomputed.takeInSlices(await this.#source.readFacts(this.#recomputed.run.seq)))
      picture = this.#recomputed.picture();
    if (agreement.kind === "moving" || picture.status !== "running")
      agreement = compare(this.#recomputed.run, await this.#source.readRun());
    return { picture, agreement };
  }

  #show(state: WatchedState): void {
    this.#state = state;
    this.#listener(state);
  }
}

function compare(run: Run, resource: RunResource): Agreement {
  const difference = findDifference(run, resource, false);
  if (difference === null) return { kind: "agrees" };
  // While the run is in progress, two answers of the server may show two moments. Once it has ended, they must agree.
  if (resource.status === "running" || run.status === "running") return { kind: "moving" };
  return { kind: "differs", difference };
}
