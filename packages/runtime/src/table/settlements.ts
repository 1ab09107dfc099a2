import { JournalUnavailable, type AppendOutcome } from "@meshhook/journal";

import type { LiveRun, Settlement } from "../live-run.ts";

export const APPENDED: Settlement = { kind: "appended" };
/** The delivery never left this process. */
export const UNSENT: Settlement = { kind: "unsent" };
const UNKNOWN: Settlement = { kind: "unknown" };

/** Tells the senders of a batch its outcome when nothing else of their runs is left here. `null`: it is not known. */
export function settleIntakes(batch: readonly LiveRun[], outcomes: readonly AppendOutcome[] | Error | null): void {
  batch.forEach((live, at) => {
    if (outcomes === null) live.settleIntake(UNKNOWN);
    else if (!(outcomes instanceof Error)) live.settleIntake(outcomes[at] ?? UNKNOWN);
    else if (outcomes instanceof JournalUnavailable && !outcomes.mayHaveCommitted) live.settleIntake(UNSENT);
    else live.settleIntake(UNKNOWN);
  });
}
