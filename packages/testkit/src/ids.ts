import { formatRunId } from "@meshhook/core";

import type { SeededRandom } from "./seeded-random.ts";

/** A random UUID (version 4) from a seeded source. */
export function uuidFrom(random: SeededRandom): string {
  const hex = random.hex(32);
  const variant = "89ab"[random.int(4)];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A run id of a shard at a time, in Unix milliseconds. */
export function runIdFrom(random: SeededRandom, shard: number, ms: number): string {
  return formatRunId(ms, random.int(4096), shard, random.hex(13));
}
