import type { Client } from "pg";
import { copyRows } from "../database/copy.ts";
import { isAccepted, isUnknown, Outcome } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Audit } from "../result/result.ts";
import { statusOf } from "./audit-input.ts";
import type { AuditInput } from "./audit-input.ts";
import { earliestRunOf } from "./earliest-run.ts";
import { countEffects, effectExamples, effectRows } from "./effects.ts";

export interface AuditReport {
  readonly audit: Audit;
  /** Journal rows of all the runs. */
  readonly segments: number;
}

/**
 * Joins the sender's ledger with the journal and with the sink's ledger: every accepted request has its run, every run its
 * request, every run its end, every end its effect.
 *
 * - lost: accepted, and the run that was named does not exist or is another request's;
 * - duplicated: runs beyond the first for the same request;
 * - phantom: runs whose request was never sent, was refused, or is not in the ledger at all;
 * - out of order: runs whose segments have a gap, do not start at 0, end more than once, or go on after their end;
 * - stuck: runs without an end (the caller waits for the backlog first);
 * - unknown outcomes (no answer, or a 5xx other than 503) may or may not have become a run; once. A 503 says that nothing was stored;
 * - unexpected effects: calls for no run of the scenario, calls beyond those that a run makes, whatever their key, and repeats that neither
 *   the target's answer nor a fault explains;
 * - wrong effects: calls whose body is not what the run's own payload leads to.
 *
 * Commit times are known only where the server keeps them (`track_commit_timestamp`); the counts do not need them.
 *
 * Reads the journal by SQL and leaves nothing behind: its tables are temporary, on the connection given.
 * Cost: about 2 s for 200 000 runs, whatever the number of those before them.
 */
export async function auditRuns(client: Client, input: AuditInput): Promise<AuditReport> {
  const { ledger } = input;
  await client.query(TABLES);
  await client.query(RUNS, [input.workflowId, earliestRunOf(input.workflowId)]);
  await copyRows(client, "bench_ledger (n, run_id, class)", ledgerRows(ledger));
  await copyRows(client, "bench_effects (run_id, key, payload, call)", effectRows(input.effects ?? [], input.expected));
  await client.query(
    "create index on bench_runs (run_id); create index on bench_runs (n); create index on bench_ledger (n)",
  );
  await client.query("analyze bench_runs; analyze bench_ledger; analyze bench_effects");
  const { rows } = await client.query<Counts>(countsOf(input));
  const counts = rows[0];
  if (counts === undefined) throw new Error("The audit's query returned no row.");
  const effectCounts = await countEffects(client, input);
  const details = [
    ...(await examples(client, input)),
    ...(await effectExamples(client, input)),
    ...(counts.failed > 0
      ? [
          `${String(counts.failed)} runs ended ${statusOf(input) === "succeeded" ? "but did not succeed" : "without failing, as they should have"}`,
        ]
      : []),
    ...(counts.unknownBecameRuns > 0
      ? [`${String(counts.unknownBecameRuns)} requests without a clear answer became a run, each exactly once`]
      : []),
  ];
  const { lost, duplicated, outOfOrder, stuck, phantom } = counts;
  const audit = {
    isClean:
      lost + duplicated + outOfOrder + stuck + phantom + counts.failed === 0 &&
      effectCounts.effectsMissing + effectCounts.effectsUnexpected + effectCounts.effectsWrong === 0,
    sent: countWhere(ledger, (outcome) => outcome !== Outcome.unsent && outcome !== Outcome.refused),
    accepted: countWhere(ledger, isAccepted),
    rejected: countWhere(ledger, (outcome) => outcome >= 300 || outcome === Outcome.refused),
    unknown: countWhere(ledger, isUnknown),
    runs: counts.runs,
    finished: counts.runs - stuck,
    lost,
    duplicated,
    outOfOrder,
    stuck,
    phantom,
    ...effectCounts,
    beforeCommit: 0,
    resultsChecked: 0,
    resultsWrong: 0,
    details,
  };
  return { audit, segments: counts.segments };
}

interface Counts {
  readonly runs: number;
  readonly segments: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  readonly stuck: number;
  readonly phantom: number;
  readonly failed: number;
  readonly unknownBecameRuns: number;
}

const TABLES = `
  drop table if exists bench_runs, bench_ledger, bench_effects;
  create temporary table bench_ledger (n int, run_id uuid, class text);
  create temporary table bench_effects (run_id uuid, key text, payload int, call int)`;

