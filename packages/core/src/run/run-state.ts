import type { Json } from "../json.ts";
import type { Plan } from "../plan/plan.ts";
import type { Micros } from "../time.ts";
import type { Effect, TimeoutEffect } from "./effect.ts";
import { EventLog } from "./event-log.ts";
import type { RunResult } from "./event.ts";
import { findStep } from "./find-step.ts";
import { Frame } from "./frame.ts";
import { measureJson } from "./json-size.ts";
import type { Kept } from "./kept.ts";
import type { KeptSignals } from "./kept-signals.ts";
import type { RunOrigin } from "./origin.ts";
import { RunScope } from "./scope.ts";
import { RUN_LIMITS } from "./semantics.ts";
import type { RunStatus } from "./status.ts";
import type { Step } from "./step.ts";
import type { StepPlace } from "./step-key.ts";
import { formatTimestamp } from "./timestamp.ts";

/**
 * Why a fact changed nothing. `run_over` and `step_over`: it came too late. `not_awaited`: no step was waiting for it or for that attempt.
 * `already_known`: it is a signal that was recorded before.
 */
export type IgnoredReason = "run_over" | "step_over" | "not_awaited" | "already_known";

/** A run that a step of another run started. */
export interface ChildRun extends StepPlace {
  readonly runId: string;
  /** Its workflow's slug. */
  readonly workflow: string;
}

/** Replaced before it would get an element. */
const NO_CHILDREN = Object.freeze<ChildRun[]>([]) as ChildRun[];
const NOWHERE: readonly number[] = Object.freeze([]);

/** A placeholder until the delivery, the first fact, creates the scope; never written to. */
const NO_SCOPE = Object.freeze(new RunScope({ headers: null, query: null, body: null }, "", ""));

/**
 * Everything that a fold knows of its run. The functions in `take` (facts) and `pass` (steps) change it; `Run` shows it to others.
 *
 * All fields are declared here, whether a run needs them or not, so that all runs have the same shape for V8.
 */
export class RunState {
  readonly plan: Plan;
  readonly runId: string;
  readonly log: EventLog;
  /** The workflow itself. */
  readonly root: Frame;
  /** The frame with a pass to make that comes first; the others are behind it (`Frame.behind`). Not null after a fact: the run is paused. */
  queue: Frame | null = null;
  status: RunStatus = "running";
  /** How the run ended; null while it is running. */
  result: RunResult | null = null;
  /** The segment of the last fact; −1 before the first. */
  seq = -1;
  semantics = 1;
  startedAt: Micros = 0;
  origin: RunOrigin | null = null;
  /** The index of the node that starts the run. */
  startIndex = 0;
  /** What is taken over from another run when this one begins; null when there is nothing, or it has begun. */
  kept: readonly Kept[] | null = null;
  /** The delivery came, and the run waits for its turn. */
  isHeld = false;
  /** The time of the last fact that was not ignored. */
  lastAt: Micros = 0;
  /** `lastAt` as expressions see it. */
  now = "";
  ignored: IgnoredReason | null = null;
  children: ChildRun[] = NO_CHILDREN;
  /** What the current fact asks for; null when it is nothing. */
  effects: Effect[] | null = null;
  /** Some of `effects` may have been given up by the same fact. */
  mustSift = false;
  /** The end of the time that the run may take. */
  timeout: TimeoutEffect | null = null;
  /** Null before the first signal. */
  signals: KeptSignals | null = null;
  unitsSpent = 0;
  /** Null when there are no slices. */
  readonly sliceUnits: number | null;
  /** The value of `unitsSpent` at the end of the current slice. */
  sliceEnd = 0;
  readonly keepsIterations: boolean;

  constructor(plan: Plan, runId: string, sliceUnits: number | null, keepsIterations: boolean) {
    this.plan = plan;
    this.runId = runId;
    this.sliceUnits = sliceUnits;
    this.keepsIterations = keepsIterations;
    this.log = new EventLog(runId);
    this.root = new Frame(plan, null, 0, NOWHERE, NO_SCOPE);
  }

  /** The rest of the run's budget, negative once it is exceeded. Runs of the first semantics have no limit. */
  get unitsLeft(): number {
    return this.semantics === 1 ? Number.POSITIVE_INFINITY : RUN_LIMITS.units - this.unitsSpent;
  }

  /** The step at a place. Null when there is none. */
  find(node: string, iteration?: readonly number[]): Step | null {
    return findStep(this.root, this.plan, node, iteration);
  }

  /** Makes a fact's time the current one. The clocks of successive owners differ, but a run's time never goes back. */
  moveTo(at: Micros): void {
    if (at > this.lastAt) {
      this.lastAt = at;
      this.now = formatTimestamp(at);
    }
    this.log.moveTo(this.seq, this.lastAt);
  }

  /** Counts what a value costs that a fact brings. */
  countValue(value: Json): void {
    const { values, characters } = measureJson(value);
    this.unitsSpent += 2 * values + (characters >>> 4);
  }

  addChild(child: ChildRun): void {
    if (this.children === NO_CHILDREN) this.children = [child];
    else this.children.push(child);
  }

  request(effect: Effect): void {
    if (this.effects === null) this.effects = [effect];
    else this.effects.push(effect);
  }

  startSlice(): void {
    this.sliceEnd = this.unitsSpent + (this.sliceUnits ?? 0);
  }

  /** Lets a frame make its pass, before those that are queued. */
  enqueue(frame: Frame): void {
    if (frame.isQueued) return;
    frame.isQueued = true;
    frame.behind = this.queue;
    this.queue = frame;
  }

  /** Takes the first frame out of the queue. */
  dequeue(frame: Frame): void {
    this.queue = frame.behind;
    frame.behind = null;
    frame.isQueued = false;
  }
}
