import type { Ledger } from "../load/ledger.ts";
import { findEpisodes, FOREVER_US, isSelective } from "../measure/episodes.ts";
import type { TimedRequest } from "../measure/episodes.ts";
import { attribute } from "../measure/tail/attribute.ts";
import type { Attribution, SlowWait } from "../measure/tail/attribute.ts";
import { explain, machineShare } from "../measure/tail/causes.ts";
import { evidenceFrom, notWatched } from "../measure/tail/evidence.ts";
import type { Evidence as Seen } from "../measure/tail/evidence.ts";
import type { Episode, Episodes, SlowRequest, Tail } from "../result/result.ts";
import { isCarriedBy } from "../stats/index.ts";
import type { Evidence } from "./evidence.ts";
import { intendedByRun } from "./latencies.ts";
import { IN_FLIGHT_MAX } from "./measured-load.ts";
import { watchedIn } from "./seen.ts";

/** What is known of a block before its figures are compared with the machine's roofs. */
export type SlowEvidence = Omit<Evidence, "roofs" | "rawHttpCpuUs">;

/** Slow requests of a load, grouped and explained. */
export interface SlowRequests {
  readonly episodes: Episodes;
  /** Null when nothing was slow. */
  readonly tail: Tail | null;
}

/** Groups the slow requests of a load and joins them with what happened while they waited. */
export function slowRequestsOf(evidence: SlowEvidence): SlowRequests {
  const { ledger } = evidence.measured.report;
  const of = evidence.stream === null ? "ack" : "lag";
  const requests = evidence.stream === null ? answeredRequests(ledger) : followedRuns(evidence);
  const stalls =
    evidence.witness?.stalls.map(({ fromUs, untilUs }) => ({
      fromUs: fromUs - ledger.startedAtUs,
      untilUs: untilUs - ledger.startedAtUs,
    })) ?? null;
  const episodes = findEpisodes({ of, requests, stalls });
  const latencies = Float64Array.from(requests, ({ latencyUs }) => latencyUs).sort();
  const typicalUs = latencies[Math.floor(latencies.length / 2)] ?? 0;
  const aboveUs = Math.min(episodes.slowAboveMs * 1_000, p99Of(latencies));
  const slow = requests.filter(({ latencyUs }) => latencyUs > aboveUs);
  if (slow.length === 0 || !Number.isFinite(typicalUs)) return { episodes, tail: null };

  const sources = watchedIn(evidence);
  const seen = evidenceFrom(sources);
  const waits = waitsOf(slow, ledger);
  const attributions = attribute({
    waits,
    evidence: seen,
    typicalUs,
    fromUs: ledger.startedAtUs,
    untilUs: evidence.measured.report.finishedAtUs,
  });
  const parts = slow.map((request, index): SlowPart => {
    const [wait, attribution] = [waits[index], attributions[index]];
    if (wait === undefined || attribution === undefined) throw new Error("Every slow request has its wait.");
    return { request, wait, attribution };
  });
  const { excessUs, causes, unexplainedShare } = told(parts, seen);
  return {
    episodes: {
      ...episodes,
      longest: episodes.longest.map((episode) => withCauses(episode, episodes.slowAboveMs * 1_000, parts, seen)),
    },
    tail: {
      of,
      aboveMs: aboveUs / 1_000,
      requests: slow.length,
      excessMs: excessUs / 1_000,
      causes,
      unexplainedShare,
      notWatched: notWatched(sources),
      slowest: slowestOf(parts, evidence, seen),
    },
  };
}

/** The whole load counts: a stall in the warm-up is a stall. Its first second is not: connections and compiled code come then. */
const SETTLING_US = 1_000_000;

interface SlowRequestOf extends TimedRequest {
  readonly n: number;
}

interface SlowPart {
  readonly request: SlowRequestOf;
  readonly wait: SlowWait;
  readonly attribution: Attribution;
}

function answeredRequests(ledger: Ledger): SlowRequestOf[] {
  const requests: SlowRequestOf[] = [];
  for (let n = 0; n < ledger.count; n += 1) {
    const [intendedUs = 0, sentUs = -1, answeredUs = -1] = [
      ledger.intendedUs[n],
      ledger.sentUs[n],
      ledger.answeredUs[n],
    ];
    // A quick refusal is not a stall, and a request that was never sent does not say how long it would have taken.
    if (intendedUs < SETTLING_US || sentUs < 0) continue;
    requests.push({ n, intendedUs, latencyUs: answeredUs < 0 ? Infinity : answeredUs - intendedUs });
  }
  return requests;
}

