import type { FactResource } from "@meshhook/contract";
import {
  Run,
  stepKey,
  type CallEffect,
  type ChildRun,
  type Effect,
  type Fact,
  type IgnoredReason,
  type Micros,
  type Plan,
  type RunEvent,
  type RunOrigin,
  type RunResult,
  type RunStatus,
  type StepView,
} from "@meshhook/core";

import { readRecordedFacts } from "./recorded-facts.ts";

/** The work between two rests: a few milliseconds in a browser. */
const SLICE_UNITS = 100_000;

/** The longest time before the page gets a turn: less than a frame. */
const WORK_MS_MAX = 12;

/** A message arrives as the next task, while nested timers wait for 4 ms, or for a second in a hidden tab. */
const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });

/** A fact with its position in the run's history. */
export interface PlacedFact {
  readonly seq: number;
  readonly position: number;
  readonly fact: Fact;
  /** Why it changed nothing; null when it did. */
  readonly ignored: IgnoredReason | null;
}

/** The state of a run after some fact. It never changes: the next fact gives the next picture. */
export interface RunPicture {
  readonly status: RunStatus;
  readonly result: RunResult | null;
  /** It waits for its turn, and has not begun. */
  readonly isHeld: boolean;
  /** Null where a webhook started the run. */
  readonly origin: RunOrigin | null;
  /** The runs that its steps started. */
  readonly children: readonly ChildRun[];
  readonly startedAt: Micros;
  /** When it ended, or the time of the last fact so far. */
  readonly lastAt: Micros;
  /** In plan order. */
  readonly steps: readonly StepView[];
  readonly events: readonly RunEvent[];
  readonly facts: readonly PlacedFact[];
  /** The requested calls by step (`stepKey`), attempt by attempt. */
  readonly calls: ReadonlyMap<string, readonly CallEffect[]>;
  /** What the run is waiting for. */
  readonly pending: readonly Effect[];
}

/**
 * A run folded in the browser by the same engine as on the server, only from its recorded facts.
 *
 * Events are collected from the first fact on, so the log of this object is complete, without gaps or repeats however often facts are read.
 */
export class RecomputedRun {
  readonly plan: Plan;
  readonly #run: Run;
  readonly #facts: PlacedFact[] = [];
  readonly #events: RunEvent[] = [];
  readonly #calls = new Map<string, CallEffect[]>();

  constructor(plan: Plan, runId: string) {
    this.plan = plan;
    this.#run = new Run(plan, runId, { sliceUnits: SLICE_UNITS, keepsIterations: true });
    this.#run.observe();
  }

  /** The current state, for comparison; it changes with the next `take`. */
  get run(): Run {
    return this.#run;
  }

  /**
   * Folds the new segments among these facts.
   *
   * @returns whether there were any.
   * @throws HistoryError  when they cannot belong to this run.
   */
  take(resources: readonly FactResource[]): boolean {
    const folding = this.#fold(resources);
    let step = folding.next();
    while (step.done !== true) step = folding.next();
    return step.value;
  }

  /** Like `take`, in slices, so that the page stays responsive. The next call waits for the end of this one. */
  async takeInSlices(resources: readonly FactResource[], rest = nextTask): Promise<boolean> {
    const folding = this.#fold(resources);
    let step = folding.next();
    for (let startedAt = performance.now(); step.done !== true; step = folding.next()) {
      if (performance.now() - startedAt < WORK_MS_MAX) continue;
      await rest();
      startedAt = performance.now();
    }
    return step.value;
  }

  picture(): RunPicture {
    const { children, isHeld, origin, status, result, startedAt, lastAt, steps } = this.#run;
    return {
      status,
      result,
      isHeld,
      origin,
      children: [...children],
      startedAt,
      lastAt,
      // A getter is not part of a copy.
      steps: steps.map((step) => ({ ...step, progress: step.progress })),
      events: [...this.#events],
      facts: [...this.#facts],
      calls: new Map(this.#calls),
      pending: [...this.#run.pendingEffects(), ...this.#run.unansweredIntents()],
    };
  }

  /** Yields where other work may be done. */
  *#fold(resources: readonly FactResource[]): Generator<void, boolean> {
    let hasNew = false;
    for (const { seq, facts } of readRecordedFacts(resources, this.#run.seq)) {
      hasNew = true;
      for (const [position, fact] of facts.entries()) {
        let effects = this.#run.apply(fact, seq);
        while (this.#run.isPaused) {
          yield;
          effects = this.#run.proceed();
        }
        this.#note(effects);
        this.#facts.push({ seq, position, fact, ignored: this.#run.ignored });
      }
      this.#events.push(...this.#run.takeEvents());
      yield;
    }
    return hasNew;
  }

  #note(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "call") continue;
      const key = stepKey(effect);
      this.#calls.set(key, [...(this.#calls.get(key) ?? []), effect]);
    }
  }
}
