import { validateDefinition, type Plan } from "@meshhook/core";
import {
  JournalUnavailable,
  type AppendOutcome,
  type Journal,
  type OwnerToken,
  type SegmentRow,
} from "@meshhook/journal";
import { waitFor } from "@meshhook/testkit";

import type { Logger } from "../src/logger.ts";

export const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

type Node = { readonly type: string; readonly config: unknown };
type Edge = { readonly from: string; readonly port?: string; readonly to: string };

/** A valid definition with a webhook node `hook` and the given nodes; edges default to a chain in the given order. */
export function definitionOf(nodes: Readonly<Record<string, Node>>, edges?: readonly Edge[]): unknown {
  const chain = ["hook", ...Object.keys(nodes)];
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "under-test",
    nodes: { hook: { type: "webhook@1", config: {} }, ...nodes },
    edges: edges ?? chain.slice(1).map((to, at) => ({ from: chain[at], to })),
  };
}

export function planOf(definition: unknown): Plan {
  const checked = validateDefinition(definition);
  if ("issues" in checked) throw new Error(JSON.stringify(checked.issues));
  return checked.plan;
}

export const transform = (expression: string): Node => ({ type: "transform@1", config: { expression } });
export const call = (url: string, more: object = {}): Node => ({
  type: "http_call@1",
  config: { url, body: { $jmes: "input" }, ...more },
});
export const delay = (durationMs: number): Node => ({ type: "delay@1", config: { durationMs } });

/**
 * A journal that keeps working, but whose answers can be held back or replaced by an outage: what a slow or a lost database
 * looks like from the runtime. Everything else is the journal given.
 */
export class Gate {
  /** Its methods may be replaced by a test. */
  readonly journal: { -readonly [name in keyof Journal]: Journal[name] };
  #held: (() => void)[] | null = null;
  #isAway = false;
  /** Hints do not arrive. */
  isDeaf = false;
  #isBeatless = false;
  #beatsToFail = 0;
  /** Heartbeats that succeeded. */
  beats = 0;
  #heldReads: (() => void)[] | null = null;
  appended: SegmentRow[] = [];

  constructor(inner: Journal) {
    const pass = async <T>(work: () => Promise<T>): Promise<T> => {
      if (this.#isAway) throw new JournalUnavailable("the database is away");
      return work();
    };
    this.journal = {
      append: async (token: OwnerToken, rows: readonly SegmentRow[]): Promise<readonly AppendOutcome[]> => {
        const held = this.#held;
        if (held !== null) await new Promise<void>((resolve) => held.push(resolve));
        const outcomes = await pass(() => inner.append(token, rows));
        this.appended.push(...rows.filter((_row, at) => outcomes[at]?.kind === "appended"));
        return outcomes;
      },
      readRun: (runId, options) => pass(() => inner.readRun(runId, options)),
      eraseRun: (projectId, runId) => pass(() => inner.eraseRun(projectId, runId)),
      findEnded: (runIds) => pass(() => inner.findEnded(runIds)),
      countUnfinishedBySemantics: () => pass(() => inner.countUnfinishedBySemantics()),
      listRuns: (query) => pass(() => inner.listRuns(query)),
      listDeliveries: (query) => pass(() => inner.listDeliveries(query)),
      join: (name, hints = {}) =>
        pass(() =>
          inner.join(name, {
            onSignal: (shard) => {
              if (!this.isDeaf && !this.#isAway) hints.onSignal?.(shard);
            },
            onOwners: () => {
              if (!this.isDeaf && !this.#isAway) hints.onOwners?.();
            },
            onFeed: (projectId) => {
              if (!this.isDeaf && !this.#isAway) hints.onFeed?.(projectId);
            },
          }),
        ),
      heartbeat: (token) =>
        pass(async () => {
          if (this.#isBeatless || this.#beatsToFail > 0) {
            this.#beatsToFail -= 1;
            throw new JournalUnavailable("heartbeats are lost");
          }
          const heartbeat = await inner.heartbeat(token);
          this.beats += 1;
          return heartbeat;
        }),
      claimShards: (token, limit) => pass(() => inner.claimShards(token, limit)),
      releaseShards: (token, shards) => pass(() => inner.releaseShards(token, shards)),
      leave: (token) => pass(() => inner.leave(token)),
      storeWatermarks: (token, watermarks) => pass(() => inner.storeWatermarks(token, watermarks)),
      loadUnfinished: async (query) => {
        const held = this.#heldReads;
        if (held !== null) await new Promise<void>((resolve) => held.push(resolve));
        return pass(() => inner.loadUnfinished(query));
      },
      loadTimers: (query) => pass(() => inner.loadTimers(query)),
      findNextTimer: (query) => pass(() => inner.findNextTimer(query)),
      sendSignal: (signal) => pass(() => inner.sendSignal(signal)),
      hasSignal: (query) => pass(() => inner.hasSignal(query)),
      sendDelivery: (row) => pass(() => inner.sendDelivery(row)),
      readSignals: (cursors, limit) => pass(() => inner.readSignals(cursors, limit)),
      raiseSuspects: (shard, runIds) => pass(() => inner.raiseSuspects(shard, runIds)),
      clearSuspects: (shard, runIds) => pass(() => inner.clearSuspects(shard, runIds)),
      readSuspects: (shards) => pass(() => inner.readSuspects(shards)),
      noteRerun: (rerun) => pass(() => inner.noteRerun(rerun)),
      listReruns: (query) => pass(() => inner.listReruns(query)),
      listSuspects: (projectId, attemptsMin) => pass(() => inner.listSuspects(projectId, attemptsMin)),
      ...(inner.feeds === undefined ? undefined : { feeds: inner.feeds }),
      close: () => Promise.resolve(),
    };
  }

  /** From now on appends wait until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const go of held) go();
  }

  get heldAppends(): number {
    return this.#held?.length ?? 0;
  }

  /** From now on recoveries wait until `releaseReads`. */
  holdReads(): void {
    this.#heldReads ??= [];
  }

  releaseReads(): void {
    const held = this.#heldReads ?? [];
    this.#heldReads = null;
    for (const go of held) go();
  }

  /** The next heartbeats fail, and no others. */
  failHeartbeats(count: number): void {
    this.#beatsToFail = count;
  }

  get beatsToFail(): number {
    return this.#beatsToFail;
  }

  /** From now on heartbeats fail, but nothing else does. */
  loseHeartbeats(): void {
    this.#isBeatless = true;
  }

  /** The database is away (or this process is cut off from it) until `comeBack`. */
  goAway(): void {
    this.#isAway = true;
  }

  comeBack(): void {
    this.#isAway = false;
  }
}

/** Waits until a condition in this process holds, which is soon. */
export function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  return waitFor(what, holds, { timeoutMs, pollMs: 5 });
}
