import type { CauseName, ScenarioResult } from "../../result/result.ts";
import { isNominal, largest } from "../rule.ts";
import type { Advice, Knob, Rule } from "../rule.ts";

/** Half of what the slowest requests took beyond the median: with less, removing the cause leaves most of the tail. */
const SHARE_MIN = 0.5;
/** Beyond the median, for each slow request: nobody changes a system for less. */
const EXCESS_MS_MIN = 10;
const REQUESTS_MIN = 5;

interface TailCause {
  readonly name: string;
  readonly causes: readonly CauseName[];
  readonly looksFor: string;
  readonly title: string;
  readonly cause: string;
  readonly advice: Advice;
  readonly knob?: Knob;
}

/** One rule for each cause of slow requests that MeshHook, its database or the benchmark can be changed for. */
export const slowRequestRules: readonly Rule[] = (
  [
    {
      name: "generator-late",
      causes: ["generator"],
      looksFor: "Slow requests that the load generator itself sent late.",
      title: "The slowest requests were sent late by the load generator",
      cause:
        "Latency counts from the intended send. The generator sent these requests late, so most of their latency is its own and not MeshHook's.",
      advice: {
        area: "infrastructure",
        change:
          "Give the load generator its own cores or its own machine, or lower the rate, before you draw conclusions from these percentiles.",
        expectedEffect: "Percentiles that describe MeshHook. Nothing in MeshHook becomes faster.",
        effort: "small",
        risk: "low",
      },
    },
    {
      name: "event-loop-blocked",
      causes: ["event-loop"],
      looksFor: "Slow requests that waited for MeshHook's busy event loop.",
      title: "MeshHook's own code held up the slowest requests",
      cause:
        "While these requests waited, MeshHook's event loop ran one piece of synchronous work and could not read, answer or start a flush.",
      advice: {
        area: "code",
        change:
          "Take a CPU profile under this load and look for the longest piece of synchronous work: a large fold, an expression over a large payload, parsing, compression. Cut it into turns or give it a budget.",
        expectedEffect:
          "The tail becomes shorter by this cause's share of it. The median and the CPU per run do not change.",
        effort: "medium",
        risk: "low",
      },
    },
    {
      name: "collections-dominate-tail",
      causes: ["collection"],
      looksFor: "Slow requests that waited for a garbage collection in MeshHook.",
      title: "Garbage collections held up the slowest requests",
      cause:
        "MeshHook collected garbage while these requests waited. Objects that survive the young generation, because it fills up while runs are in flight, make collections long.",
      advice: {
        area: "infrastructure",
        change:
          "Give the young generation more room (`NODE_OPTIONS=--max-semi-space-size=64`, in megabytes), so that what a run allocates is gone before it is copied. In code, allocate less for each run.",
        expectedEffect:
          "Fewer and shorter collections and a shorter tail, for up to 200 MB more memory in each process.",
        effort: "small",
        risk: "low",
      },
      knob: {
        name: "NODE_OPTIONS",
        value: "--max-semi-space-size=64",
        improves: ["latency.ack.p99Ms", "work.meshhookCpuMs"],
      },
    },
    {
      name: "lock-waits",
      causes: ["lock"],
      looksFor: "Slow requests during which statements waited for a lock.",
      title: "Statements waited for locks while the slowest requests waited",
      cause:
        "Another transaction held a row, a table or an advisory lock that a batch of MeshHook needed: a migration, a manual session, an index build, or a job beside MeshHook.",
      advice: {
        area: "code",
        change:
          "Find the holder with `pg_blocking_pids()` while it happens. Set `lock_timeout` for jobs and migrations, build indexes with `concurrently`, and keep transactions that touch MeshHook's tables short.",
        expectedEffect:
          "The tail becomes shorter by this cause's share of it. Throughput at saturation may rise as well.",
        effort: "medium",
        risk: "low",
      },
    },
    {
      name: "disk-flush-bound",
      // Not "disk": what slows the benchmark's own probe of the disk as well is the machine, which others may use.
      causes: ["wal-flush"],
      looksFor: "Slow requests that waited for the disk to flush the write-ahead log.",
      title: "The slowest requests waited for the disk to flush",
      cause:
        "Every answer waits for a flush of the write-ahead log. While these requests waited, flushes of the log were slow, although the benchmark's own probe of the same disk was not.",
      advice: {
        area: "infrastructure",
        change:
          "Put the write-ahead log (`pg_wal`) on a disk of its own with a fast flush: local NVMe, or a controller with a protected cache. On a cloud volume, buy more operations per second.",
        expectedEffect:
          "The tail becomes shorter by this cause's share of it. CPU does not change. Never turn durability off for this.",
        effort: "medium",
        risk: "low",
      },
    },
    {
      name: "wal-file-creation",
      causes: ["wal-file"],
      looksFor: "Slow requests that waited while PostgreSQL created a file of the write-ahead log.",
      title: "PostgreSQL created log files while the slowest requests waited",
      cause:
        "With no finished file left to reuse, PostgreSQL writes a new one full of zeros in the middle of a commit. That happens after a burst, or while `min_wal_size` is small.",
      advice: {
        area: "infrastructure",
        change:
          "Raise `min_wal_size` to what the busiest minutes write (1 GB or more), so that files are kept for reuse.",
        expectedEffect:
          "The tail becomes shorter by this cause's share of it, for as much disk space as the setting says.",
        effort: "small",
        risk: "low",
      },
      knob: { name: "min_wal_size", value: "1GB", improves: ["latency.ack.p99Ms"] },
    },
  ] satisfies readonly TailCause[]
).map(ruleOf);

function ruleOf({ causes, title, cause, ...fixed }: TailCause): Rule {
  return {
    ...fixed,
    needsQuietMachine: true,
    diagnose({ scenarios }) {
      const slow = scenarios.filter(isNominal).flatMap((scenario) => {
        const share = shareOf(scenario, causes);
        return share >= SHARE_MIN ? [{ scenario, share }] : [];
      });
      const worst = slow.toSorted((a, b) => b.share - a.share)[0];
      if (worst === undefined) return null;
      return {
        severity: "warning",
        title,
        evidence: slow.flatMap(({ scenario, share }) => [
          {
            scenario: scenario.name,
            metric: `tail.causes ${causes.join(" and ")}, share`,
            value: share,
            limit: SHARE_MIN,
          },
          { scenario: scenario.name, metric: "tail.aboveMs", value: scenario.tail?.aboveMs ?? 0 },
          { scenario: scenario.name, metric: "tail.requests", value: scenario.tail?.requests ?? 0 },
          ...(scenario.tail?.causes ?? [])
            .filter((each) => causes.includes(each.cause))
            .map(({ text }) => ({ scenario: scenario.name, metric: "tail.causes, in words", value: text })),
        ]),
        cause,
        ...(fixed.knob === undefined ? {} : { tryIn: worst.scenario.name }),
        effect: {
          share: largest(slow.map(({ share }) => share)),
          of: "what the slowest requests took beyond the median",
        },
      };
    },
  };
}

/** Of the time that the slowest requests took beyond the median; 0 where the tail is too short to matter. */
function shareOf({ tail }: ScenarioResult, causes: readonly CauseName[]): number {
  if (tail === undefined || tail === null || tail.requests < REQUESTS_MIN) return 0;
  if (tail.excessMs / tail.requests < EXCESS_MS_MIN) return 0;
  return tail.causes.filter(({ cause }) => causes.includes(cause)).reduce((sum, { share }) => sum + share, 0);
}
