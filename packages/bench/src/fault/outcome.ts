import { isAccepted } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { FaultSpan } from "./fault.ts";

/** What a fault did to those who send webhooks. Times are Unix microseconds, durations milliseconds. */
export interface FaultOutcome extends FaultSpan {
  /** Requests that were under way during the fault or due until the system was to have recovered, and were not accepted. */
  readonly failedRequests: number;
  /** When the first and the last of them failed; one that got no answer failed when it was due. Null when none did. */
  readonly firstFailedUs: number | null;
  readonly lastFailedUs: number | null;
  /** From the beginning of the fault to the last failed request; 0 when none failed. */
  readonly clientsMs: number;
  /** From the end of the fault until requests were accepted at the rate at which they came, and stayed so; null when that was not seen. */
  readonly rateBackMs: number | null;
  /** From the end of the fault until the median latency was back, and stayed so; null when that was not seen. */
  readonly p50BackMs: number | null;
}

/** What was usual before the first fault. */
interface Usual {
  readonly acceptedPerSecond: number;
  /** Of the requests that came, those that were accepted; more than 0. */
  readonly acceptedShare: number;
  readonly p50Us: number;
}

/** What fails this long after the end of a fault has another cause. */
const AFTERMATH_US = 20_000_000;
/** The stretch over which a rate and a median are taken, and how far apart such stretches begin. */
const WINDOW_US = 1_000_000;
const STEP_US = 50_000;
/** Back means back for this long: a backlog that is answered in one burst is not a recovery. */
const HOLD_US = 2_000_000;
/** What is looked at before the first fault, and how many requests make it usual. */
const BEFORE_US = 5_000_000;
const BEFORE_REQUESTS_MIN = 20;
/** How near to the usual counts as back: a tenth fewer accepted, and a median half as high again or 10 ms higher. */
const RATE_SHARE = 0.9;
const P50_FACTOR = 1.5;
const P50_EXTRA_US = 10_000;

/**
 * Works out what each fault did, from the sender's ledger alone.
 *
 * A fault's time ends where the next one begins, if that is after its own end. `isClosed` is for a load whose senders wait for answers:
 * it comes more slowly when the system is slow, so its rate is compared with what was usual and not with what came.
 */
export function outcomesOf(
  ledger: Ledger,
  spans: readonly FaultSpan[],
  { isClosed }: { readonly isClosed: boolean },
): FaultOutcome[] {
  const requests = requestsOf(ledger);
  const firstUs = Math.min(...spans.map(({ beganUs }) => beganUs));
  const usual = usualBefore(requests, firstUs);
  return spans.map((span) => {
    const nextUs = Math.min(
      ...spans.filter(({ beganUs }) => beganUs >= span.endedUs && beganUs > span.beganUs).map(({ beganUs }) => beganUs),
    );
    const untilUs = Math.min(span.endedUs + AFTERMATH_US, nextUs);
    const isRateBack = (fromUs: number) => {
      if (usual === null) return false;
      const accepted = countBetween(requests.acceptedUs, fromUs, fromUs + WINDOW_US);
      const expected = isClosed
        ? (usual.acceptedPerSecond * WINDOW_US) / 1e6
        : countBetween(requests.dueUs, fromUs, fromUs + WINDOW_US) * usual.acceptedShare;
      return expected > 0 && accepted >= RATE_SHARE * expected;
    };
    const isP50Back = (fromUs: number) => {
      if (usual === null) return false;
      const p50Us = medianLatencyUs(requests, fromUs, fromUs + WINDOW_US);
      return p50Us !== null && p50Us <= Math.max(P50_FACTOR * usual.p50Us, usual.p50Us + P50_EXTRA_US);
    };
    const seenUs = Math.min(untilUs, requests.dueUs.at(-1) ?? 0);
    return {
      ...span,
      ...failuresOf(requests, span, { untilUs, nextUs }),
      rateBackMs: backAfterMs(span.endedUs, seenUs, isRateBack),
      p50BackMs: backAfterMs(span.endedUs, seenUs, isP50Back),
    };
  });
}

/** A ledger's requests in Unix microseconds, in the order in which they were due. */
interface Requests {
  readonly dueUs: readonly number[];
  /** When each ended; when it was due, if it never did. */
  readonly endedUs: readonly number[];
  /** From when it was due to its accepted answer; Infinity without one. */
  readonly latencyUs: readonly number[];
  /** When accepted answers came, in their own order. */
  readonly acceptedUs: readonly number[];
}

