import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { WaitEffect } from "./effect.ts";
import type { Run } from "./run.ts";
import { type Step, stepsOf } from "./step.ts";

/**
 * The identity of a folded state: sha256, in hex, over everything that the next fact could meet. The same facts give the same hash on any
 * machine; two machines that disagree have folded differently.
 *
 * Iterations that have ended count by the output of their loop, whether they are kept or not. Cost: writing all outputs as JSON.
 */
export function stateHash(run: Run): string {
  const { semantics, seq, status, result, startedAt, lastAt } = run;
  const steps = stepsOf(run).map(stateOf);
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify({ semantics, seq, status, result, startedAt, lastAt, steps }))));
}

function stateOf(step: Step): object {
  const { node, type, status, output, error, attempts, startedAt, endedAt, hasIntent, undecided, isTaken } = step;
  const iterations = step.loop?.inOrder().map(({ iteration, steps }) => ({ iteration, steps: steps.map(stateOf) }));
  return {
    ...{ node, type, status, output, error, attempts, startedAt, endedAt, hasIntent, undecided, isTaken },
    effect: step.effect === null ? null : awaited(step.effect),
    progress: step.progress,
    iterations: iterations ?? null,
  };
}

/** What a step waits for, without the functions that render it. */
function awaited(effect: WaitEffect): object {
  return effect.kind === "call"
    ? { kind: effect.kind, attempt: effect.attempt, dueAt: effect.dueAt, target: effect.target }
    : { kind: effect.kind, dueAt: effect.dueAt };
}
