import type { RetainedDay, RetentionPlan, RetentionResult } from "@meshhook/journal";

import type { Resolved } from "../config/resolve.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { openDatabase } from "../start/database.ts";
import { openStore } from "../start/parts.ts";
import { auditKeptFrom, exportOptions, retentionPolicy } from "../start/retention.ts";
import { createLogger } from "../terminal/log.ts";
import type { Output } from "../terminal/output.ts";

/** Removes the runs that are old enough and have ended; with `isDryRun`, only lists their days. */
export async function removeOldRuns({ config }: Resolved, isDryRun: boolean, output: Output): Promise<ExitName> {
  const log = createLogger(config.logLevel, process.stderr);
  const database = await openDatabase(config, log);
  const store = openStore(config, database.url, log);
  try {
    const policy = await retentionPolicy(store.retention, config);
    if (isDryRun) {
      describe(await store.retention.plan(policy), output, "would be removed");
      return "ok";
    }
    const result = await store.retention.apply(policy, { ...exportOptions(config), isThorough: true });
    if (result === null)
      throw new CommandError("failed", "Another process is removing old runs at this moment. Try again later.");
    describe(result, output, "removed", result.postponed);
    const { deduplications, rejections, signals, timers } = result.forgotten;
    output.line(
      `With them: ${deduplications} idempotency keys, ${timers} timers, ${signals} signals, ${rejections} rejections.`,
    );
    const entries = await store.audit.forget(auditKeptFrom(policy.now, config));
    if (entries > 0) output.line(`Of the audit log: ${entries} entries.`);
    await store.answers.forget();
    return "ok";
  } finally {
    await store.close();
    await database.release();
  }
}

function describe(
  plan: RetentionPlan,
  output: Output,
  removed: string,
  postponed: RetentionResult["postponed"] = [],
): void {
  output.line(
    plan.firstDayKept === null
      ? "MESHHOOK_RETENTION_DAYS is off: runs are kept, except those of projects that keep them for a time of their own."
      : `Runs that started on ${plan.firstDayKept} (UTC) or later stay, unless their project keeps runs for a shorter time.`,
  );
  for (const day of plan.days) {
    const obstacle = postponed.find((one) => one.day === day)?.because;
    const outcome = obstacle === undefined ? outcomeOf(day, removed) : OBSTACLES[obstacle];
    output.line(`${day.day}  ${day.runs} runs  ${megabytes(day.bytes)} MB  ${outcome}`);
  }
  if (plan.days.length === 0) output.line("No older day has runs whose time is up.");
  if (plan.strayRuns !== null)
    output.line(
      "Some runs are stored in journal_default, which is never removed: see “What grows” in docs/guide/operations.md.",
    );
}

const OBSTACLES = {
  locked: "stays: others hold locks on the journal; try again",
  crowded: "stays: more than 20,000 of its runs have not ended",
} as const;

function outcomeOf(day: RetainedDay, removed: string): string {
  const { runs, erased } = day;
  const ofErased = erased === 0 ? "" : `${erased} erased ${removed}`;
  if (runs === 0 && erased > 0) return ofErased;
  return `${ofErased}${erased === 0 ? "" : "; "}${outcomeOfOld(day, removed)}`;
}

function outcomeOfOld({ runs, unfinished, oldestUnfinished, keepsOthers }: RetainedDay, removed: string): string {
  const unended = unfinished === 0 ? [] : [`${unfinished} unfinished, the oldest is ${oldestUnfinished ?? "unknown"}`];
  if (unfinished > 0 && unfinished === runs) return `stays: ${unended.join("")}`;
  const stays = [...unended, ...(keepsOthers ? ["runs of projects that keep them for longer"] : [])];
  return stays.length === 0 ? removed : `${runs - unfinished} ${removed}; what stays: ${stays.join("; ")}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
