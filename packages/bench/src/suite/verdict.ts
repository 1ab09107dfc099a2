import { mean, sampleStandardDeviation } from "simple-statistics";
import { disagrees } from "../measure/clock-check.ts";
import type {
  Answers,
  Audit,
  ClockCheck,
  Disturbance,
  Episodes,
  ScenarioResult,
  ScenarioVerdict,
  ThresholdResult,
  VerdictReason,
} from "../result/result.ts";
import type { Durability } from "./durability.ts";
import { durabilityFault } from "./durability.ts";

export interface VerdictInput {
  readonly audit: Audit;
  readonly answers: Answers;
  readonly latency: ScenarioResult["latency"];
  readonly thresholds: readonly ThresholdResult[];
  readonly episodes: Episodes;
  readonly disturbances: readonly Disturbance[];
  readonly clocks: readonly ClockCheck[];
  /** Instants of different processes whose order is impossible, in words; they make times between processes void. */
  readonly impossible: string | null;
  readonly durability: Durability | null;
  readonly generator: ScenarioResult["generator"];
  /** Whether requests stayed unsent because the generator stood still, and not because every connection was taken. */
  readonly isUnsentByGenerator: boolean;
  /** What each judged block alone measured for a threshold; null where it has no figure. */
  readonly blockValues: (threshold: ThresholdResult) => readonly (number | null)[];
}

const AGAIN_QUIET =
  "Measure again on a machine that is not used by anything else; `docs/guide/benchmark.md` says how to tell.";

/**
 * Every reason why a scenario does not pass.
 *
 * Gates do not depend on the machine: a miss is a failure anywhere. Limits do: a miss says `failed` only where nothing disturbed the
 * machine, the generator could back the figures, the machine's own floors leave room for the limit, the miss does not rest on one event,
 * and repetitions confirm it.
 */
export function reasonsOf(input: VerdictInput): VerdictReason[] {
  const { audit, answers, thresholds, generator } = input;
  const reasons: VerdictReason[] = [];
  if (!audit.isClean) {
    reasons.push({
      verdict: "failed",
      text: `The audit is not clean: ${audit.details.length === 0 ? "work was lost, duplicated, reordered or gave a wrong result" : audit.details.slice(0, 3).join("; ")}.`,
      next: "Look up the runs that the audit names. The other figures of this scenario do not count until these runs are explained.",
    });
  }
  for (const clock of input.clocks.filter(disagrees)) {
    reasons.push({
      verdict: "void",
      text: `The clock of ${clock.of} is ${(clock.offsetUs / 1_000).toFixed(1)} ms away from the benchmark's clock (± ${(clock.uncertaintyUs / 1_000).toFixed(1)} ms), so times between processes are meaningless.`,
      next: "Synchronise the machine's clock with a single time service, and measure again.",
    });
  }
  if (input.impossible !== null) {
    reasons.push({
      verdict: "void",
      text: `Events were recorded in an impossible order: ${input.impossible}. Either a clock is wrong, or something is reported before it happens.`,
      next: "First compare the clocks of MeshHook, PostgreSQL and the benchmark. If they agree, the order is a defect in MeshHook.",
    });
  }
  const fault = input.durability === null ? null : durabilityFault(input.durability);
  if (fault !== null) {
    reasons.push({
      verdict: "void",
      text: `The database was not durable: ${fault}. Webhooks that were answered could still be lost.`,
      next: "Turn on `fsync` and `synchronous_commit`, on the server and in MeshHook's sessions, and measure again.",
    });
  }
  if (!generator.isBacked) {
    reasons.push({
      verdict: "inconclusive",
      text: `The load generator could not keep up: ${generator.reasons.join("; ")}.`,
      next: "Give the load generator its own cores or lower the rate, and measure again.",
    });
  }
  reasons.push(...grouped(thresholds.filter(({ holds }) => !holds).map((threshold) => ofThreshold(threshold, input))));
  for (const threshold of unproven(input)) {
    reasons.push({
      verdict: "inconclusive",
      text: `\`${threshold.expression}\` holds, but it compares two figures from a machine that was disturbed (${inWords(input.disturbances)}).`,
      next: AGAIN_QUIET,
    });
  }
  if (answers.due === 0) {
    reasons.push({
      verdict: "void",
      text: "No request was due.",
      next: "Give the scenario a duration and a rate above zero.",
    });
  }
  return reasons;
}

/** The worst of the reasons: what is certainly wrong counts most, then what is not valid, then what may be right. */
export function verdictOf(reasons: readonly VerdictReason[]): ScenarioVerdict {
  for (const verdict of ["failed", "void", "inconclusive"] as const)
    if (reasons.some((reason) => reason.verdict === verdict)) return verdict;
  return "passed";
}

