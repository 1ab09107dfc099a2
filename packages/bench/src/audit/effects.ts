import type { Client } from "pg";
import type { Effect } from "../load/sink/sink.ts";
import type { Audit } from "../result/result.ts";
import { statusOf } from "./audit-input.ts";
import type { AuditInput, Expectation } from "./audit-input.ts";
import { repeatsWithoutCause } from "./repeats.ts";

export type EffectCounts = Pick<
  Audit,
  "effects" | "effectRepeats" | "effectsMissing" | "effectsUnexpected" | "effectsWrong"
>;

/** Counts what is wrong with the calls, from the tables that the audit has filled. */
export async function countEffects(client: Client, input: AuditInput): Promise<EffectCounts> {
  if (input.effects === null)
    return { effects: 0, effectRepeats: 0, effectsMissing: 0, effectsUnexpected: 0, effectsWrong: 0 };
  const { rows } = await client.query<EffectCounts>(`
    select
      (select count(*) from bench_effects)::int as effects,
      (select count(*) - count(distinct key) from bench_effects)::int as "effectRepeats",
      (select coalesce(sum(missing), 0) from (${MISSING_CALLS(input)}) as incomplete)::int as "effectsMissing",
      (select count(*) ${GHOSTS})::int
        + (select coalesce(sum(extra), 0) from (${EXTRA_KEYS(input)}) as keys)::int as "effectsUnexpected",
      (select count(*) ${WRONG_BODIES(input)})::int as "effectsWrong"`);
  const counts = rows[0];
  if (counts === undefined) throw new Error("The audit's query for effects returned no row.");
  const repeated = repeatsWithoutCause(input).reduce((sum, { extra }) => sum + extra, 0);
  return { ...counts, effectsUnexpected: counts.effectsUnexpected + repeated };
}

/** Of each run that ended as it should: calls that it has to make and that did not arrive. Without bodies, one is told by its key. */
const MISSING_CALLS = (input: AuditInput) => `
  select ${callsPerRun(input, 1)} - count(distinct ${distinctCall(input)}) as missing
  from bench_runs as runs
  left join bench_effects as effects on effects.run_id = runs.run_id
  where runs.status = '${statusOf(input)}'
    and ${input.expected?.callsPerRun === null ? "false" : "true"}
  group by runs.run_id
  having ${callsPerRun(input, 1)} > count(distinct ${distinctCall(input)})`;

/** Calls that name no run of the scenario. */
const GHOSTS = `
  from bench_effects as effects
  where not exists (select from bench_runs as runs where runs.run_id = effects.run_id)`;

/** Keys beyond one for each call that a run makes: the same call under another key is another call. */
const EXTRA_KEYS = (input: AuditInput) => `
  select run_id, count(distinct coalesce(key, 'none')) - ${callsPerRun(input, ANY)} as extra
  from bench_effects
  where run_id in (select run_id from bench_runs)
  group by run_id
  having count(distinct coalesce(key, 'none')) > ${callsPerRun(input, ANY)}`;

const WRONG_BODIES = ({ expected }: AuditInput) => `
  from bench_effects as effects
  join bench_runs as runs on runs.run_id = effects.run_id
  where ${typeof expected?.callOf === "function" ? "true" : "false"}
    and effects.payload is distinct from runs.n / ${String(expected?.repeats ?? 1)} % ${String(expected?.payloads ?? 1)}`;

/** More than any run makes. */
const ANY = 1_000_000;

function callsPerRun({ expected }: AuditInput, otherwise: number): string {
  return String(expected?.callsPerRun ?? otherwise);
}

/** What tells one call of a run from another: its body where bodies are known (one that no payload leads to is a call as well), or its key. */
function distinctCall({ expected }: AuditInput): string {
  return typeof expected?.callOf === "function"
    ? "case when effects.run_id is not null then coalesce(effects.call, 0) end"
    : "case when effects.run_id is not null then coalesce(effects.key, 'none') end";
}

/** A few of each kind, so that somebody can look them up. */
export async function effectExamples(client: Client, input: AuditInput): Promise<string[]> {
  if (input.effects === null) return [];
  const kinds = [
    ["call without a run", `select coalesce(effects.run_id::text, 'not named') as example ${GHOSTS}`],
    [
      "call under another key",
      `select 'run ' || run_id || ', ' || extra || ' too many' as example from (${EXTRA_KEYS(input)}) as keys`,
    ],
    [
      "call with a wrong body",
      `select 'run ' || runs.run_id || ', request ' || runs.n as example ${WRONG_BODIES(input)}`,
    ],
  ] as const;
  const found: string[] = [];
  for (const [kind, query] of kinds) {
    const { rows } = await client.query<{ example: string }>(`${query} limit 3`);
    found.push(...rows.map(({ example }) => `${kind}: ${example}`));
  }
  for (const { key, extra } of repeatsWithoutCause(input).slice(0, 3))
    found.push(`call repeated without a cause: key ${key}, ${String(extra)} too many`);
  return found;
}

/** The rows of `bench_effects`, in the format of COPY. */
export function* effectRows(effects: readonly Effect[], expected: Expectation | undefined): Generator<string> {
  const calls = new Map<string, { readonly payload: number; readonly call: number } | null>();
  for (const { runId, key, body } of effects) {
    let call = calls.get(body);
    if (call === undefined) {
      call = expected?.callOf?.(body) ?? null;
      calls.set(body, call);
    }
    // The sink accepts everything; a value that is not a run id cannot be joined and counts as a call without a run.
    yield [
      UUID.test(runId) ? runId : "\\N",
      key === "" ? "\\N" : key.replace(/[\\\t\n\r]/g, "_"),
      call === null ? "\\N" : String(call.payload),
      call === null ? "\\N" : String(call.call),
    ].join("\t");
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
