import type { BenchResult } from "../../result/result.ts";
import { formatBytes, formatNumber, onOrOff } from "../format.ts";
import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { facts, table } from "../markup.ts";

/** Where the benchmark ran. */
export function environment(result: BenchResult): Html {
  const { host, postgres, ...rest } = result.environment;
  return html`${facts([
      [
        "Processor",
        `${formatNumber(host.cores)} × ${host.cpuModel}${host.isVirtual === true ? ", virtual machine" : ""}`,
      ],
      ["Memory", formatBytes(host.memoryBytes)],
      ["System", `${host.os}, kernel ${host.kernel}`],
      [
        "Disk, 8 kB write + fdatasync",
        rest.fdatasyncUsP50 === null ? "not measured" : `${formatNumber(rest.fdatasyncUsP50)} µs (median)`,
      ],
      ["MeshHook", rest.meshhook],
      ["Node", rest.node],
      ["PostgreSQL", postgres.version],
      ["Durability", `fsync ${onOrOff(rest.fsync)}, synchronous_commit ${rest.synchronousCommit}`],
      ["Fingerprint", html`<code class="wrap">${rest.fingerprint}</code>`],
    ])}
    <details>
      <summary>PostgreSQL settings</summary>
      ${table(
        ["Setting", "Value"],
        Object.entries(postgres.settings).map(([name, value]) => [html`<code>${name}</code>`, value]),
        [],
      )}
    </details>`;
}
