import {
  type CallEffect,
  type CallFailureCode,
  type CallGate,
  type Effect,
  type Fact,
  stepKey,
  type StepPlace,
  type TimerEffect,
} from "@meshhook/core";
import { failpoint } from "@meshhook/journal/failpoint";

import type { CallOutcome } from "./call/call-outcome.ts";
import type { OriginGates, Pass } from "./call/origin-gate.ts";
import type { CallLine, Place } from "./call-line.ts";
import type { ChildPerformer } from "./child/child-performer.ts";
import type { Clock } from "./clock.ts";
import type { Counters } from "./counters.ts";
import type { DueQueue } from "./due-queue.ts";
import type { RuntimeLimits } from "./limits.ts";
import type { LiveRun } from "./live-run.ts";
import type { SecretCalls } from "./secret/secret-calls.ts";
import { weightOfFact, type Weight } from "./weigh.ts";

export interface EffectsOptions {
  readonly calls: SecretCalls;
  readonly line: CallLine;
  readonly gates: OriginGates;
  readonly children: ChildPerformer;
  readonly due: DueQueue;
  readonly clock: Clock;
  readonly limits: RuntimeLimits;
  readonly counters: Counters;
  /** False once the lease may have run out: then nothing may be done outside. */
  readonly mayAct: () => boolean;
  /** Something came of an effect. */
  readonly record: (live: LiveRun, fact: Fact, weight?: Weight) => void;
}

/**
 * Does outside what folds ask for, once the facts they follow from are durable: waits for times, sends calls. Whatever comes of it is a
 * fact.
 */
export class Effects {
  readonly #options: EffectsOptions;
  #isDraining = false;

  constructor(options: EffectsOptions) {
    this.#options = options;
  }

  /**
   * From now on no call is started that could as well be started by the next owner. A call whose intent is durable still goes out:
   * for the next owner its outcome would be unknown.
   */
  startDraining(): void {
    this.#isDraining = true;
    this.#options.children.startDraining();
  }

  perform(live: LiveRun, effects: readonly Effect[]): void {
    const { children, clock } = this.#options;
    if (live.run.hasLoops) this.#stopWhatIsOver(live);
    for (const effect of effects) {
      if (live.run.hasLoops && !live.run.awaits(effect)) continue;
      if (effect.kind === "child") children.start(live, effect);
      else if (effect.kind === "timer" || effect.dueAt > clock.now()) this.#wait(live, effect);
      else this.#call(live, effect);
    }
  }

  /** A run has ended, and that is durable: what its steps still waited for is not done any more. */
  giveUpAll(live: LiveRun): void {
    for (const { effect } of live.waits.values())
      if (effect.kind === "child") this.#options.children.giveUp(live, effect);
  }

