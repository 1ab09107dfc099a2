import type { RetainedDay, RetentionPlan } from "@meshhook/journal";

import type { Resolved } from "../config/resolve.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { openDatabase } from "../start/database.ts";
import { openStore } from "../start/parts.ts";
import { exportOptions, retentionCutoff } from "../start/retention.ts";
import { createLogger } from "../terminal/log.ts";
import type { Output } from "../terminal/output.ts";

/** Removes the days whose runs are old enough and have all ended; with `isDryRun`, only lists them. */
export async function removeOldRuns({ config }: Resolved, isDryRun: boolean, output: Output): Promise<ExitName> {
  if (config.retentionDays === "off") {
    output.line("MESHHOOK_RETENTION_DAYS is off: everything is kept.");
    return "ok";
  }
  const log = createLogger(config.logLevel, process.stderr);
  const database = await openDatabase(config, log);
  const store = openStore(config, database.url, log);
  try {
    const cutoff = await retentionCutoff(store.retention, config.retentionDays);
    if (isDryRun) {
      describe(await store.retention.plan(cutoff), output, (day) => (day.unfinished === 0 ? "would be removed" : null));
      return "ok";
    }
    const result = await store.retention.apply(cutoff, { ...exportOptions(config), isThorough: true });
    if (result === null)
      throw new CommandError("failed", "Another process is removing old runs at this moment. Try again later.");
    describe(result, output, (day) => {
      if (result.dropped.includes(day)) return "removed";
      return result.postponed.includes(day) ? "stays: others hold locks on the journal; try again" : null;
    });
    const { deduplications, rejections, signals, timers } = result.forgotten;
    output.line(
      `With them: ${deduplications} idempotency keys, ${timers} timers, ${signals} signals, ${rejections} rejections.`,
    );
    return "ok";
  } finally {
    await store.close();
    await database.release();
  }
}

function describe(plan: RetentionPlan, output: Output, outcomeOf: (day: RetainedDay) => string | null): void {
  output.line(`Runs that started on ${plan.firstDayKept} (UTC) or later stay.`);
  for (const day of plan.days) {
    const stays = `stays: ${day.unfinished} unfinished, the oldest is ${day.oldestUnfinished ?? "unknown"}`;
    output.line(`${day.day}  ${day.runs} runs  ${megabytes(day.bytes)} MB  ${outcomeOf(day) ?? stays}`);
  }
  if (plan.days.length === 0) output.line("No older day has runs.");
  if (plan.strayRuns !== null)
    output.line(
      "Some runs are stored in journal_default, which is never removed: see “What grows” in docs/guide/operations.md.",
    );
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
