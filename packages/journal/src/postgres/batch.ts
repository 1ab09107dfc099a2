import { SHARDS_MAX } from "@meshhook/core";

import type { DedupeKey, OwnerToken, SegmentRow } from "../journal.ts";

/**
 * Joins a batch's values into one text per column: arrays made by the driver cost Node three times as much.
 *
 * ASCII's record separator cannot occur in a value (`refusalOf` ensures that). If it occurred nevertheless, the columns would differ in
 * length, a `not null` column would get null, and the whole statement would fail, so that nothing is stored in the wrong row.
 */
const SEPARATOR = "\u001e";

/** Since which epoch an owner holds each of its shards. */
export type Epochs = ReadonlyMap<number, number>;

/** An epoch that no shard ever has: rows of a shard that the owner does not hold are fenced. */
export const NEVER = -1;

/** The parameters of append-segments. */
export function batchParameters(token: OwnerToken, epochs: Epochs, rows: readonly SegmentRow[]): string[] {
  let shards = "";
  let runIds = "";
  let seqs = "";
  let ats = "";
  let projectIds = "";
  let workflowIds = "";
  let versionIds = "";
  let statuses = "";
  let facts = "";
  let separator = "";
  const held = new Set<number>();
  for (const row of rows) {
    held.add(row.shard);
    shards += separator + row.shard;
    runIds += separator + row.runId;
    seqs += separator + row.seq;
    ats += separator + row.at;
    projectIds += separator + row.projectId;
    workflowIds += separator + row.workflowId;
    versionIds += separator + row.versionId;
    statuses += row.status === null ? separator : separator + row.status;
    facts += separator + row.facts;
    separator = SEPARATOR;
  }
  const shardsHeld = [...held];
  return [
    token,
    `{${shardsHeld.join(",")}}`,
    shards,
    runIds,
    seqs,
    ats,
    projectIds,
    workflowIds,
    versionIds,
    statuses,
    facts,
    `{${shardsHeld.map((shard) => epochs.get(shard) ?? NEVER).join(",")}}`,
  ];
}

/** The parameters of append-keyed-segments: those of append-segments, then keys and timers, empty where a row has none. */
export function keyedBatchParameters(token: OwnerToken, epochs: Epochs, rows: readonly SegmentRow[]): string[] {
  let dedupeShards = "";
  let endpointIds = "";
  let keys = "";
  let bodyHashes = "";
  let parkedUntils = "";
  let separator = "";
  for (const { dedupe, parkedUntil } of rows) {
    dedupeShards += dedupe === undefined ? separator : separator + dedupeShard(dedupe);
    endpointIds += dedupe === undefined ? separator : separator + dedupe.endpointId;
    keys += dedupe === undefined ? separator : separator + dedupe.key;
    bodyHashes += dedupe === undefined ? separator : separator + dedupe.bodyHash;
    parkedUntils += parkedUntil === undefined ? separator : separator + parkedUntil;
    separator = SEPARATOR;
  }
  return [...batchParameters(token, epochs, rows), dedupeShards, endpointIds, keys, bodyHashes, parkedUntils];
}

/** Where a key's row lives, 0 to 1023: FNV-1a over endpoint and key. Never change it, or old keys will not be found. */
export function dedupeShard(dedupe: DedupeKey): number {
  let hash = 0x811c9dc5;
  for (const text of [dedupe.endpointId, dedupe.key]) {
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
  }
  return (hash >>> 0) % SHARDS_MAX;
}
