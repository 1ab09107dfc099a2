import type { ScenarioResult } from "../../../result/result.ts";
import { formatDuration, formatNumber } from "../../format.ts";
import type { Html } from "../../html.ts";
import { facts, prose } from "../../markup.ts";

/** How the load was made. */
export function loadFacts(scenario: ScenarioResult): Html {
  const { load } = scenario;
  return facts([
    [
      "Model",
      load.model === "open" ? "open: sends do not wait for answers" : "closed: each sender waits for its answer",
    ],
    ["Measured", `${formatDuration(load.durationMs)} after ${formatDuration(load.warmupMs)} of warm-up`],
    ["Body", prose(load.payload)],
    ["In flight", `at most ${formatNumber(load.inFlightMax)}`],
    ...(load.senders === 0 ? [] : [["Senders", formatNumber(load.senders)] as const]),
    ["Subscribers", formatNumber(load.subscribers)],
  ]);
}
