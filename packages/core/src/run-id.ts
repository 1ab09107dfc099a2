import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Micros } from "./time.ts";

/**
 * Run ids: UUIDv7 (RFC 9562) whose random part carries the shard, so that the shard follows from the id, ids sort by time, and
 * partitions of the journal are ranges of ids.
 *
 * Layout of the 128 bits: 48 Unix milliseconds · 4 version (7) · 12 counter · 2 variant · 10 shard · 52 random.
 */

export const SHARDS_MAX = 1024;

/** The shard in a run id. The id must be well formed (`isRunId`). */
export function shardOfRunId(runId: string): number {
  // Hex digits 16..19 ("8xxx" to "bxxx"): two variant bits, ten shard bits, four random bits.
  return (parseInt(runId.slice(19, 23), 16) >> 4) & 0x3ff;
}

const RUN_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}

/** Unix milliseconds in a run id. */
export function msOfRunId(runId: string): number {
  return parseInt(runId.slice(0, 8) + runId.slice(9, 13), 16);
}

/** The smallest id with this time: a bound for ranges. */
export function runIdFloor(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`;
}

/** Formats an id from its parts. `random` holds the last 52 bits as 13 hex digits. */
export function formatRunId(ms: number, counter: number, shard: number, random: string): string {
  const time = ms.toString(16).padStart(12, "0");
  const middle = (0x7000 | counter).toString(16);
  const variant = (0x800 | (shard & 0x3ff)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-${middle}-${variant}${random[0]}-${random.slice(1)}`;
}

/**
 * The id of the run that a step of another run starts. It follows from that run, the step and the time at which the step asked for it, so
 * asking again gives the same run; and it has the same shard, so one owner has both.
 *
 * @param key  `stepKey` of the step.
 */
export function childRunId(parentRunId: string, key: string, askedAt: Micros): string {
  const digest = bytesToHex(sha256(utf8ToBytes(`child ${parentRunId} ${key}`)));
  const counter = parseInt(digest.slice(13, 16), 16);
  return formatRunId(Math.floor(askedAt / 1_000), counter, shardOfRunId(parentRunId), digest.slice(0, 13));
}