/** A miss, and what it means. */
interface Miss {
  readonly verdict: VerdictReason["verdict"];
  /** As in "`latency.ack.p99Ms <= 12`: measured 38 (room for one checkpoint)". */
  readonly what: string;
  readonly why: string;
  readonly next: string;
}

/** Misses with one meaning are one reason. */
function grouped(misses: readonly Miss[]): VerdictReason[] {
  const groups = new Map<string, Miss[]>();
  for (const miss of misses) {
    const key = JSON.stringify([miss.verdict, miss.why, miss.next]);
    groups.set(key, [...(groups.get(key) ?? []), miss]);
  }
  return [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const { verdict, why, next } = first;
    const whats = alike.map(({ what }) => what).join("; ");
    return [
      {
        verdict,
        text: `${alike.length === 1 ? "Threshold" : "Thresholds"} missed: ${whats}.${why === "" ? "" : ` ${why}`}`,
        next,
      },
    ];
  });
}

function ofThreshold(threshold: ThresholdResult, input: VerdictInput): Miss {
  const { expression, actual, kind, reason } = threshold;
  const measured =
    actual === null ? withoutFigure(expression, input) : `measured ${String(Number(actual.toPrecision(4)))}`;
  const what = `\`${expression}\`, ${measured} (${reason})`;
  if (kind === "precondition")
    return { verdict: "inconclusive", what, why: "", next: "Run the scenario again at its full length." };
  if (kind === "limit") return { what, ...judgeLimit(threshold, input) };
  if (actual === null) {
    return {
      verdict: "inconclusive",
      what,
      why: "",
      next: "Find out why it could not be measured. The notes of the scenario may say.",
    };
  }
  if (expression.startsWith("answers.") && isGeneratorsOwn(input)) {
    return {
      verdict: "inconclusive",
      what,
      why: "The load generator left the requests unsent although it had free connections.",
      next: "Give the load generator its own cores, and measure again.",
    };
  }
  return {
    verdict: "failed",
    what,
    why: "",
    next:
      NEXT_OF.find(([start]) => expression.startsWith(start))?.[1] ??
      "This does not depend on the machine. Find the change that caused it.",
  };
}

function withoutFigure(expression: string, { latency }: VerdictInput): string {
  return lacksAnswers(expression, latency)
    ? "no answer, because this percentile falls among the failed requests"
    : "not measured";
}

/** Whether a latency has no figure because things never came, and not because too few were measured. */
function lacksAnswers(expression: string, latency: ScenarioResult["latency"]): boolean {
  const name = /^latency\.(\w+)\./.exec(expression)?.[1];
  return name !== undefined && (latency[name]?.failed ?? 0) > 0;
}

const NEXT_OF: readonly (readonly [start: string, next: string])[] = [
  ["answers.", "Look for refusals in MeshHook's log. At this rate, every webhook must be accepted."],
  [
    "errors.stream",
    "Compare the live log of a run with its events from the API: lines are missing, repeated or out of order.",
  ],
  [
    "work.statements",
    "Compare the SQL statements in the report with those in an earlier report: a statement was added to a run or a batch.",
  ],
  [
    "connections.",
    "Find out why connections are closed that could be reused: a header, a timeout, or an agent without keep-alive.",
  ],
];

function isGeneratorsOwn({ answers, isUnsentByGenerator }: VerdictInput): boolean {
  return isUnsentByGenerator && answers.unsent > 0 && answers.unexpected <= answers.unsent;
}

/** Judges a missed limit, which depends on the machine. */
function judgeLimit(threshold: ThresholdResult, input: VerdictInput): Omit<Miss, "what"> {
  const { disturbances, generator, latency } = input;
  const inconclusive = (why: string, next: string) => ({ verdict: "inconclusive", why, next }) as const;
  if (disturbances.length > 0) return inconclusive(`The machine was disturbed: ${inWords(disturbances)}.`, AGAIN_QUIET);
  if (!generator.isBacked)
    return inconclusive(
      "The load generator's own delay is part of the figure.",
      "Give the load generator its own cores.",
    );
  if (threshold.actual === null && !lacksAnswers(threshold.expression, latency))
    return inconclusive(
      "The sample is too small for this figure.",
      "Measure for longer, with `--duration-scale 1` or more.",
    );
  const { limitHere = null, blocks = null } = threshold;
  if (limitHere !== null && threshold.actual !== null && threshold.actual <= limitHere)
    return inconclusive(
      `This machine is slower than the one the limit was set on: with what a bare request, a flush and a message between processes take here, the limit would be ${rounded(limitHere)}, and that holds.`,
      "To check the limit itself, measure on a faster machine.",
    );
  const event = restsOnOneEvent(threshold, input.episodes);
  if (event !== null)
    return inconclusive(
      event,
      "Measure again, because one event is not a sample. If it happens again, it is not chance.",
    );
  if (blocks === null || blocks.judged < CONFIRMING_BLOCKS_MIN)
    return inconclusive(
      "It was measured only once, and a miss counts when a repetition confirms it.",
      againAbout(CONFIRMING_BLOCKS_MIN),
    );
  if (blocks.missed < CONFIRMING_SHARE * blocks.judged)
    return inconclusive(
      `Only ${String(blocks.missed)} of ${String(blocks.judged)} blocks miss it alone.`,
      againAbout(missingBlocks(threshold, input.blockValues(threshold))),
    );
  return {
    verdict: "failed",
    why: `Nothing disturbed the machine, and ${blocks.missed === blocks.judged ? `all ${String(blocks.judged)}` : `${String(blocks.missed)} of ${String(blocks.judged)}`} blocks miss it.`,
    next: "See the phases and the findings below for where the time goes.",
  };
}

