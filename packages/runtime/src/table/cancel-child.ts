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

/** Has a run stopped that the one that started it no longer waits for. It may be in memory or not. */
export function cancelChild(
  { clock, journal, log, onSent, record }: CancelChildParts,
  shard: Shard,
  { runId, projectId }: { readonly runId: string; readonly projectId: string },
  reason: string,
): void {
  const live = shard.live.get(runId);
  if (live !== undefined) return record(live, { kind: "cancel", at: live.timeOf(clock.now()), reason });
  journal.sendSignal({ shard: shard.shard, runId, projectId, kind: "cancel", reason }).then(
    () => onSent(shard.shard),
    (error: unknown) =>
      log.warn({ runId, error: String(error) }, "cannot cancel a child yet; it is canceled when it is loaded again"),
  );
}
