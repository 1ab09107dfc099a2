import type { Json } from "../json.ts";
import type { PlanNode } from "../plan/plan.ts";
import type { Micros } from "../time.ts";
import type { TimeoutEffect, WaitEffect } from "./effect.ts";
import type { StepError } from "./event.ts";
import type { Frame } from "./frame.ts";
import type { Loop, LoopProgress } from "./loop.ts";
import type { StepStatus } from "./status.ts";
import type { StepPlace } from "./step-key.ts";

/** One node inside one run, as the API and the console show it. */
export interface StepView {
  readonly node: string;
  readonly type: PlanNode["step"]["type"];
  /** When the run has ended, no step is `pending` or `waiting`: waiting steps are `canceled`, steps never reached are `skipped`. */
  readonly status: StepStatus;
  /** Null until the step has ended, and when it has no output. For a failed step whose error port was taken: `{ error, response? }`. */
  readonly output: Json;
  readonly error: StepError | null;
  /** The number of the latest attempt, made or due; 0 for nodes other than calls. */
  readonly attempts: number;
  /** The step ended in the run that this one continues, and was not run again. */
  readonly isKept: boolean;
  /** What a waiting step waits for; null for other steps, and for a loop, which waits for its iterations. */
  readonly effect: WaitEffect | null;
  /** When a waiting step fails because it waits for too long; null where it has no limit. */
  readonly timeout: TimeoutEffect | null;
  /** How far a loop that goes on is; null for other steps. */
  readonly progress: LoopProgress | null;
  /** Null when the step never ran in this run. */
  readonly startedAt: Micros | null;
  readonly endedAt: Micros | null;
}

/** The fold's state of a step. */
export class Step implements StepView {
  readonly node: string;
  readonly type: PlanNode["step"]["type"];
  readonly planNode: PlanNode;
  readonly frame: Frame;
  status: StepStatus = "pending";
  output: Json = null;
  error: StepError | null = null;
  attempts = 0;
  startedAt: Micros | null = null;
  endedAt: Micros | null = null;
  isKept = false;

  /** The port that was taken; null before the end, and when none was. */
  port: string | null = null;
  /** The number of incoming edges that are not decided yet. */
  undecided: number;
  /** The number of incoming edges that were taken; 1 where none leads here and an iteration starts. */
  taken = 0;
  /** What a waiting step waits for; null also for a loop, which waits for its iterations. */
  effect: WaitEffect | null = null;
  /** The end of the time that a waiting step may take, beside what it waits for. */
  timeout: TimeoutEffect | null = null;
  /** The intent of an at-most-once call was recorded. */
  hasIntent = false;
  /** The iterations of a loop that goes on. */
  loop: Loop | null = null;
  /** Iterations of a loop that have ended, by number, where they are kept. */
  ended: Map<number, Frame> | null = null;
  /** The loop as it went on last, where iterations are kept. */
  lastLoop: Loop | null = null;
  /** What the step saw as `nodes.<id>` when it ran, where steps before it may end later. */
  seen: readonly (readonly [string, Json])[] | null = null;

  constructor(planNode: PlanNode, frame: Frame) {
    this.node = planNode.id;
    this.type = planNode.step.type;
    this.planNode = planNode;
    this.frame = frame;
    this.undecided = planNode.incoming;
  }

  /** Its edges have decided whether it runs. */
  get isDecided(): boolean {
    const { join } = this.planNode;
    return this.undecided === 0 || (join > 0 && (this.taken >= join || this.taken + this.undecided < join));
  }

  /** It runs rather than being skipped, once it is decided. */
  get isTaken(): boolean {
    return this.taken >= Math.max(1, this.planNode.join);
  }

  get progress(): LoopProgress | null {
    return this.loop?.progress ?? null;
  }

  get index(): number {
    return this.planNode.index;
  }

  /** An edge leaves its error port. A branch may have a case with that name; then the port is the case's. */
  get handlesFailure(): boolean {
    const { step, outgoing } = this.planNode;
    if (step.type === "branch@1" && step.cases.some(({ port }) => port === "error")) return false;
    return outgoing.some(({ port }) => port === "error");
  }
}

/** The steps behind the views that a run shows. */
export function stepsOf({ steps }: { readonly steps: readonly StepView[] }): readonly Step[] {
  return steps as readonly Step[];
}

/** The iterations of a loop that go on or are kept, in their order. */
export function iterationsOf({ ended, loop }: Step): readonly Frame[] {
  const frames = [...(ended?.values() ?? []), ...(loop?.frames.values() ?? [])];
  return frames.sort((one, other) => one.index - other.index);
}

/** Where a step stands, for effects and facts. */
export function placeOfStep({ node, frame: { iteration } }: Step): StepPlace {
  return iteration.length === 0 ? { node } : { node, iteration };
}
