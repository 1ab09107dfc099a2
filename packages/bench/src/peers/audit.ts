import { isDeepStrictEqual } from "node:util";
import { isAccepted, isUnknown } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import type { Payload } from "../load/generator/protocol.ts";
import type { Effect } from "../load/sink/sink.ts";
import { BUILT_IN } from "../scenario/workflow/built-in.ts";
import type { Delivery } from "../scenario/workflow/built-in.ts";
import type { EndedRun } from "./host/engine.ts";
import type { PeerAudit } from "./result.ts";

export interface PeerAuditInput {
  /** Of every load that the contestant got. */
  readonly ledgers: readonly Ledger[];
  readonly payloads: readonly Payload[];
  readonly ended: readonly EndedRun[];
  /** What the sink saw; null for a workflow without a call. */
  readonly effects: readonly Pick<Effect, "runId" | "body">[] | null;
}

/**
 * The same for MeshHook and for every peer: what was accepted must have ended once and, where the workflow calls, have called once with
 * what its delivery leads to.
 *
 * - lost: accepted, and not ended although the contestant had the time;
 * - doubled: ends beyond the first of a run;
 * - phantom: runs that ended and that no answer named, beyond the requests without a clear answer;
 * - effects: missing for an ended run, doubled (beyond the first), wrong (another body), or for no run at all (counted as doubled).
 */
export function auditPeer({ ledgers, payloads, ended, effects }: PeerAuditInput): PeerAudit {
  /** Accepted runs, with the number of their payload. */
  const accepted = new Map<string, number>();
  let unknown = 0;
  for (const ledger of ledgers) {
    for (let n = 0; n < ledger.count; n += 1) {
      const outcome = ledger.outcome[n] ?? 0;
      if (isUnknown(outcome)) unknown += 1;
      const runId = ledger.runIdOf(n);
      // An answer that names no run, or one that was named before, leaves its delivery without a run.
      if (isAccepted(outcome))
        accepted.set(
          runId === null || accepted.has(runId) ? `unnamed ${String(accepted.size)}` : runId,
          n % payloads.length,
        );
    }
  }
  const ends = countBy(ended.map(({ runId }) => runId));
  const lost = [...accepted.keys()].filter((runId) => !ends.has(runId));
  const unnamed = [...ends.keys()].filter((runId) => !accepted.has(runId));
  const doubled = [...ends].filter(([, times]) => times > 1);
  const called = effects === null ? NO_EFFECTS : auditEffects(effects, accepted, ends, payloads);
  const counts = {
    accepted: accepted.size,
    unknown,
    finished: ends.size,
    lost: lost.length,
    doubled: doubled.reduce((sum, [, times]) => sum + times - 1, 0),
    phantom: Math.max(0, unnamed.length - unknown),
    ...called,
  };
  const { accepted: _, unknown: _unknown, finished: _finished, effects: _effects, ...faults } = counts;
  return { isClean: Object.values(faults).every((count) => count === 0), ...counts };
}

type EffectCounts = Pick<PeerAudit, "effects" | "effectsMissing" | "effectsDoubled" | "effectsWrong">;

const NO_EFFECTS: EffectCounts = { effects: 0, effectsMissing: 0, effectsDoubled: 0, effectsWrong: 0 };

function auditEffects(
  effects: readonly Pick<Effect, "runId" | "body">[],
  accepted: ReadonlyMap<string, number>,
  ends: ReadonlyMap<string, number>,
  payloads: readonly Payload[],
): EffectCounts {
  const expected = payloads.map(({ body }) => BUILT_IN["one-call"].callsOf(JSON.parse(body) as Delivery)[0]);
  const parsed = new Map<string, unknown>();
  const seen = new Set<string>();
  const counts = { effects: effects.length, effectsMissing: 0, effectsDoubled: 0, effectsWrong: 0 };
  for (const { runId, body } of effects) {
    const payload = accepted.get(runId);
    const isOfARun = payload !== undefined || ends.has(runId);
    if (seen.has(runId) || !isOfARun) counts.effectsDoubled += 1;
    else if (payload !== undefined && !isDeepStrictEqual(parse(body, parsed), expected[payload]))
      counts.effectsWrong += 1;
    seen.add(runId);
  }
  for (const runId of ends.keys()) if (!seen.has(runId)) counts.effectsMissing += 1;
  return counts;
}

function parse(body: string, parsed: Map<string, unknown>): unknown {
  if (!parsed.has(body)) {
    try {
      parsed.set(body, JSON.parse(body));
    } catch {
      parsed.set(body, undefined);
    }
  }
  return parsed.get(body);
}

function countBy(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
