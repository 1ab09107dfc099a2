import type { Json } from "../json.ts";
import { emptyObject } from "../json-kind.ts";
import { isStart } from "../node/start-types.ts";
import type { Plan, PlanNode } from "../plan/plan.ts";
import type { StepError } from "./event.ts";
import { errorData } from "./event-log.ts";
import type { Frame } from "./frame.ts";
import type { Kept, KeptStep } from "./kept.ts";
import type { Loop } from "./loop.ts";
import type { Run } from "./run.ts";
import { iterationsOf, placeOfStep, type Step } from "./step.ts";
import { type StepPlace, stepKey } from "./step-key.ts";

/** What a run keeps that continues another one from a step, or why it cannot. */
export type KeptBefore = { readonly kept: readonly Kept[] } | { readonly fault: ResumeFault };

/**
 * `step_unknown`: the plan has no such node, or the run no such iteration. `step_not_reached`: the step never ran. `outcome_unknown`: the
 * at-most-once call of another step may have been sent and has no answer, so it can neither be kept nor be repeated. `output_not_kept`:
 * an output was edited that the run does not keep.
 */
export interface ResumeFault {
  readonly code: "step_unknown" | "step_not_reached" | "outcome_unknown" | "output_not_kept";
  /** Says what is wrong and what to do, in a sentence. */
  readonly message: string;
}

/**
 * Finds out what a run keeps that continues this one from a step: each step that ended well and does not come after it, and of loops that
 * did not end well, or that contain the step, the iterations that have ended.
 *
 * Ended well means: it succeeded, or failed and its error port was taken. A step that made the run or an iteration fail, that was canceled,
 * or that was never reached, is not kept, and runs if a path leads to it. Skipped steps are not kept either, because skipping follows from
 * the graph.
 *
 * A function of its own, so that pages that only show runs do not load it.
 *
 * @param run  It has ended, and was folded with `keepsIterations`.
 */
export function keptBefore(run: Run, place: StepPlace): KeptBefore {
  const { plan } = run;
  const step = run.stepAt(place) as Step | null;
  if (step === null) return { fault: unknown(plan, place) };
  if (step.startedAt === null && !step.isKept) {
    const message = `The run never reached the step "${stepKey(place)}"; resume from a step that it reached`;
    return { fault: { code: "step_not_reached", message } };
  }
  const collected = new Collected();
  collected.addFrame(rootOf(step), [...openersOf(step.planNode), step.planNode], place.iteration ?? []);
  return collected.fault === null ? { kept: collected.kept } : { fault: collected.fault };
}

/** The workflow's frame. */
function rootOf({ frame }: Step): Frame {
  return frame.loop === null ? frame : rootOf(frame.loop.opener);
}

function unknown(plan: Plan, place: StepPlace): ResumeFault {
  const { node } = place;
  const planNode = plan.nodeById.get(node);
  const depth = planNode === undefined ? 0 : openersOf(planNode).length;
  const { iteration = [] } = place;
  const message =
    planNode === undefined
      ? `The run's version has no node "${node}"`
      : depth === iteration.length
        ? `The run has no iteration [${iteration.join(", ")}] with a step "${node}"`
        : depth === 0
          ? `The node "${node}" is not inside a loop; leave out iteration`
          : `The node "${node}" is inside ${depth} ${depth === 1 ? "loop" : "loops"}, so iteration is a list of ${depth}, outermost first`;
  return { code: "step_unknown", message };
}

/**
 * Gives kept steps other outputs.
 *
 * @param place  The step in which the run resumes.
 * @param outputs  By node: of steps outside loops, or in the same iteration as that step.
 */
export function withOutputs(
  kept: readonly Kept[],
  place: StepPlace,
  outputs: { readonly [node: string]: Json },
): KeptBefore {
  const edited = new Map(Object.entries(outputs));
  const isSeen = ({ iteration = [] }: Kept): boolean =>
    iteration.every((number, depth) => place.iteration?.[depth] === number);
  const changed = kept.map((one) => {
    const output = "port" in one && isSeen(one) ? edited.get(one.node) : undefined;
    if (output === undefined) return one;
    edited.delete(one.node);
    return { ...one, output, edited: true as const };
  });
  const [missing] = edited.keys();
  if (missing === undefined) return { kept: changed };
  const message = `The output of "${missing}" cannot be edited, because no step "${missing}" that "${stepKey(place)}" sees is kept; edit the outputs of steps before it`;
  return { fault: { code: "output_not_kept", message } };
}

