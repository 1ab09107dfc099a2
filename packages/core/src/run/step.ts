import type { Json } from "../json.ts";
import type { PlanNode } from "../plan/plan.ts";
import type { Micros } from "../time.ts";
import type { Effect } from "./effect.ts";
import type { StepError } from "./event.ts";
import type { StepStatus } from "./status.ts";

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
  /** Null when the step never ran. */
  readonly startedAt: Micros | null;
  readonly endedAt: Micros | null;
}

/** The fold's state of a step. */
export class Step implements StepView {
  readonly node: string;
  readonly type: PlanNode["step"]["type"];
  status: StepStatus = "pending";
  output: Json = null;
  error: StepError | null = null;
  attempts = 0;
  startedAt: Micros | null = null;
  endedAt: Micros | null = null;

  /** The number of incoming edges that are not decided yet. */
  undecided: number;
  /** At least one incoming edge was taken. */
  isTaken = false;
  /** What a waiting step waits for. */
  effect: Effect | null = null;
  /** The intent of an at-most-once call was recorded. */
  hasIntent = false;

  constructor(node: PlanNode) {
    this.node = node.id;
    this.type = node.step.type;
    this.undecided = node.incoming;
  }
}
