import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { formatRunId } from "@meshhook/core";
import type * as vitest from "vitest";

import type { ClaimedShard, OwnerToken, SegmentRow } from "../journal.ts";
import type { Store } from "../store.ts";

/** What the suite needs from a test runner: these functions of vitest. */
export type TestFunctions = Pick<typeof vitest, "describe" | "it" | "expect" | "beforeEach" | "afterEach">;

/** Two processes on the same data, and a way to make one of them die. */
export interface Harness {
  readonly store: Store;
  /** The same data as seen from another process; in memory it may be the same store. */
  readonly other: Store;
  /** Makes the owner's lease expire while the survivors' leases stay valid. */
  expireLease(token: OwnerToken, survivors: readonly OwnerToken[]): Promise<void>;
  /** Closes everything that `create` opened. */
  dispose(): Promise<void>;
}

export type CreateHarness = () => Promise<Harness>;

/** Gives each test of the current `describe` block a harness, through a function to call within the test. */
export function useHarness(test: TestFunctions, create: CreateHarness): () => Harness {
  let harness: Harness | undefined;
  test.beforeEach(async () => {
    harness = await create();
  });
  test.afterEach(async () => {
    await harness?.dispose();
    harness = undefined;
  });
  return () => {
    if (harness === undefined) throw new Error("The harness exists only within a test");
    return harness;
  };
}

/** Joins and claims all shards. */
export async function ownAll(
  store: Store,
  name: string,
): Promise<{ token: OwnerToken; shards: readonly ClaimedShard[] }> {
  const token = await store.journal.join(name);
  return { token, shards: await store.journal.claimShards(token, 1024) };
}

export function runId(shard: number, ms: number = Date.now()): string {
  return formatRunId(ms, randomInt(4096), shard, randomBytes(7).toString("hex").slice(1));
}

/** The first segment of a new run. */
export function delivery(given: Partial<SegmentRow> = {}): SegmentRow {
  const shard = given.shard ?? 0;
  const at = given.at ?? Date.now() * 1000 + 123;
  return {
    shard,
    runId: runId(shard),
    seq: 0,
    at,
    projectId: randomUUID(),
    workflowId: randomUUID(),
    versionId: randomUUID(),
    status: null,
    facts: JSON.stringify([{ kind: "delivery", at, headers: {}, query: {}, body: randomUUID() }]),
    ...given,
  };
}

/** A later segment of a run. */
export function following(row: SegmentRow, given: Partial<SegmentRow> = {}): SegmentRow {
  const { dedupe: _dedupe, parkedUntil: _parkedUntil, ...rest } = row;
  const at = row.at + 1;
  return { ...rest, seq: row.seq + 1, at, facts: JSON.stringify([{ kind: "timer", at, node: "wait" }]), ...given };
}

export function dedupe(key: string, given: { endpointId?: string; bodyHash?: string } = {}) {
  return { endpointId: given.endpointId ?? randomUUID(), key, bodyHash: given.bodyHash ?? "aa" };
}
