import type { Scenario } from "./scenario.ts";

/** How long a scenario is expected to take, with its preparation, backlog and audit; milliseconds. */
export function expectedMs({ load, before }: Scenario): number {
  return (
    (before === null ? 0 : before.durationMs + 5_000) +
    load.durationMs +
    (load.kind === "paced" ? load.warmupMs + 3_000 : load.warmupMsMax / 2 + 7_000)
  );
}
