import type { BreakerPolicy, CallGate, Micros } from "@meshhook/core";

import type { DueQueue } from "../due-queue.ts";
import type { Clock } from "../clock.ts";
import { Breaker } from "./breaker.ts";

/** Why a call does not start yet: as many go on as may, another started a moment ago, or the breaker is open. */
export interface Obstacle {
  readonly kind: "target_slot" | "target_rate" | "circuit_breaker";
  /** Scheme, host and port. */
  readonly origin: string;
  /** When it is gone; null where that depends on other calls. */
  readonly until: Micros | null;
}

/** A call on its way through the gate of its origin. */
export interface Pass {
  /** What keeps the call waiting, be it behind others; null once it may start. */
  readonly obstacle: Obstacle | null;
  /** Gives the pass back: before the call starts, or after it has ended. Again does nothing. */
  leave(): void;
  /** The call has ended. False: the target did not answer, or said that it is in trouble; null: that says nothing about the target. */
  ended(isWell: boolean | null): void;
}

/** What the gate says to a call: it may start now or later, or its breaker is open and it does not want to wait. */
export type Admission =
  { readonly kind: "open"; readonly pass: Pass } | { readonly kind: "closed"; readonly reason: string };

/** What becomes of a call at the gate; exactly one of these happens, unless the call leaves before. */
export interface Entrant {
  /** The call may start: at once, before `enter` returns, or later. */
  start(pass: Pass): void;
  /** The breaker opened while the call waited, and it does not want to wait for that. */
  refuse(reason: string): void;
}

/** Gates without calls and with a breaker that has nothing to remember are dropped beyond this number. */
const GATES_MAX = 1_000;

/**
 * The limits and circuit breakers that authors put on their calls, for each project and origin in this process.
 *
 * They only hold a call back, or refuse it before anything was sent. Nothing of this is stored: after a restart or a takeover, breakers are
 * closed and counts begin anew.
 */
export class OriginGates {
  readonly #clock: Clock;
  readonly #due: DueQueue;
  readonly #gates = new Map<string, Gate>();

  constructor(clock: Clock, due: DueQueue) {
    this.#clock = clock;
    this.#due = due;
  }

