import { createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { createGzip } from "node:zlib";

import { formatTimestamp } from "@meshhook/core";
import type {
  PostgresStore,
  RetainedDay,
  Retention,
  RetentionOptions,
  RetentionPolicy,
  StoredSegment,
} from "@meshhook/journal";
import type { Logger } from "pino";

import type { Config } from "../config/settings.ts";
import { ensureFolder } from "./folder.ts";

/** How often a running MeshHook looks for days that may go. */
const LOOK_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;

/** How long runs are kept, as of now by the database. @throws JournalUnavailable */
export async function retentionPolicy(
  retention: Retention,
  { retentionDays }: Pick<Config, "retentionDays">,
): Promise<RetentionPolicy> {
  return { now: await retention.now(), days: retentionDays === "off" ? null : retentionDays };
}

/** Removes old runs at once and every few hours until `signal` is aborted. Never rejects: what fails is tried again the next time. */
export async function retainRegularly(
  {
    retention,
    alerts,
    answers,
    audit,
    statistics,
  }: Pick<PostgresStore, "retention" | "alerts" | "answers" | "audit" | "statistics">,
  config: Config,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const options = { ...exportOptions(config), signal };
  while (!signal.aborted) {
    try {
      const result = await retention.apply(await retentionPolicy(retention, config), options);
      for (const { day, runs, bytes } of result?.dropped ?? [])
        log.info({ day, runs, bytes }, "removed the runs of a day");
      for (const { day, runs, unfinished, bytes } of result?.rewritten ?? [])
        log.info({ day, runs: runs - unfinished, bytes }, "removed some runs of a day; the others stay");
      for (const { day, because } of result?.postponed ?? [])
        log.warn(
          { day: day.day, because },
          "a day's runs could not be removed yet; see “What grows” in docs/guide/operations.md",
        );
      const forgotten = await audit.forget(auditKeptFrom(await retention.now(), config));
      if (forgotten > 0) log.info({ entries: forgotten }, "removed old entries of the audit log");
      await answers.forget();
      if (config.retentionDays !== "off") {
        const keptFrom = new Date((await retention.now()).getTime() - config.retentionDays * DAY_MS);
        await statistics.forgetCounts(keptFrom);
        await alerts.forgetMessages(keptFrom);
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ error: String(error) }, "cannot remove old runs; trying again in some hours");
    }
    await delay(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** Entries of the audit log from before this time go. */
export function auditKeptFrom(now: Date, { auditDays }: Pick<Config, "auditDays">): Date {
  return new Date(now.getTime() - auditDays * DAY_MS);
}

/** With a folder for exports, a day is written to it before it goes. */
export function exportOptions({
  retentionExportDir,
}: Pick<Config, "retentionExportDir">): Pick<RetentionOptions, "exportDay"> {
  if (retentionExportDir === null) return {};
  const folder = resolve(retentionExportDir);
  return { exportDay: (day, segments) => exportDay(folder, day, segments) };
}

/** The file appears under its name when it is complete and on disk. */
async function exportDay(
  folder: string,
  { day, part }: RetainedDay,
  segments: AsyncIterable<StoredSegment>,
): Promise<void> {
  await ensureFolder(folder, "");
  const path = join(folder, part === 1 ? `runs-${day}.ndjson.gz` : `runs-${day}.${part}.ndjson.gz`);
  const unfinished = `${path}.unfinished`;
  try {
    await pipeline(linesOf(segments), createGzip(), createWriteStream(unfinished, { mode: 0o600 }));
    const file = await open(unfinished, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** One segment per line. Its facts are JSON already, and keep their bytes. */
async function* linesOf(segments: AsyncIterable<StoredSegment>): AsyncGenerator<string> {
  for await (const { at, facts, ...segment } of segments)
    yield `${JSON.stringify({ ...segment, at: formatTimestamp(at) }).slice(0, -1)},"facts":${facts}}\n`;
}
