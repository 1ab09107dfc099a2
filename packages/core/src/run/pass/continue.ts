import type { JsonArray } from "../../json.ts";
import type { LoopStep } from "../../plan/plan.ts";
import type { WaitEffect } from "../effect.ts";
import { Loop } from "../loop.ts";
import type { Outcome } from "../outcome.ts";
import type { RunState } from "../run-state.ts";
import { namesSeenBy } from "../scope.ts";
import { placeOfStep, type Step } from "../step.ts";
import { endRun, succeedStep } from "./end.ts";
import { failStep } from "./fail.ts";
import { advance } from "./iteration.ts";

/** Goes on with a step that has run, or that got what it waited for. */
export function continueWith(state: RunState, step: Step, outcome: Outcome): void {
  switch (outcome.kind) {
    case "succeeded":
      succeedStep(state, step, outcome.output, outcome.port);
      break;
    case "failed":
      failStep(state, step, { ...outcome.error, node: step.node }, outcome.response);
      break;
    case "waiting":
      wait(state, step, outcome.effect);
      break;
    case "looping":
      openLoop(state, step, outcome.loop, outcome.items);
      break;
    case "ended":
      succeedStep(state, step, outcome.output, "out");
      endRun(state, outcome.result);
      break;
  }
}

function wait(state: RunState, step: Step, effect: WaitEffect): void {
  const { log } = state;
  step.status = "waiting";
  step.effect = effect;
  log.stepStarted(step);
  switch (effect.kind) {
    case "timer":
      log.timerSet(step, effect.dueAt);
      break;
    case "signal":
      log.signalAwaited(step, effect);
      break;
    case "child": {
      const { runId, workflow } = effect;
      state.addChild({ ...placeOfStep(step), runId, workflow });
      log.childStarted(step, effect);
      break;
    }
    case "call":
      step.attempts = 1;
      if (!effect.atMostOnce) log.attemptStarted(step, effect);
      break;
  }
  state.request(effect);
  limitTime(state, step);
}

function openLoop(state: RunState, step: Step, kind: LoopStep, items: JsonArray): void {
  const loop = new Loop(step, kind, items, namesSeenBy(step));
  step.status = "waiting";
  step.loop = loop;
  if (state.keepsIterations) step.lastLoop = loop;
  state.log.loopStarted(step, items.length, kind.concurrency);
  limitTime(state, step);
  advance(state, loop);
}

/** Bounds the time of a step that begins to wait. */
export function limitTime(state: RunState, step: Step): void {
  const { timeoutMs } = step.planNode;
  if (timeoutMs === null) return;
  step.timeout = { kind: "timeout", ...placeOfStep(step), dueAt: state.lastAt + timeoutMs * 1000 };
  state.request(step.timeout);
}
