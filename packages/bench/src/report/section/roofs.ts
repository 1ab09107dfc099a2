import type { BenchResult } from "../../result/result.ts";
import { formatMs, formatNumber, formatShare } from "../format.ts";
import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { table } from "../markup.ts";

/** What the machine can do at most, and which share of it was reached. */
export function roofs(result: BenchResult): Html {
  const shares = result.scenarios.filter((scenario) => scenario.roofShare !== null && scenario.audit.isClean);
  const rows: readonly (readonly [roof: string, perSecond: number, label: string])[] = [
    ["copyRows", result.roofs.copyRowsPerSecond, "Rows written by COPY into a table like the journal"],
    ["commits", result.roofs.commitsPerSecond, "Commits with one row each"],
    ["rawHttp", result.roofs.rawHttpPerSecond, "Answers of a bare HTTP server"],
  ];
  return html`<p class="prose">
      Each roof was measured on this machine on its own, right before the first saturating scenario. A share says how
      much of the roof a saturated MeshHook reached while sharing the machine with its database and the load generator.
    </p>
    ${table(
      ["Roof", "Per second", ...shares.map((scenario) => `Share in ${scenario.name}`)],
      rows.map(([roof, perSecond, label]) => [
        html`${label} <span class="muted">(${roofName(roof)})</span>`,
        formatNumber(perSecond),
        ...shares.map((scenario) => formatShare(scenario.roofShare?.[roof])),
      ]),
      [1, ...shares.map((_, index) => index + 2)],
    )}
    <p class="muted">
      Load generator, sending to a target that does nothing: ${formatNumber(result.calibration.ceilingPerSecond)}
      requests/s at most, ${formatNumber(result.calibration.cpuUsPerRequest)} µs of CPU each,
      ${formatMs(result.calibration.latenessMsP99)} late at p99.
    </p>`;
}

/** Names the roofs for people; an unknown one keeps its field name. */
export function roofName(roof: string): string {
  return { copyRows: "COPY roof", commits: "commit roof", rawHttp: "HTTP roof" }[roof] ?? roof;
}
