import type { Journal } from "@meshhook/journal";

import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";
import type { Shard } from "../shard.ts";
import type { Recorder } from "./recorder.ts";

export interface CancelChildParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Logger;
  readonly record: Recorder["record"];
  /** A signal was put into the inbox of a shard. */
  readonly onSent: (shard: number) => void;
}

/** Has a run stopped that the one that started it no longer waits for: at once, if it is in memory. Never rejects. */
export async function cancelChild(
  { clock, journal, log, onSent, record }: CancelChildParts,
  shard: Shard,
  { runId, projectId }: { readonly runId: string; readonly projectId: string },
  reason: string,
): Promise<void> {
  const live = shard.live.get(runId);
  if (live !== undefined) return record(live, { kind: "cancel", at: live.timeOf(clock.now()), reason });
  try {
    await journal.sendSignal({ shard: shard.shard, runId, projectId, kind: "cancel", reason });
    onSent(shard.shard);
  } catch (error) {
    log.warn({ runId, error: String(error) }, "cannot cancel a child yet; it is canceled when it is loaded again");
  }
}
