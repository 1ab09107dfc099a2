import type { ScenarioResult } from "../../../result/result.ts";
import { countOf, formatBytes, formatMs, formatNumber } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { facts } from "../../markup.ts";

/** Why the figures can be trusted or not: clocks, disturbances, connections. */
export function trustBlock({
  clocks,
  disturbances,
  connections,
  outage,
  memoryGrowthBytesPerSecond,
}: ScenarioResult): Html {
  return html`<h4>Trust in the figures</h4>
    ${facts([
      [
        "Clocks",
        clocks.length === 0
          ? "not compared"
          : clocks
              .map(
                ({ of, offsetUs, uncertaintyUs }) =>
                  `${of} ${formatMs(offsetUs / 1_000)} ± ${formatMs(uncertaintyUs / 1_000)}`,
              )
              .join("; "),
      ],
      ["The machine", disturbances.length === 0 ? "not disturbed" : disturbances.map(({ text }) => text).join("; ")],
      [
        "Connections reopened",
        `${formatNumber(connections.reopened)} by senders, ${formatNumber(connections.reopenedToTarget)} to the target`,
      ],
      [
        "MeshHook's memory",
        memoryGrowthBytesPerSecond === null
          ? "not judged"
          : `${formatBytes(memoryGrowthBytesPerSecond)} more per second`,
      ],
      ...(outage === null
        ? []
        : [
            [
              "Outage, as clients saw it",
              `${formatMs(outage.clientsMs)}, ${countOf(outage.failedRequests, "failed request")}; the fault lasted ${formatMs(outage.downMs)}`,
            ] as const,
          ]),
    ])}`;
}
