import type { ProcessResources, ScenarioResult } from "../../../result/result.ts";
import { formatBytes, formatMs, formatNumber, formatShare, NO_FIGURE } from "../../format.ts";
import { html } from "../../html.ts";
import type { Html } from "../../html.ts";
import { table } from "../../markup.ts";

/** CPU and memory of every process, what MeshHook's runtime did, and the machine. */
export function resourceBlock(scenario: ScenarioResult): Html {
  const seconds = Math.max(0.001, scenario.load.durationMs / 1000);
  return html`${table(
    ["Process", "CPU, mean", "CPU, peak", "CPU per run", "Memory, peak"],
    scenario.resources.map((process) => [
      process.name,
      formatShare(process.cpuSeconds / seconds),
      formatShare(process.cpuShareMax),
      process.cpuMsPerRun === undefined ? NO_FIGURE : formatMs(process.cpuMsPerRun),
      formatBytes(process.rssBytesMax),
    ]),
    [1, 2, 3, 4],
  )}
  ${scenario.resources.map(severalLine)} ${scenario.resources.map(partsLine)} ${scenario.resources.map(runtimeLine)}
  ${hostLine(scenario)}`;
}

/** Each process has one event loop: where there are several, the sum of their CPU does not say whether one of them is full. */
function severalLine({ name, processes, busiestShare }: ProcessResources): Html | null {
  if (processes === undefined || busiestShare === undefined) return null;
  return html`<p class="muted">
    ${name}: ${formatNumber(processes)} processes, the one that started the others included. The busiest used
    ${formatShare(busiestShare)} of a core.
  </p>`;
}

/** What PostgreSQL's processes are for, the busiest first. */
function partsLine({ name, parts = {} }: ProcessResources): Html | null {
  const total = Object.values(parts).reduce((sum, seconds) => sum + seconds, 0);
  if (total <= 0) return null;
  const shown = Object.entries(parts)
    .toSorted(([, a], [, b]) => b - a)
    .filter(([, seconds]) => seconds / total >= 0.005)
    .map(([part, seconds]) => `${part} ${formatShare(seconds / total)}`);
  return html`<p class="muted">CPU of ${name}: ${shown.join(", ")}.</p>`;
}

function runtimeLine({ name, runtime = null }: ProcessResources): Html | null {
  if (runtime === null) return null;
  return html`<p class="muted">
    Event loop of ${name}: busy ${formatShare(runtime.loopBusyShare)} of the time,
    ${formatShare(runtime.loopBusyShareMax)} in its busiest second; ${formatNumber(runtime.collections)} garbage
    collections took ${formatShare(runtime.collectionShare)} of the time; heap at most
    ${formatBytes(runtime.heapUsedBytesMax)}.
  </p>`;
}

/** The machine and the load generator, in a sentence. */
function hostLine({ host, generator }: ScenarioResult): Html {
  return html`<p class="muted">
    CPU shares are of one core. Host: ${formatShare(host.cpuBusyShare)} of all cores busy,
    ${formatShare(host.stealShare)} stolen, load ${formatNumber(host.loadAverage1)}, waiting for CPU
    ${formatShare(host.cpuPressureShare)} and for disk ${formatShare(host.ioPressureShare)} of the time. Generator:
    ${formatMs(generator.latenessMsP99)} late at p99, ${formatNumber(generator.unsent)} unsent.
  </p>`;
}
