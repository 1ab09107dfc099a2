import { Outcome } from "../../load/ledger.ts";
import type { OutputReader } from "../driven-load.ts";
import type { DrivenRequest } from "../requests.ts";
import { RUNS_METRIC } from "./script.ts";

interface Point {
  readonly metric: string;
  readonly data: {
    readonly time: string;
    readonly value: number;
    readonly tags?: { readonly [name: string]: string } | null;
    readonly metadata?: { readonly [name: string]: string };
  };
}

const DURATION = "http_req_duration";
const DROPPED = "dropped_iterations";
const METRICS: readonly string[] = [DURATION, DROPPED, RUNS_METRIC];

/**
 * Reads what `k6 run --out json` writes: a JSON document a line. A point of `http_req_duration` is taken when the answer is in, and its value is
 * the time from the first byte sent to then, so both instants follow from it to the microsecond.
 *
 * k6 does not say when an iteration was due. But it starts or drops one at each instant of its schedule, in order and without waiting, so the k-th
 * of them belongs to the k-th instant. The schedule begins as late as it can without a request before its time. Where there are more or fewer than
 * the schedule has, nobody can say which was due when: then times count from the actual send.
 *
 * @param dueUs  The instants of the schedule, microseconds from its start.
 */
export class K6Points implements OutputReader {
  readonly #dueUs: readonly number[];
  readonly #requests = new Map<number, Omit<DrivenRequest, "intendedUs" | "runId">>();
  readonly #runIds = new Map<number, string>();
  readonly #droppedUs: number[] = [];

  constructor(dueUs: readonly number[]) {
    this.#dueUs = dueUs;
  }

  take(line: string): number | null {
    const point = pointIn(line);
    if (point === null) return null;
    const { metric, data } = point;
    const atUs = microsecondsOf(data.time);
    if (metric === DROPPED) {
      for (let dropped = 0; dropped < data.value; dropped += 1) this.#droppedUs.push(atUs);
      return null;
    }
    const number = data.metadata?.["n"];
    if (number === undefined) return null;
    const n = Number(number);
    if (metric === RUNS_METRIC) {
      this.#runIds.set(n, data.metadata?.["run"] ?? "");
      return null;
    }
    const outcome = outcomeOf(Number(data.tags?.["status"] ?? 0), Number(data.tags?.["error_code"] ?? 0));
    const isSent = outcome !== Outcome.refused;
    this.#requests.set(n, { n, sentUs: isSent ? atUs - data.value * 1_000 : null, answeredUs: atUs, outcome });
    return outcome;
  }

  finish(): ReturnType<OutputReader["finish"]> {
    const requests = [...this.#requests.values()].toSorted((a, b) => a.n - b.n);
    const dropped = this.#droppedUs.toSorted((a, b) => a - b);
    const intended = intendedUs(
      requests.map(({ sentUs, answeredUs }) => sentUs ?? answeredUs),
      dropped,
      this.#dueUs,
    );
    const withRuns = requests.map((request, index) => ({
      ...request,
      intendedUs: intended?.requestsUs[index] ?? null,
      runId: this.#runIds.get(request.n) ?? "",
    }));
    const firstUs = requests.reduce((first, { sentUs, answeredUs }) => Math.min(first, sentUs ?? answeredUs), Infinity);
    return {
      timesFrom: intended === null ? "send" : "schedule",
      load: {
        startedAtUs: intended?.startedAtUs ?? Math.floor(firstUs),
        requests: withRuns,
        unsentUs: intended?.droppedUs ?? dropped,
      },
    };
  }
}

/** When each was due, Unix microseconds; null when the schedule has another number of instants. */
function intendedUs(
  sentUs: readonly number[],
  droppedUs: readonly number[],
  dueUs: readonly number[],
): {
  readonly startedAtUs: number;
  readonly requestsUs: readonly number[];
  readonly droppedUs: readonly number[];
} | null {
  const count = sentUs.length + droppedUs.length;
  // What is due at the very end is sent or not, depending on what k6's timers do first.
  if (count !== dueUs.length && count !== dueUs.length - 1) return null;
  const [requestSlots, dropSlots] = [[] as number[], [] as number[]];
  let startedAtUs = Infinity;
  for (let slot = 0; slot < count; slot += 1) {
    // Requests are in the order in which they were started; a late one may have been overtaken, so a drop goes before it by time only.
    const sent = sentUs[requestSlots.length] ?? Infinity;
    const dropped = droppedUs[dropSlots.length] ?? Infinity;
    const due = dueUs[slot] ?? 0;
    startedAtUs = Math.min(startedAtUs, Math.min(sent, dropped) - due);
    (dropped < sent ? dropSlots : requestSlots).push(due);
  }
  // The ledger counts whole microseconds from here.
  startedAtUs = Math.floor(startedAtUs);
  const since = (due: number) => due + startedAtUs;
  return { startedAtUs, requestsUs: requestSlots.map(since), droppedUs: dropSlots.map(since) };
}

function pointIn(line: string): Point | null {
  // Parsing costs more than looking, and most lines are of metrics that nobody asks for.
  if (!line.includes('"Point"') || !METRICS.some((metric) => line.includes(metric))) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`k6 wrote a line that is not JSON: ${line.slice(0, 200)}`);
  }
  // The format of k6's JSON output: output/json/wrapper.go.
  const point = value as Point;
  return METRICS.includes(point.metric) ? point : null;
}

/** k6's error codes: 1050 is a timeout, 11xx and 121x are connections that were never made; other errors leave it open what arrived. */
function outcomeOf(status: number, errorCode: number): number {
  if (status >= 100) return status;
  if (errorCode === 1050) return Outcome.timeout;
  return (errorCode >= 1100 && errorCode < 1220) || errorCode === 1300 ? Outcome.refused : Outcome.reset;
}

/** Unix microseconds of a time as in `2026-11-30T14:00:00.123456789+01:00`. */
function microsecondsOf(time: string): number {
  const [, seconds = "", fraction = "", zone = ""] = /^([^.]{19})(?:\.(\d+))?(.*)$/.exec(time) ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(ms)) throw new Error(`k6 wrote a time that cannot be read: ${time}`);
  return ms * 1_000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}