/** Every run that reached a viewer, by the instant at which its request was due. */
function followedRuns(evidence: SlowEvidence): SlowRequestOf[] {
  const { ledger } = evidence.measured.report;
  const numberOf = new Map(evidence.runs.map(({ runId, n }) => [runId, n]));
  const intendedOf = intendedByRun(evidence);
  const requests: SlowRequestOf[] = [];
  for (const [runId, endUs] of evidence.stream?.lastLineUs ?? []) {
    const intendedUs = intendedOf.get(runId);
    if (intendedUs === undefined || intendedUs < SETTLING_US) continue;
    const latencyUs = endUs - ledger.startedAtUs - intendedUs;
    requests.push({ n: numberOf.get(runId) ?? -1, intendedUs, latencyUs });
  }
  return requests.sort((a, b) => a.intendedUs - b.intendedUs);
}

function p99Of(sorted: Float64Array): number {
  return isCarriedBy(sorted.length, 0.99) ? (sorted[Math.ceil(0.99 * sorted.length) - 1] ?? Infinity) : Infinity;
}

/** The generator's part of a wait is its own delay, unless every connection was taken: then the target kept it waiting. */
function waitsOf(slow: readonly SlowRequestOf[], ledger: Ledger): SlowWait[] {
  const sent = Float64Array.from(ledger.sentUs.filter((us) => us >= 0)).sort();
  const answered = Float64Array.from(
    ledger.answeredUs.filter((us, n) => us >= 0 && (ledger.sentUs[n] ?? -1) >= 0),
  ).sort();
  return slow.map(({ n, intendedUs, latencyUs }) => {
    const sentUs = Math.max(intendedUs, ledger.sentUs[n] ?? intendedUs);
    const inFlight = countUntil(sent, sentUs - 1) - countUntil(answered, sentUs - 1);
    const isGenerators = inFlight < 0.9 * IN_FLIGHT_MAX;
    const fromUs = ledger.startedAtUs + intendedUs;
    return {
      fromUs,
      sentUs: isGenerators ? ledger.startedAtUs + sentUs : fromUs,
      untilUs: fromUs + Math.min(FOREVER_US, latencyUs),
    };
  });
}

/** How many of the sorted values are at most this. */
function countUntil(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What is known about these requests together, with the evidence that falls within them. */
function told(parts: readonly SlowPart[], seen: readonly Seen[]): ReturnType<typeof explain> {
  const waits = parts.map(({ wait }) => wait);
  const overlapping = seen.filter((item) =>
    waits.some((wait) => item.fromUs < wait.untilUs && item.untilUs > wait.fromUs),
  );
  return explain(
    parts.map(({ attribution }) => attribution),
    overlapping,
  );
}

const OF_MACHINE_MIN = 0.5;

function withCauses(episode: Episode, slowAboveUs: number, parts: readonly SlowPart[], seen: readonly Seen[]): Episode {
  const within = parts.filter(
    ({ request: { intendedUs, latencyUs } }) =>
      latencyUs > slowAboveUs && intendedUs >= episode.fromMs * 1_000 && intendedUs <= episode.untilMs * 1_000,
  );
  const { causes, unexplainedShare } = told(within, seen);
  // A stall of the machine delays every request due at the time, so one that most requests pass is none.
  const isOutside = !isSelective(episode.slow, episode.due) && machineShare(causes) >= OF_MACHINE_MIN;
  return { ...episode, origin: isOutside ? "outside" : episode.origin, causes, unexplainedShare };
}

const SLOWEST_MAX = 10;

function slowestOf(
  parts: readonly SlowPart[],
  { runs, measured, lines }: SlowEvidence,
  seen: readonly Seen[],
): SlowRequest[] {
  const { ledger } = measured.report;
  const runOf = new Map(runs.map((run) => [run.n, run]));
  const sinceStartMs = (us: number | null | undefined) =>
    us === null || us === undefined ? null : Math.max(0, (us - ledger.startedAtUs) / 1_000);
  const ofLedgerMs = (us: number | undefined) => (us === undefined || us < 0 ? null : us / 1_000);
  return parts
    .toSorted((a, b) => b.request.latencyUs - a.request.latencyUs)
    .slice(0, SLOWEST_MAX)
    .map((part) => {
      const { n, intendedUs, latencyUs } = part.request;
      const run = runOf.get(n);
      const ofRun = lines?.get(run?.runId ?? "");
      return {
        runId: run?.runId ?? null,
        dueMs: intendedUs / 1_000,
        sentMs: ofLedgerMs(ledger.sentUs[n]),
        receivedMs: sinceStartMs(run?.receivedUs),
        committedMs: sinceStartMs(run?.ackedUs),
        answeredMs: ofLedgerMs(ledger.answeredUs[n]),
        doneMs: sinceStartMs(run?.doneUs),
        latencyMs: Number.isFinite(latencyUs) ? latencyUs / 1_000 : null,
        causes: told([part], seen).causes,
        ...(ofRun === undefined
          ? {}
          : { lines: ofRun.map(({ atUs, text }) => ({ atMs: sinceStartMs(atUs) ?? 0, text })) }),
      };
    });
}
