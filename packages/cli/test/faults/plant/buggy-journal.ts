/** What MeshHook gets in place of `@meshhook/journal` where a bug is planted. */
import { setTimeout as pause } from "node:timers/promises";

import { decodeFacts, encodeFacts, runIdFloor } from "@meshhook/core";
import {
  openPostgresStore as openRealStore,
  type AppendOutcome,
  type Journal,
  type PostgresStore,
  type PostgresStoreOptions,
  type SegmentRow,
  type StoredSegment,
} from "@meshhook/journal";
import { storeAnyhow } from "@meshhook/testkit/proof";

import { isHarnessBug, type HarnessBug } from "./harness-bugs.ts";
import { BUG_VARIABLE } from "./planted-environment.ts";

export * from "@meshhook/journal";

const APPENDED: AppendOutcome = { kind: "appended" };
/** How long after it was reported as stored a segment is stored. */
const LATE_MS = 25;
/** One segment in so many is spoilt. */
const SELDOM = 20;

export function openPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const store = openRealStore(options);
  const bug = process.env[BUG_VARIABLE] ?? "";
  if (!isHarnessBug(bug)) throw new Error(`There is no planted bug "${bug}"`);
  return replaced(store, { journal: replaced(store.journal, spoilt(store.journal, bug, options.connectionString)) });
}

/** An object with some members replaced; the others still find their private fields. */
function replaced<T extends object>(original: T, own: Partial<T>): T {
  return new Proxy(original, {
    get: (_target, name) => {
      if (Object.hasOwn(own, name)) return own[name as keyof T];
      const value: unknown = Reflect.get(original, name, original);
      return typeof value === "function" ? (value.bind(original) as unknown) : value;
    },
  });
}

function spoilt(journal: Journal, bug: HarnessBug, databaseUrl: string): Partial<Journal> {
  switch (bug) {
    case "ack-before-commit":
      return early(journal, ({ seq }) => seq === 0);
    case "effect-before-durable":
      return early(journal, ({ seq }) => seq > 0);
    case "dedupe-ignored":
      return { append: (token, rows) => journal.append(token, rows.map(withoutKey)) };
    case "watermark-leads":
      return {
        storeWatermarks: (token, watermarks) => {
          const [lowRunId, timersFrom] = [runIdFloor(Date.now()), Date.now() * 1_000];
          return journal.storeWatermarks(
            token,
            watermarks.map((watermark) => ({ ...watermark, lowRunId, timersFrom })),
          );
        },
      };
    case "segment-skipped":
      return { append: skipping(journal) };
    case "intent-forgotten":
      return {
        readRun: async (...query) => (await journal.readRun(...query)).map(withoutIntents),
        loadUnfinished: async (query) =>
          (await journal.loadUnfinished(query)).map(({ runId, segments }) => ({
            runId,
            segments: segments.map(withoutIntents),
          })),
      };
    case "timer-early":
      return {};
    case "end-overwritten":
      return {
        append: async (token, rows) => {
          const outcomes = await journal.append(token, rows);
          for (const [at, { kind }] of outcomes.entries()) {
            const row = rows[at];
            if (row !== undefined && (kind === "fenced" || kind === "conflict")) await storeAnyhow(databaseUrl, row);
          }
          return outcomes.map((outcome) => (outcome.kind === "rejected" ? outcome : APPENDED));
        },
      };
    case "fact-twice":
    default:
      return { append: repeating(journal) };
  }
}

function early(journal: Journal, isEarly: (row: SegmentRow) => boolean): Partial<Journal> {
  return {
    append: (token, rows) => {
      if (!rows.every(isEarly)) return journal.append(token, rows);
      void pause(LATE_MS)
        .then(() => journal.append(token, rows))
        .catch(() => undefined);
      return Promise.resolve(rows.map(() => APPENDED));
    },
  };
}

function skipping(journal: Journal): Journal["append"] {
  let count = 0;
  return async (token, rows) => {
    const skipped = new Set(rows.filter(({ seq, status }) => seq > 0 && status === null && ++count % SELDOM === 0));
    const outcomes = [
      ...(await journal.append(
        token,
        rows.filter((row) => !skipped.has(row)),
      )),
    ];
    return rows.map((row) => (skipped.has(row) ? APPENDED : (outcomes.shift() ?? APPENDED)));
  };
}

function repeating(journal: Journal): Journal["append"] {
  let count = 0;
  return async (token, rows) => {
    const outcomes = await journal.append(token, rows);
    const again = rows.filter(({ seq, status }) => seq > 0 && status === null && ++count % SELDOM === 0);
    if (again.length > 0)
      await journal.append(
        token,
        again.map((row) => ({ ...row, seq: row.seq + 1 })),
      );
    return outcomes;
  };
}

function withoutKey(row: SegmentRow): SegmentRow {
  const { dedupe: _, ...rest } = row;
  return rest;
}

function withoutIntents(segment: StoredSegment): StoredSegment {
  return { ...segment, facts: encodeFacts(decodeFacts(segment.facts).filter(({ kind }) => kind !== "intent")) };
}
