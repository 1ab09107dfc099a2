import type { SegmentRow } from "@meshhook/journal";

import { runIdFrom, uuidFrom } from "./ids.ts";
import type { SeededRandom } from "./seeded-random.ts";

const BODY_BYTES = 1_000;

/** A journal row of a new run: the delivery of a webhook with a body of about 1 kB. `given` replaces any part of it. */
export function segmentRow(random: SeededRandom, given: Partial<SegmentRow> = {}): SegmentRow {
  const shard = given.shard ?? 0;
  const atMs = Math.floor((given.at ?? Date.now() * 1000) / 1000);
  return {
    shard,
    runId: runIdFrom(random, shard, atMs),
    seq: 0,
    at: atMs * 1000,
    projectId: uuidFrom(random),
    workflowId: uuidFrom(random),
    versionId: uuidFrom(random),
    status: null,
    facts: JSON.stringify([
      { kind: "delivery", at: atMs * 1000, headers: {}, query: {}, body: { text: random.hex(BODY_BYTES) } },
    ]),
    ...given,
  };
}

/** The next segment of a row's run. `given` replaces any part of it. */
export function nextSegmentRow(row: SegmentRow, given: Partial<SegmentRow> = {}): SegmentRow {
  const { dedupe: _dedupe, parkedUntil: _parkedUntil, ...rest } = row;
  const at = row.at + 1000;
  return {
    ...rest,
    seq: row.seq + 1,
    at,
    facts: JSON.stringify([{ kind: "timer", at, node: "wait" }]),
    ...given,
  };
}
