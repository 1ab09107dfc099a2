import type { Json } from "../json.ts";
import type { PlanGraph } from "../plan/plan.ts";
import type { Micros } from "../time.ts";
import type { Loop } from "./loop.ts";
import { type RunScope, StepScope } from "./scope.ts";
import { Step } from "./step.ts";

/**
 * A graph that is being run: the workflow itself, or one iteration of a loop's body.
 *
 * How it moves: a step that ends decides its edges; steps whose edges have decided about them (`Step.isDecided`) run or are skipped, in plan
 * order, until every step has ended or waits. Plan order is topological, so one forward pass is enough, whatever the graph's shape.
 */
export class Frame {
  readonly graph: PlanGraph;
  /** The loop that this is an iteration of; null for the workflow itself. */
  readonly loop: Loop | null;
  /** The number of the iteration; 0 for the workflow itself. */
  readonly index: number;
  /** The numbers of the iterations that lead here, outermost first; empty for the workflow itself. */
  readonly iteration: readonly number[];
  /** The delivery creates that of the workflow. */
  scope: RunScope;
  /** In plan order. */
  readonly steps: readonly Step[];
  /** Steps that have not ended. */
  left: number;
  /** The pass is going on, or will. */
  isQueued = false;
  /** The frame whose pass comes after this one's, in the queue of the run. */
  behind: Frame | null = null;
  /** The iteration has failed, or its loop has. */
  isAbandoned = false;
  /** The next index of the pass. */
  #next = 0;
  /** The highest index that was decided since the last pass, where this one may stop. */
  #readyMax = -1;

  constructor(graph: PlanGraph, loop: Loop | null, index: number, iteration: readonly number[], scope: RunScope) {
    this.graph = graph;
    this.loop = loop;
    this.index = index;
    this.iteration = iteration;
    this.scope = scope;
    const steps: Step[] = [];
    for (const node of graph.nodes) steps.push(new Step(node, this));
    this.steps = steps;
    this.left = steps.length;
  }

  /** Lets the steps run that no edge leads to: the start of an iteration. */
  enter(): void {
    for (const step of this.steps) {
      if (step.undecided > 0) continue;
      step.taken = 1;
      this.#readyMax = step.index;
    }
  }

  /** The step of the node with an index. */
  stepAt(index: number): Step {
    const step = this.steps[index];
    if (step === undefined) throw new Error(`A graph of ${this.steps.length} nodes has no node ${index}`);
    return step;
  }

  /** The next step that has to run or to be skipped; null when the pass is over. */
  take(): Step | null {
    while (this.#next <= this.#readyMax) {
      const step = this.stepAt(this.#next);
      this.#next += 1;
      if (step.status === "pending" && step.isDecided) return step;
    }
    this.#readyMax = -1;
    return null;
  }

  /** Puts a step that was taken last back. */
  putBack(step: Step): void {
    this.#next = step.index;
  }

  /** Lets the pass begin at the first step, after steps were ended that did not run here. */
  rewind(): void {
    this.#next = 0;
  }

  /** Nothing runs here any more. */
  abandon(): void {
    this.isAbandoned = true;
    this.#readyMax = -1;
  }

  /** Ends a step and decides its edges: those of `port` are taken, and no others. */
  end(step: Step, status: "succeeded" | "failed" | "skipped", output: Json, port: string | null, at: Micros): void {
    step.status = status;
    step.output = output;
    step.port = port;
    step.endedAt = at;
    step.effect = null;
    step.timeout = null;
    step.loop = null;
    this.left -= 1;
    const { node } = step;
    if (status !== "skipped") this.scope.nodes[node] = new StepScope(output);
    for (const edge of step.planNode.outgoing) {
      const target = this.stepAt(edge.to);
      target.undecided -= 1;
      if (edge.port === port) target.taken += 1;
      if (edge.to > this.#readyMax && target.isDecided) this.#readyMax = edge.to;
    }
    if (!this.isQueued) this.#next = step.index + 1;
  }
}