  /** Calls that wait at a gate. */
  get waiting(): number {
    let waiting = 0;
    for (const gate of this.#gates.values()) waiting += gate.waiting;
    return waiting;
  }

  /** Gates whose breaker lets no call through. */
  get open(): number {
    let open = 0;
    for (const gate of this.#gates.values()) if (gate.isBlocked) open++;
    return open;
  }

  /**
   * @param origin  Scheme, host and port; a port that the scheme implies makes no difference.
   */
  enter(projectId: string, origin: string, conditions: CallGate, entrant: Entrant): Admission {
    const place = URL.parse(origin)?.origin ?? origin;
    const key = `${projectId} ${place}`;
    let gate = this.#gates.get(key);
    if (gate === undefined) {
      if (this.#gates.size >= GATES_MAX) this.#dropIdle();
      gate = new Gate(place, this.#clock, this.#due);
      this.#gates.set(key, gate);
    }
    return gate.enter(conditions, entrant);
  }

  /** Forgets all gates: the runs are gone whose calls wait at them, and so are the times in the queue at which gates would open. */
  forget(): void {
    this.#gates.clear();
  }

  #dropIdle(): void {
    for (const [key, gate] of this.#gates) if (gate.isIdle) this.#gates.delete(key);
  }
}

/** A call that waits, or is on its way. */
interface Traveller extends Pass {
  readonly conditions: CallGate;
  readonly entrant: Entrant;
  state: "waiting" | "started" | "gone";
}

class Gate {
  readonly #origin: string;
  readonly #clock: Clock;
  readonly #due: DueQueue;
  readonly #breaker = new Breaker();
  readonly #line: Traveller[] = [];
  #out = 0;
  #isServing = false;
  /** When the next call may start by the rate of the last one. */
  #nextStartAt: Micros = 0;
  #wake: { readonly at: Micros; readonly cancel: () => void } | null = null;

  constructor(origin: string, clock: Clock, due: DueQueue) {
    this.#origin = origin;
    this.#clock = clock;
    this.#due = due;
  }

  get waiting(): number {
    return this.#line.length;
  }

  get isBlocked(): boolean {
    return this.#breaker.blockedUntil(this.#clock.now()) !== null;
  }

  get isIdle(): boolean {
    return this.#line.length === 0 && this.#out === 0 && this.#breaker.isCalm && this.#nextStartAt <= this.#clock.now();
  }

  enter(conditions: CallGate, entrant: Entrant): Admission {
    const { breaker } = conditions;
    if (breaker?.whenOpen === "fail" && this.#breaker.blockedUntil(this.#clock.now()) !== null)
      return { kind: "closed", reason: this.#refusal(breaker) };
    const obstacleOf = (): Obstacle | null => this.#obstacleOf(traveller);
    const traveller: Traveller = {
      conditions,
      entrant,
      state: "waiting",
      get obstacle() {
        return obstacleOf();
      },
      leave: () => this.#leave(traveller),
      ended: (isWell) => {
        if (breaker !== null && isWell !== null) this.#note(isWell, breaker);
        this.#leave(traveller);
      },
    };
    this.#line.push(traveller);
    this.#serve();
    return { kind: "open", pass: traveller };
  }

  #note(isWell: boolean, policy: BreakerPolicy): void {
    const now = this.#clock.now();
    this.#breaker.note(isWell, now, policy);
    if (this.#breaker.blockedUntil(now) === null) return;
    for (const traveller of this.#line.filter(({ conditions }) => conditions.breaker?.whenOpen === "fail")) {
      this.#leave(traveller);
      traveller.entrant.refuse(this.#refusal(traveller.conditions.breaker ?? policy));
    }
  }

  #refusal({ failures }: BreakerPolicy): string {
    return `${this.#origin} failed ${failures} times in a row; calls to it are held back. The request was not sent`;
  }

  #leave(traveller: Traveller): void {
    const { state } = traveller;
    if (state === "gone") return;
    traveller.state = "gone";
    if (state === "started") {
      this.#out -= 1;
      this.#breaker.forgetProbe(traveller);
    } else {
      const at = this.#line.indexOf(traveller);
      if (at !== -1) this.#line.splice(at, 1);
    }
    this.#serve();
  }

  /** Lets the calls start that may, in their order: one that must wait holds up those behind it. */
  #serve(): void {
    // What starts may end at once, and come back here; the loop goes on with it.
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      this.#letIn(this.#clock.now());
    } finally {
      this.#isServing = false;
    }
  }

  #letIn(now: Micros): void {
    for (let first = this.#line[0]; first !== undefined; first = this.#line[0]) {
      const obstacle = this.#obstacleFor(first, now);
      if (obstacle !== null) {
        if (obstacle.until !== null) this.#wakeAt(obstacle.until);
        return;
      }
      this.#line.shift();
      first.state = "started";
      this.#out += 1;
      const { limits, breaker } = first.conditions;
      if (limits !== null && limits.ratePerSecond !== null) {
        this.#nextStartAt = Math.max(this.#nextStartAt, now) + Math.round(1_000_000 / limits.ratePerSecond);
      }
      if (breaker !== null) this.#breaker.probe(first, now);
      first.entrant.start(first);
    }
  }

  /** The line is in order, so that all in it wait for what the first waits for. */
  #obstacleOf(traveller: Traveller): Obstacle | null {
    if (traveller.state !== "waiting") return null;
    return this.#obstacleFor(this.#line[0] ?? traveller, this.#clock.now());
  }

  #obstacleFor({ conditions: { limits, breaker } }: Traveller, now: Micros): Obstacle | null {
    const origin = this.#origin;
    const blockedUntil = breaker === null ? null : this.#breaker.blockedUntil(now);
    if (blockedUntil !== null) {
      const until = blockedUntil === Number.POSITIVE_INFINITY ? null : blockedUntil;
      return { kind: "circuit_breaker", origin, until };
    }
    if (limits === null) return null;
    const { concurrency, ratePerSecond } = limits;
    if (concurrency !== null && this.#out >= concurrency) return { kind: "target_slot", origin, until: null };
    if (ratePerSecond !== null && this.#nextStartAt > now)
      return { kind: "target_rate", origin, until: this.#nextStartAt };
    return null;
  }

  #wakeAt(at: Micros): void {
    if (this.#wake !== null && this.#wake.at <= at) return;
    this.#wake?.cancel();
    const cancel = this.#due.add(at, () => {
      this.#wake = null;
      this.#serve();
    });
    this.#wake = { at, cancel };
  }
}
