import { type CallEffect, type CallFailureCode, type CallGate, type Fact, placeOf } from "@meshhook/core";
import { failpoint } from "@meshhook/journal/failpoint";

import type { CallLine, Place } from "../call-line.ts";
import type { Clock } from "../clock.ts";
import { callEnding, type Counters } from "../counters.ts";
import type { DueQueue } from "../due-queue.ts";
import type { RuntimeLimits } from "../limits.ts";
import type { LiveRun } from "../live-run.ts";
import type { Performer } from "../performer.ts";
import type { SecretCalls } from "../secret/secret-calls.ts";
import { forwardTrace, type RunTraces } from "../trace/run-traces.ts";
import { waitKey } from "../wait.ts";
import { weightOfFact, type Weight } from "../weigh.ts";
import type { CallOutcome } from "./call-outcome.ts";
import type { OriginGates, Pass } from "./origin-gate.ts";

export interface CallPerformerOptions {
  readonly calls: SecretCalls;
  readonly line: CallLine;
  readonly gates: OriginGates;
  readonly due: DueQueue;
  readonly clock: Clock;
  readonly limits: RuntimeLimits;
  readonly counters: Counters;
  /** Null: there are no traces. */
  readonly traces: RunTraces | null;
  /** False once the lease may have run out: then nothing may be done outside. */
  readonly mayAct: () => boolean;
  readonly record: (live: LiveRun, fact: Fact, weight?: Weight) => void;
}

/** Sends calls when they are due: each waits for its place in the line, at-most-once calls also for their intent. */
export class CallPerformer implements Performer<"call"> {
  readonly #options: CallPerformerOptions;
  #isDraining = false;

  constructor(options: CallPerformerOptions) {
    this.#options = options;
  }

  /**
   * From now on no call is started that could as well be started by the next owner. A call whose intent is durable still goes out:
   * for the next owner its outcome would be unknown.
   */
  startDraining(): void {
    this.#isDraining = true;
  }

  start(live: LiveRun, effect: CallEffect): void {
    const { clock, due } = this.#options;
    const key = waitKey(effect);
    // One whose intent is durable was due then, even if the clock was set back since.
    if (effect.dueAt <= clock.now() || live.waits.get(key)?.place !== undefined) return this.#call(live, effect);
    const stop = due.add(effect.dueAt, () => {
      live.waits.delete(key);
      this.#call(live, effect);
    });
    live.waits.set(key, { effect, dueAt: effect.dueAt, stop });
  }

  #call(live: LiveRun, effect: CallEffect): void {
    if (live.run.status !== "running" || live.stage === "gone" || !this.#options.mayAct()) return;
    // An at-most-once call whose intent has become durable keeps the place that it took before.
    const held = live.waits.get(waitKey(effect))?.place;
    if (held !== undefined) return this.#send(live, effect, held);
    if (this.#isDraining) return;
    if (effect.gate === undefined) this.#queue(live, effect, null);
    else this.#passGate(live, effect, effect.gate);
  }

  /** Lets the call wait until its origin may be called again. */
  #passGate(live: LiveRun, effect: CallEffect, gate: CallGate): void {
    const { gates } = this.#options;
    const key = waitKey(effect);
    const origin = effect.target.slice(effect.target.indexOf(" ") + 1);
    let hasStarted = false;
    const admission = gates.enter(live.projectId, origin, gate, {
      start: (pass) => {
        hasStarted = true;
        this.#queue(live, effect, pass);
      },
      refuse: (reason) => {
        live.waits.delete(key);
        this.#refuse(live, effect, reason);
      },
    });
    if (admission.kind === "closed") return this.#refuse(live, effect, admission.reason);
    const { pass } = admission;
    if (!hasStarted) live.waits.set(key, { effect, dueAt: null, pass, stop: () => pass.leave() });
  }

  /** The circuit breaker of its origin is open. */
  #refuse(live: LiveRun, effect: CallEffect, message: string): void {
    const { clock, counters, record } = this.#options;
    counters.callFailures++;
    const failure = { kind: "failure", code: "circuit_open", message, notSent: true, durationUs: 0 } as const;
    record(live, factOf(effect, failure, live.timeOf(clock.now())));
  }

  #queue(live: LiveRun, effect: CallEffect, pass: Pass | null): void {
    const { line } = this.#options;
    const place = line.enter(live, effect, () => this.#begin(live, effect, place));
    place.pass = pass;
    live.waits.set(waitKey(effect), { effect, dueAt: null, place, stop: () => line.leave(place) });
    if (place.isTaken) this.#begin(live, effect, place);
  }

  /** The call has its place. */
  #begin(live: LiveRun, effect: CallEffect, place: Place): void {
    const { clock, line, mayAct, record } = this.#options;
    if (this.#isDraining || live.stage === "gone" || live.run.status !== "running" || !mayAct())
      return line.leave(place);
    if (!effect.atMostOnce) return this.#send(live, effect, place);
    // The intent is appended first; the call itself waits behind it like any other effect.
    const at = live.timeOf(clock.now());
    record(live, { kind: "intent", at, ...placeOf(effect), attempt: effect.attempt });
    live.pendingEffects.push(effect);
  }

  #send(live: LiveRun, effect: CallEffect, place: Place): void {
    const { calls, clock, counters, limits, line, record, traces } = this.#options;
    counters.calls++;
    failpoint("call.sending");
    const plain = effect.request();
    const request = traces === null ? forwardTrace(live.run, plain) : traces.traced(live, effect, plain);
    const abort = calls.call(live, request, effect.timeoutMs, (outcome) => {
      if (live.waits.get(waitKey(effect)) !== wait) return;
      failpoint("call.answered");
      live.waits.delete(waitKey(effect));
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
      const ending = outcome.kind === "failure" ? "none" : callEnding(outcome.status);
      counters.durations.calls[ending].add(outcome.durationUs);
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
    live.waits.set(waitKey(effect), wait);
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
