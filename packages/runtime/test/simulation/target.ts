import { shardOfRunId, type CallRequest } from "@meshhook/core";
import type { SeededRandom } from "@meshhook/testkit";
import { placeOfCall, type Arrival, type Report } from "@meshhook/testkit/proof";

import type { Caller, CallOutcome } from "../../src/index.ts";
import type { Dice } from "./dice.ts";
import type { Histories } from "./histories.ts";
import type { Incarnation } from "./incarnation.ts";
import type { TimedEvent, Timeline } from "./timeline.ts";

/** What the target saw, whoever called. */
export class TargetLedger {
  readonly arrivals: Arrival[] = [];
  /** Calls that left a process, by key, whether they arrived or not. */
  readonly sent = new Map<string, number>();
  /** When a call left, arrived or was answered, in Unix microseconds. */
  readonly momentsUs: number[] = [];
}

export interface SimulatedCallerOptions {
  readonly timeline: Timeline;
  readonly incarnation: Incarnation;
  readonly ledger: TargetLedger;
  readonly histories: Histories;
  readonly dice: Dice;
  readonly badness: number;
  /** Whether this process owns the shard now. */
  readonly owns: (shard: number) => boolean;
  readonly report: Report;
}

/**
 * The network between a process and the targets of its calls. At the moment when a call leaves the process, it judges what can only be
 * judged then: whether the facts that it follows from are durable, and whether the process may still act.
 */
export class SimulatedCaller implements Caller {
  readonly #options: SimulatedCallerOptions;
  inFlight = 0;
  readonly queued = 0;
  #isClosed = false;

  constructor(options: SimulatedCallerOptions) {
    this.#options = options;
  }

  call(request: CallRequest, timeoutMs: number, done: (outcome: CallOutcome) => void): () => void {
    const { dice, incarnation, ledger, timeline } = this.#options;
    const key = request.headers["idempotency-key"] ?? "";
    const { runId, step } = placeOfCall(key);
    const count = (ledger.sent.get(key) ?? 0) + 1;
    ledger.sent.set(key, count);
    this.#judge(runId, key, count);
    ledger.momentsUs.push(timeline.nowUs);

    this.inFlight++;
    let isOver = false;
    const events: TimedEvent[] = [];
    const end = (): void => {
      isOver = true;
      this.inFlight--;
      for (const event of events) event.isCanceled = true;
    };
    const tellIn = (ms: number, outcome: CallOutcome): void => {
      const event = timeline.in(ms, () =>
        incarnation.enter(() => {
          if (isOver || this.#isClosed) return;
          end();
          ledger.momentsUs.push(timeline.nowUs);
          done(outcome);
        }),
      );
      events.push(event);
    };
    tellIn(timeoutMs, failed("timeout", timeoutMs));
    const random = dice.of(`call ${step} of ${this.#nOf(request)} ${count}`);
    const travelMs = 0.2 + random.next() * 20;
    const fate = wishedFate(request.url) ?? this.#fateOf(random);
    if (fate === "unreachable") tellIn(travelMs, { ...failed("network", travelMs), notSent: true });
    else if (fate === "lost before") tellIn(travelMs, failed("network", travelMs));
    else
      timeline.in(travelMs, () => {
        ledger.momentsUs.push(timeline.nowUs);
        ledger.arrivals.push({ key, isRefused: fate === 429 });
        const answerMs = random.next() < 0.1 ? random.next() * 6_000 : random.next() * 200;
        if (fate === "lost after") tellIn(answerMs, failed("network", travelMs + answerMs));
        else if (fate !== "silent") tellIn(answerMs, answered(fate, travelMs + answerMs));
      });
    return () => {
      if (!isOver) end();
    };
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }

  #judge(runId: string, key: string, count: number): void {
    const { histories, owns, report } = this.#options;
    const call = histories.of(runId)?.calls.get(key);
    if (call === undefined)
      return report("no effect before its facts are durable", `call ${key} does not follow from what is stored`);
    if (call.isOnceOnly && count > call.intents)
      report(
        "no effect before its facts are durable",
        `at-most-once call ${key} left ${count} times, with ${call.intents} intents stored`,
      );
    if (!owns(shardOfRunId(runId)))
      report("only the owner of a shard acts", `call ${key} was sent by a process that does not own its shard now`);
  }

  /** Run ids differ from scenario to scenario; a delivery's number does not. */
  #nOf({ body }: CallRequest): number {
    return Number(/"n":(\d+)/.exec(body ?? "")?.[1] ?? -1);
  }

  #fateOf(random: SeededRandom): Fate {
    if (random.next() >= this.#options.badness * 3) return 200;
    return random.pick([500, 503, 429, 429, 404, "unreachable", "lost before", "lost after", "silent"]);
  }
}

/** Some addresses ask for an answer of their own: `/status/404`, `/silent`. */
function wishedFate(url: string): Fate | null {
  if (url.endsWith("/silent")) return "silent";
  const status = Number(/\/status\/(\d{3})$/.exec(url)?.[1] ?? 0);
  return status === 0 ? null : status;
}

type Fate = number | "unreachable" | "lost before" | "lost after" | "silent";

function answered(status: number, tookMs: number): CallOutcome {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (status === 429) headers["retry-after"] = "1";
  return { kind: "response", status, headers, body: { status }, durationUs: Math.round(tookMs * 1_000) };
}

function failed(code: "timeout" | "network", tookMs: number): Extract<CallOutcome, { kind: "failure" }> {
  return { kind: "failure", code, message: "as the simulation wants it", durationUs: Math.round(tookMs * 1_000) };
}
