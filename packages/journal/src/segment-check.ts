import { isRunId, shardOfRunId } from "@meshhook/core";

import { isUuid } from "./id.ts";
import type { SegmentRow } from "./journal.ts";

/** Longest idempotency key, in characters: a key of 255 behind the name of its header, of 64, and a separator. */
const DEDUPE_KEY_CHARACTERS_MAX = 320;

/**
 * Why a row cannot be stored, or null. Both stores ask before they store anything.
 *
 * Postgres would refuse most of these rows itself, but checking here saves a failed statement, and the memory store gives the same answer.
 * A raw control character could even be mistaken for the separators that join a batch.
 */
export function refusalOf(row: SegmentRow): string | null {
  if (!isRunId(row.runId)) return `run id "${row.runId}" is not a UUIDv7 in lower case`;
  if (shardOfRunId(row.runId) !== row.shard) {
    return `shard ${row.shard} is not the shard of run ${row.runId}, which is ${shardOfRunId(row.runId)}`;
  }
  if (!Number.isInteger(row.seq) || row.seq < 0)
    return `seq ${row.seq} of run ${row.runId} is not a whole number from 0`;
  if (!Number.isSafeInteger(row.at)) return `at ${row.at} of run ${row.runId} is not a whole number of microseconds`;
  if (!isUuid(row.projectId)) return `project id "${row.projectId}" is not a UUID`;
  if (!isUuid(row.workflowId)) return `workflow id "${row.workflowId}" is not a UUID`;
  if (!isUuid(row.versionId)) return `version id "${row.versionId}" is not a UUID`;
  if (!isStorableText(row.facts))
    return `facts of run ${row.runId} contain a raw NUL, record separator or lone surrogate; escape it`;
  if (row.parkedUntil !== undefined && !Number.isSafeInteger(row.parkedUntil)) {
    return `parkedUntil ${row.parkedUntil} of run ${row.runId} is not a whole number of microseconds`;
  }
  if (row.dedupe !== undefined) {
    if (row.seq !== 0) return `segment ${row.seq} of run ${row.runId} has an idempotency key; only segment 0 may`;
    if (!isUuid(row.dedupe.endpointId)) return `endpoint id "${row.dedupe.endpointId}" is not a UUID`;
    const length = row.dedupe.key.length;
    if (length < 1 || length > DEDUPE_KEY_CHARACTERS_MAX) {
      return `idempotency key of run ${row.runId} has ${length} characters; 1 to ${DEDUPE_KEY_CHARACTERS_MAX} are allowed`;
    }
    if (!isStorableText(row.dedupe.key)) return `idempotency key of run ${row.runId} contains a control character`;
  }
  return null;
}

function isStorableText(text: string): boolean {
  return !text.includes("\u0000") && !text.includes("\u001e") && text.isWellFormed();
}
