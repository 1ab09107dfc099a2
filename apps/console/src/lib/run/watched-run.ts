import type { FactResource, RouteOutput, RunResource } from "@meshhook/contract";
import type { Plan, Run } from "@meshhook/core";

import { findDifference, type Difference } from "./agreement.ts";
import { RecomputedRun, type RunPicture } from "./recomputed-run.ts";

/** Four reads of facts a second are as live as anybody can see. */
const READ_PAUSE_MS = 250;

/** What the page reads from the server, and how it hears that there is something new. */
export interface RunSource {
  /** The facts of later segments than `after`. */
  readFacts(after: number): Promise<readonly FactResource[]>;
  /** Without the outputs of its steps: they are recomputed here. */
  readRun(): Promise<RunResource>;
  /** One message for each event after `after`, and `end` when the run is over; over as many connections as it takes. */
  follow(after: string, signal: AbortSignal): AsyncIterable<{ readonly kind: "event" | "end" }>;
}

/** `moving`: the server's answer and the facts were not read at the same moment; compared again with the next facts. */
export type Agreement =
  | { readonly kind: "agrees" }
  | { readonly kind: "moving" }
  | { readonly kind: "differs"; readonly difference: Difference };

export interface RunReading {
  /** As `readRun` reads it. */
  readonly run: RouteOutput<"getRun">;
  readonly facts: readonly FactResource[];
}

/** What the page shows; never changes, the next one takes its place. */
export interface WatchedState {
  readonly picture: RunPicture;
  readonly agreement: Agreement;
  /** Why the run could not be read further; null while all is well. */
  readonly fault: unknown;
}

/**
 * A run on its way, for the page: folded here, read on whenever its stream says that there is more.
 *
 * The stream only says when to look: what is shown is folded from the facts, in their order and each once. So a cut loses nothing and
 * repeats nothing, whatever the stream sends after it.
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

  /** Folds what was read, without holding up the page. @throws HistoryError  when the facts cannot be this run's. */
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

  /** The engine's own state, for asking what a step went by. Moves on with the picture. */
  get run(): Run {
    return this.#recomputed.run;
  }

  /** Tells every new state from now on. */
  listen(listener: (state: WatchedState) => void): void {
    this.#listener = listener;
  }

  /** Follows the run until it is over or `signal` aborts. @throws whatever ends the stream for good: the run is gone, the session is over. */
  async follow(signal: AbortSignal): Promise<void> {
    if (this.#state.picture.status !== "running") return;
    const last = this.#state.picture.events.at(-1);
    const after = last === undefined ? "0.0" : `${last.seq}.${last.position}`;
    for await (const _ of this.#source.follow(after, signal)) this.readOn();
  }

  /** Reads what is new, at most four times a second however often it is asked. */
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
  // While the run moves, two answers of the server may be of two moments. Over is over: then they must agree.
  if (resource.status === "running" || run.status === "running") return { kind: "moving" };
  return { kind: "differs", difference };
}