function requestsOf(ledger: Ledger): Requests {
  const order = Array.from({ length: ledger.count }, (_, n) => n).sort(
    (a, b) => (ledger.intendedUs[a] ?? 0) - (ledger.intendedUs[b] ?? 0),
  );
  const dueUs = order.map((n) => ledger.startedAtUs + (ledger.intendedUs[n] ?? 0));
  const endedUs = order.map((n, place) => {
    const answeredUs = ledger.answeredUs[n] ?? -1;
    return answeredUs < 0 ? (dueUs[place] ?? 0) : ledger.startedAtUs + answeredUs;
  });
  const latencyUs = order.map((n, place) =>
    isAccepted(ledger.outcome[n] ?? 0) ? (endedUs[place] ?? 0) - (dueUs[place] ?? 0) : Infinity,
  );
  const acceptedUs = endedUs.filter((_, place) => latencyUs[place] !== Infinity).sort((a, b) => a - b);
  return { dueUs, endedUs, latencyUs, acceptedUs };
}

function usualBefore(requests: Requests, untilUs: number): Usual | null {
  const fromUs = Math.max(untilUs - BEFORE_US, requests.dueUs[0] ?? untilUs);
  // Requests that were under way when the fault began are not usual any more.
  const lastUs = untilUs - WINDOW_US / 10;
  const latencies = latenciesBetween(requests, fromUs, lastUs);
  const accepted = latencies.filter((latency) => latency !== Infinity);
  const p50Us = medianLatencyUs(requests, fromUs, lastUs);
  if (latencies.length < BEFORE_REQUESTS_MIN || p50Us === null || p50Us === Infinity) return null;
  return {
    acceptedPerSecond: (accepted.length * 1e6) / (lastUs - fromUs),
    acceptedShare: accepted.length / latencies.length,
    p50Us,
  };
}

function failuresOf(
  requests: Requests,
  { beganUs }: FaultSpan,
  { untilUs, nextUs }: { readonly untilUs: number; readonly nextUs: number },
): Pick<FaultOutcome, "failedRequests" | "firstFailedUs" | "lastFailedUs" | "clientsMs"> {
  let failedRequests = 0;
  let firstFailedUs: number | null = null;
  let lastFailedUs: number | null = null;
  for (const [place, latency] of requests.latencyUs.entries()) {
    if (latency !== Infinity) continue;
    const [dueUs = 0, endedUs = 0] = [requests.dueUs[place], requests.endedUs[place]];
    // One that was still under way when the next fault began failed because of that one.
    if (endedUs < beganUs || dueUs >= untilUs || endedUs >= nextUs) continue;
    failedRequests += 1;
    firstFailedUs = Math.min(firstFailedUs ?? Infinity, endedUs);
    lastFailedUs = Math.max(lastFailedUs ?? -Infinity, endedUs);
  }
  const clientsMs = lastFailedUs === null ? 0 : (lastFailedUs - beganUs) / 1_000;
  return { failedRequests, firstFailedUs, lastFailedUs, clientsMs };
}

/** The first instant from which on all stretches hold for a while; null when there is none before `seenUs`. */
function backAfterMs(endedUs: number, seenUs: number, holds: (fromUs: number) => boolean): number | null {
  let sinceUs: number | null = null;
  for (let fromUs = endedUs; fromUs + WINDOW_US <= seenUs; fromUs += STEP_US) {
    if (!holds(fromUs)) sinceUs = null;
    else if (fromUs - (sinceUs ??= fromUs) >= HOLD_US) break;
  }
  const isLongEnough = sinceUs !== null && seenUs - WINDOW_US - sinceUs >= HOLD_US - STEP_US;
  return sinceUs !== null && isLongEnough ? (sinceUs - endedUs) / 1_000 : null;
}

function medianLatencyUs(requests: Requests, fromUs: number, untilUs: number): number | null {
  const sorted = latenciesBetween(requests, fromUs, untilUs).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

/** Of the requests that were due in this stretch. */
function latenciesBetween({ dueUs, latencyUs }: Requests, fromUs: number, untilUs: number): number[] {
  return latencyUs.slice(firstFrom(dueUs, fromUs), firstFrom(dueUs, untilUs));
}

function countBetween(sorted: readonly number[], fromUs: number, untilUs: number): number {
  return firstFrom(sorted, untilUs) - firstFrom(sorted, fromUs);
}

/** The place of the first value that is not below `least`, by bisection. */
function firstFrom(sorted: readonly number[], least: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