// One pass over the journal: a run's number and times come from its first segment, its end from the one with a status.
// A delivery that the benchmark did not send has no number, or one that is none. Time and query stand before the body in a delivery,
// and quotes within values are escaped, so the first match is the right one. Not by JSON functions: they fail on a body with \u0000.
const RUNS = String.raw`
  create temporary table bench_runs as
  select
    segments.run_id,
    count(*)::int as segments,
    min(segments.seq) as first_seq,
    max(segments.seq) as last_seq,
    count(segments.status)::int as ends,
    max(segments.seq) filter (where segments.status is not null) as end_seq,
    max(segments.status) as status,
    max(case when delivery.n ~ '^[0-9]{1,9}$' then delivery.n::int end) as n,
    max(delivery.at) as received_us,
    max(case when segments.seq = 0 then commits.us end) as acked_us,
    max(case when segments.status is not null then commits.us end) as done_us
  from meshhook.journal as segments
  cross join lateral (
    select case
      when current_setting('track_commit_timestamp') = 'on'
      then (extract(epoch from pg_xact_commit_timestamp(segments.xmin)) * 1000000)::bigint
    end as us
  ) as commits
  left join lateral (
    select
      substring(left(segments.facts, 8000) from '"query":\s*\{[^}]*"n":\s*"([^"]*)"') as n,
      substring(left(segments.facts, 8000) from '"at":\s*(\d+)')::bigint as at
  ) as delivery on segments.seq = 0
  where segments.workflow_id = $1 and segments.run_id >= $2
  group by segments.run_id`;

// accepted: a 2xx. unknown: no answer, or a 5xx other than 503. none: nothing was sent, or it was refused.
// Requests of one delivery are told the run of whichever of them came first.
const LOST = ({ expected }: AuditInput) => `
  from bench_ledger as ledger
  left join bench_runs as runs
    on runs.run_id = ledger.run_id and runs.n / ${String(expected?.repeats ?? 1)} = ledger.n / ${String(expected?.repeats ?? 1)}
  where ledger.class = 'accepted' and runs.run_id is null`;
const DUPLICATED = ({ expected }: AuditInput) => `
  from (
    select min(n) as n, count(*) - 1 as extra
    from bench_runs
    where n is not null
    group by n / ${String(expected?.repeats ?? 1)}
  ) as repeated
  where extra > 0`;
const OUT_OF_ORDER = `
  from bench_runs as runs
  where runs.first_seq <> 0 or runs.segments <> runs.last_seq + 1 or runs.ends > 1 or runs.end_seq < runs.last_seq`;
const STUCK = "from bench_runs as runs where runs.ends = 0";
const PHANTOM = `
  from bench_runs as runs
  left join bench_ledger as ledger on ledger.n = runs.n
  where ledger.n is null or ledger.class = 'none'`;

const countsOf = (input: AuditInput) => `
  select
    (select count(*) from bench_runs)::int as runs,
    (select coalesce(sum(segments), 0) from bench_runs)::int as segments,
    (select count(*) ${LOST(input)})::int as lost,
    (select coalesce(sum(extra), 0) ${DUPLICATED(input)})::int as duplicated,
    (select count(*) ${OUT_OF_ORDER})::int as "outOfOrder",
    (select count(*) ${STUCK})::int as stuck,
    (select count(*) ${PHANTOM})::int as phantom,
    (select count(*) from bench_runs where status <> '${statusOf(input)}')::int as failed,
    (select count(distinct ledger.n)
     from bench_ledger as ledger
     join bench_runs as runs on runs.n = ledger.n
     where ledger.class = 'unknown')::int as "unknownBecameRuns"`;

/** A few of each kind, so that somebody can look them up. */
async function examples(client: Client, input: AuditInput): Promise<string[]> {
  const kinds = [
    [
      "lost",
      `select 'request ' || ledger.n || ', run ' || coalesce(ledger.run_id::text, 'not named') as example ${LOST(input)}`,
    ],
    ["duplicated", `select 'request ' || n || ', ' || extra || ' runs too many' as example ${DUPLICATED(input)}`],
    ["out of order", `select 'run ' || runs.run_id as example ${OUT_OF_ORDER}`],
    ["stuck", `select 'run ' || runs.run_id as example ${STUCK}`],
    [
      "phantom",
      `select 'run ' || runs.run_id || ', request ' || coalesce(runs.n::text, 'not named') as example ${PHANTOM}`,
    ],
  ] as const;
  const found: string[] = [];
  for (const [kind, query] of kinds) {
    const { rows } = await client.query<{ example: string }>(`${query} limit 3`);
    found.push(...rows.map(({ example }) => `${kind}: ${example}`));
  }
  return found;
}

function* ledgerRows(ledger: Ledger): Generator<string> {
  for (let n = 0; n < ledger.count; n += 1) {
    yield `${String(n)}\t${ledger.runIdOf(n) ?? "\\N"}\t${classOf(ledger.outcome[n] ?? 0)}`;
  }
}

function classOf(outcome: number): "accepted" | "unknown" | "none" {
  if (isAccepted(outcome)) return "accepted";
  // 503 is a refusal: it promises that nothing was stored.
  return isUnknown(outcome) || (outcome >= 500 && outcome !== 503) ? "unknown" : "none";
}

function countWhere(ledger: Ledger, matches: (outcome: number) => boolean): number {
  let count = 0;
  for (let n = 0; n < ledger.count; n += 1) if (matches(ledger.outcome[n] ?? 0)) count += 1;
  return count;
}
