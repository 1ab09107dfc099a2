import type { Scenario } from "./scenario.ts";

/** Rates that a search tries, as it usually goes: some doublings, some halvings, and each that fails twice. */
const PROBES = 14;

/** Of MeshHook. */
const START_MS = 4_000;

/** How long a scenario is expected to take, with its preparation, backlog and audit; milliseconds. */
export function expectedMs(scenario: Scenario): number {
  const { load } = scenario;
  if (load.kind === "paced" && load.search !== undefined)
    return PROBES * blockMs(scenario) + load.search.sustainMs + load.warmupMs + 3_000;
  return load.kind === "saturating" && load.sweep !== undefined
    ? load.sweep.length * (blockMs(scenario) + (load.swept === "processes" ? START_MS : 0))
    : blockMs(scenario);
}

/** How long one load of it is expected to take, with the same; milliseconds. */
export function blockMs({ load, before }: Scenario): number {
  return (
    (before === null ? 0 : before.durationMs + 5_000) +
    load.durationMs +
    (load.kind === "paced" ? load.warmupMs + 3_000 : load.warmupMsMax / 2 + 7_000)
  );
}