  #wait(live: LiveRun, effect: CallEffect | TimerEffect): void {
    const { clock, due, record } = this.#options;
    const stop = due.add(effect.dueAt, () => {
      live.waits.delete(stepKey(effect));
      if (effect.kind === "call") return this.#call(live, effect);
      failpoint("timer.fired");
      const at = Math.max(effect.dueAt, live.timeOf(clock.now()));
      record(live, { kind: "timer", at, ...placeOf(effect) });
    });
    live.waits.set(stepKey(effect), { effect, dueAt: effect.dueAt, stop });
  }

  #call(live: LiveRun, effect: CallEffect): void {
    if (live.run.status !== "running" || live.stage === "gone" || !this.#options.mayAct()) return;
    // An at-most-once call whose intent has become durable keeps the place that it took before.
    const held = live.waits.get(stepKey(effect))?.place;
    if (held !== undefined) return this.#send(live, effect, held);
    if (this.#isDraining) return;
    if (effect.gate === undefined) this.#queue(live, effect, null);
    else this.#passGate(live, effect, effect.gate);
  }

  /** Lets the call wait until its origin may be called again. */
  #passGate(live: LiveRun, effect: CallEffect, gate: CallGate): void {
    const { clock, counters, gates, record } = this.#options;
    const origin = effect.target.slice(effect.target.indexOf(" ") + 1).toLowerCase();
    const admission = gates.enter(live.projectId, origin, gate, (pass) => this.#queue(live, effect, pass));
    if (admission.kind === "closed") {
      counters.callFailures++;
      const failure = { kind: "failure", code: "circuit_open", message: admission.reason, notSent: true } as const;
      record(live, factOf(effect, { ...failure, durationUs: 0 }, live.timeOf(clock.now())));
    } else if (admission.pass.waitsFor !== null) {
      const { pass } = admission;
      live.waits.set(stepKey(effect), { effect, dueAt: null, stop: () => pass.leave() });
    }
  }

  #queue(live: LiveRun, effect: CallEffect, pass: Pass | null): void {
    const { line } = this.#options;
    const place = line.enter(live, effect.requestBytes, () => this.#start(live, effect, place));
    place.pass = pass;
    live.waits.set(stepKey(effect), { effect, dueAt: null, place, stop: () => line.leave(place) });
    if (place.isTaken) this.#start(live, effect, place);
  }

  /** The call has its place. */
  #start(live: LiveRun, effect: CallEffect, place: Place): void {
    const { clock, line, mayAct, record } = this.#options;
    if (this.#isDraining || live.run.status !== "running" || !mayAct()) return line.leave(place);
    if (!effect.atMostOnce) return this.#send(live, effect, place);
    // The intent is appended first; the call itself waits behind it like any other effect.
    const at = live.timeOf(clock.now());
    record(live, { kind: "intent", at, ...placeOf(effect), attempt: effect.attempt });
    live.pendingEffects.push(effect);
  }

  #send(live: LiveRun, effect: CallEffect, place: Place): void {
    const { calls, clock, counters, limits, line, record } = this.#options;
    counters.calls++;
    failpoint("call.sending");
    const abort = calls.call(live.projectId, effect.request(), effect.timeoutMs, (outcome) => {
      if (live.waits.get(stepKey(effect)) !== wait) return;
      failpoint("call.answered");
      live.waits.delete(stepKey(effect));
      place.pass?.ended(isTargetWell(outcome));
      line.leave(place);
      const at = live.timeOf(clock.now());
      let fact = factOf(effect, outcome, at);
      let weight = weightOfFact(fact);
      if (live.textBytes + weight.text > limits.runBytesMax) {
        fact = factOf(effect, tooLarge(outcome, limits.runBytesMax), at);
        weight = weightOfFact(fact);
      }
      if (fact.kind === "failure") counters.callFailures++;
      record(live, fact, weight);
    });
    failpoint("call.sent");
    const wait = {
      effect,
      dueAt: null,
      place,
      stop: () => {
        abort();
        line.leave(place);
      },
    };
    live.waits.set(stepKey(effect), wait);
  }

  /** A loop that fails gives up the iterations that go on: what they wait for is not done any more. */
  #stopWhatIsOver(live: LiveRun): void {
    for (const [key, wait] of live.waits) {
      if (live.run.awaits(wait.effect)) continue;
      live.waits.delete(key);
      wait.stop();
      if (wait.effect.kind === "child") this.#options.children.giveUp(live, wait.effect);
    }
  }
}

/** What an outcome says of the target, for its circuit breaker. */
function isTargetWell(outcome: CallOutcome): boolean | null {
  if (outcome.kind === "response") return outcome.status < 500;
  return TROUBLES.has(outcome.code) ? false : null;
}

const TROUBLES: ReadonlySet<CallFailureCode> = new Set(["timeout", "network", "tls", "response_unreadable"]);

/** A run may collect no more. */
function tooLarge(outcome: CallOutcome, bytesMax: number): CallOutcome {
  if (outcome.kind === "failure") return outcome;
  const message = `With this answer the run would hold more than runBytesMax (${Math.floor(bytesMax)} bytes) of webhook and answers together`;
  return { kind: "failure", code: "response_too_large", message, durationUs: outcome.durationUs };
}

function factOf(effect: CallEffect, outcome: CallOutcome, at: number): Fact {
  const { kind, ...more } = outcome;
  return { kind, at, ...placeOf(effect), attempt: effect.attempt, ...more } as Fact;
}

function placeOf({ node, iteration }: StepPlace): StepPlace {
  return iteration === undefined ? { node } : { node, iteration };
}