/** The loops around a node, outermost first. */
function openersOf(node: PlanNode): readonly PlanNode[] {
  const { opener } = node.graph;
  return opener === null ? [] : [...openersOf(opener), opener];
}

/** Collects what is kept, frame by frame. */
class Collected {
  readonly kept: Kept[] = [];
  fault: ResumeFault | null = null;

  /**
   * @param cuts  The node of this frame from which on nothing is kept, and if it is a loop that goes on, the node in its body, and so on.
   * @param iteration  The iterations of those loops.
   */
  addFrame(frame: Frame, [cut, ...inner]: readonly PlanNode[], [again, ...deeper]: readonly number[]): void {
    const after = cut === undefined ? NONE : nodesFrom(cut);
    for (const step of frame.steps) {
      const loop = step.lastLoop;
      if (step.planNode === cut && again !== undefined && loop !== null)
        this.#addLoop(step, loop, inner, [again, ...deeper]);
      else if (!after.has(step.index)) this.#addStep(step);
    }
  }

  #addStep(step: Step): void {
    if (hasEndedWell(step)) this.kept.push(keptStep(step, step.port, step.output, step.error));
    else if (step.lastLoop !== null) this.#addLoop(step, step.lastLoop, [], []);
    else if (step.hasIntent && step.status === "canceled") this.#addUnanswered(step);
  }

  #addLoop(step: Step, loop: Loop, cuts: readonly PlanNode[], [again, ...deeper]: readonly number[]): void {
    const kept = loop.kept(again ?? null);
    this.kept.push({ ...placeOfStep(step), ...kept });
    for (const frame of iterationsOf(step)) {
      if (!kept.open.includes(frame.index)) continue;
      if (frame.index === again) this.addFrame(frame, cuts, deeper);
      else this.addFrame(frame, [], []);
    }
  }

  /** The call of an at-most-once step may have been sent: it fails as it would have if its owner had died. */
  #addUnanswered(step: Step): void {
    const message = "The run ended before the answer to this at-most-once call was recorded";
    const error = { code: "outcome_unknown", message, node: step.node, attempt: step.attempts };
    if (step.handlesFailure) {
      this.kept.push(keptStep(step, "error", errorOutput(error), error));
      return;
    }
    const place = stepKey(placeOfStep(step));
    this.fault ??= {
      code: "outcome_unknown",
      message: `The at-most-once call of "${place}" may have been sent, and its answer was not recorded; resume from "${place}" if it may be sent again`,
    };
  }
}

const NONE: ReadonlySet<number> = new Set();

/** The indices of a node and of those behind it in its graph. */
function nodesFrom(node: PlanNode): ReadonlySet<number> {
  const found = new Set([node.index]);
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { to } of next.outgoing) {
      const target = next.graph.nodes[to];
      if (target === undefined || found.has(to)) continue;
      found.add(to);
      open.push(target);
    }
  }
  return found;
}

/**
 * A `terminate` node that ended the run would end the next one before anything else happens. The step that starts the run ends with the delivery.
 */
function hasEndedWell(step: Step): step is Step & { readonly port: string } {
  const { port, status, type } = step;
  return port !== null && !isStart(type) && !(type === "terminate@1" && status === "succeeded");
}

function keptStep(step: Step, port: string, output: Json, error: StepError | null): KeptStep {
  const { attempts } = step;
  return {
    ...placeOfStep(step),
    port,
    output,
    ...(error === null ? {} : { error }),
    ...(attempts === 0 ? {} : { attempts }),
  };
}

function errorOutput(error: StepError): Json {
  const output = emptyObject();
  output["error"] = errorData(error);
  return output;
}