/** A miss is confirmed by a second block, and by most of them. */
const CONFIRMING_BLOCKS_MIN = 2;
const CONFIRMING_SHARE = 2 / 3;
const AGAIN_LONGER = "Measure again with more blocks.";

function againAbout(blocks: number | null): string {
  if (blocks === null) return AGAIN_LONGER;
  return `Measure again with about ${String(blocks)} more block${blocks === 1 ? "" : "s"}.`;
}

/** Asking for more than this would not be useful advice. */
const MORE_BLOCKS_MAX = 60;

/**
 * About how many more blocks until their interval lies on one side of the limit, if they go on as they were: its half width, about two
 * standard errors, must be less than the distance from the mean to the limit. Null where it cannot be said.
 */
function missingBlocks(threshold: ThresholdResult, values: readonly (number | null)[]): number | null {
  const limit = limitOf(threshold);
  const known = values.flatMap((value) => (value === null ? [] : [value]));
  if (known.length < CONFIRMING_BLOCKS_MIN || known.length < values.length || !Number.isFinite(limit)) return null;
  const distance = Math.abs(mean(known) - limit);
  const needed = Math.ceil(((2 * sampleStandardDeviation(known)) / distance) ** 2);
  const more = Math.max(1, needed - known.length);
  return more > MORE_BLOCKS_MAX ? null : more;
}

function limitOf({ expression }: ThresholdResult): number {
  return Number(/ (-?[\d.]+)$/.exec(expression)?.[1] ?? Number.NaN);
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Names the event that a missed latency depends on; null when it depends on more than one, or on all requests. */
function restsOnOneEvent(threshold: ThresholdResult, episodes: Episodes): string | null {
  if (threshold.actual === null || !/^latency\.(ack|done|lag|service)\.(p9\d+|max)/.test(threshold.expression))
    return null;
  const outside = episodes.longest.filter(({ origin }) => origin === "outside");
  if (episodes.count > 0 && outside.length === episodes.longest.length)
    return `All ${String(episodes.count)} stalls coincided with a stall of the machine's own timer or disk.`;
  const largest = episodes.longest.toSorted((a, b) => b.slow - a.slow)[0];
  const limit = limitOf(threshold);
  if (largest === undefined || episodes.p99MsWithoutLargest === null || !(episodes.p99MsWithoutLargest <= limit))
    return null;
  const { fromMs, untilMs, slow, origin } = largest;
  // A stall that lasts through much of the load is not a single event.
  if (untilMs - fromMs > 3_000) return null;
  return `The miss depends on one event: ${String(slow)} of ${String(episodes.slow)} slow requests fall within ${String(Math.round(untilMs - fromMs))} ms, beginning at second ${(fromMs / 1_000).toFixed(1)} (${origin === "outside" ? "the machine stalled too" : origin === "inside" ? "the machine itself did not stall" : "it is not known whether the machine stalled"}). Without it, p99 is ${episodes.p99MsWithoutLargest.toFixed(1)} ms.`;
}

/** Lower limits compare two speeds of one machine; a disturbance of either may flatter. An upper limit that holds in spite of it holds. */
function unproven({ thresholds, disturbances }: VerdictInput): readonly ThresholdResult[] {
  if (disturbances.length === 0) return [];
  return thresholds.filter(
    ({ holds, kind, expression }) => holds && kind === "limit" && expression.startsWith("roofShare."),
  );
}

/** The first two disturbances; the report lists them all. */
function inWords(disturbances: readonly Disturbance[]): string {
  const more = disturbances.length - 2;
  const words = disturbances.slice(0, 2).map(({ text }) => text);
  return `${words.join("; ")}${more > 0 ? `; and ${String(more)} more sign${more === 1 ? "" : "s"}` : ""}`;
}
