import type { ScenarioResult } from "../../../result/result.ts";
import { formatMs, formatNumber } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { table } from "../../markup.ts";

/** What each fault did, and how long it took until the load was served as before; null without one. */
export function faultTable({ faults = [] }: ScenarioResult): Html | null {
  if (faults.length === 0) return null;
  const slowest = Math.max(...faults.map(({ rateBackMs }) => rateBackMs ?? 0));
  const isOpen = faults.some(({ rateBackMs }) => rateBackMs === null);
  return html`<h4>
      ${isOpen ? "After a fault, the rate was not seen to come back" : `Served at its rate again at most ${formatMs(slowest)} after a fault ended`}
    </h4>
    ${table(
      [
        "Fault",
        "From second",
        "Until second",
        "Failed requests",
        "Clients saw it for",
        "Rate back after",
        "Median back after",
      ],
      faults.map((fault) => [
        fault.text,
        (fault.beganMs / 1000).toFixed(2),
        (fault.endedMs / 1000).toFixed(2),
        formatNumber(fault.failedRequests),
        formatMs(fault.clientsMs),
        fault.rateBackMs === null ? "not seen" : formatMs(fault.rateBackMs),
        fault.p50BackMs === null ? "not seen" : formatMs(fault.p50BackMs),
      ]),
      [1, 2, 3, 4, 5, 6],
    )}`;
}
