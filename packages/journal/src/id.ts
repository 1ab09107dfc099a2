import { randomBytes } from "node:crypto";

import type { Micros } from "@meshhook/core";

/** Bounds of ranges of ids. */
export const NIL_UUID = "00000000-0000-0000-0000-000000000000";
export const MAX_UUID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/**
 * A new UUIDv7 (RFC 9562): 48 Unix milliseconds, then random bits.
 *
 * For the catalog's rows, where an order by time is convenient. Ids of runs come from `core`, because they carry the shard.
 */
export function newId(nowMs: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return formatUuid(bytes.toString("hex"));
}

/** The smallest id of a row that was made at a time or later; null: one that is greater than any. */
export function idFloor(at: Micros | null): string {
  const time =
    at === null
      ? "f".repeat(12)
      : Math.max(0, Math.floor(at / 1_000))
          .toString(16)
          .padStart(12, "0");
  return formatUuid(`${time}${(at === null ? "f" : "0").repeat(20)}`);
}

/**
 * The id of the signal that raised the signal revision to `revision`.
 *
 * Ascends with `revision` (whose row serializes senders) as long as `atMs` does not go back, so a reader that asks for ids after its last
 * one misses nothing.
 */
export function signalId(atMs: number, revision: number): string {
  const time = atMs.toString(16).padStart(12, "0");
  return formatUuid(`${time}7000${(0x8000_0000_0000_0000n | BigInt(revision)).toString(16)}`);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a UUID in its canonical lower-case form. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

function formatUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
