import type { ScenarioResult } from "../../../result/result.ts";
import { formatBytes, formatMs, formatNumber, formatShare } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { table } from "../../markup.ts";

/** CPU and memory of every process. */
export function resourceTable(scenario: ScenarioResult): Html {
  const seconds = Math.max(0.001, scenario.load.durationMs / 1000);
  return table(
    ["Process", "CPU, mean", "CPU, peak", "Memory, peak"],
    scenario.resources.map((process) => [
      process.name,
      formatShare(process.cpuSeconds / seconds),
      formatShare(process.cpuShareMax),
      formatBytes(process.rssBytesMax),
    ]),
    [1, 2, 3],
  );
}

/** The machine and the load generator, in a sentence. */
export function hostLine({ host, generator }: ScenarioResult): Html {
  return html`<p class="muted">
    CPU shares are of one core. Host: ${formatShare(host.cpuBusyShare)} of all cores busy,
    ${formatShare(host.stealShare)} stolen, load ${formatNumber(host.loadAverage1)}, waiting for CPU
    ${formatShare(host.cpuPressureShare)} and for disk ${formatShare(host.ioPressureShare)} of the time. Generator:
    ${formatMs(generator.latenessMsP99)} late at p99, ${formatNumber(generator.unsent)} unsent.
  </p>`;
}
