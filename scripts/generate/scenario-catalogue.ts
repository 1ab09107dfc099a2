import { catalogue, scenarioParts, suitesOf } from "../../packages/bench/src/index.ts";
import type { Scenario } from "../../packages/bench/src/index.ts";
import { markdownNotice, markdownTable } from "./page.ts";
import type { GeneratedFile } from "./page.ts";

const GROUPS: { readonly [Group in Scenario["group"]]: string } = {
  webhook: "Webhooks",
  dag: "Runs",
  logs: "Live logs",
  fault: "Faults",
  tenancy: "Tenancy",
  console: "Console",
};

/** In the design, and not measured: what there is not yet, and what the suite cannot do yet. */
const NOT_MEASURED = [
  "JSON Web Tokens, JSON Schema at an endpoint and rate limits of one endpoint.",
  "Row-level security on and off: it is always on.",
  "Several machines. Scenarios but `dag-pure-processes` run with one MeshHook process; `--set MESHHOOK_PROCESSES=2` measures them with two.",
  "Viewers of the live log that come back and catch up: viewers stay connected while a scenario runs.",
  "Replays, and the builder in a browser. The console's own tests check the builder's budgets.",
  "A backlog of 200,000 runs, 100,000 delays and more, and a list over a million runs: they would take longer than all other scenarios together.",
  "Slow disks, and lost and reordered packets: both need privileges or hardware ([how faults are made](faults.md)).",
];

/** Every scenario of the benchmark with what it asks, does and requires: one table for each group. */
export const scenarioCatalogue: GeneratedFile = {
  path: "docs/performance/scenarios.md",
  make: () => {
    const scenarios = [...catalogue().values()];
    const tables = Object.entries(GROUPS).map(([group, title]) =>
      [`## ${title}`, table(scenarios.filter((scenario) => scenario.group === group))].join("\n\n"),
    );
    return [
      "# Scenarios",
      markdownNotice("packages/bench/scenarios"),
      `The ${scenarios.length} scenarios of the benchmark. \`meshhook bench explain <scenario>\` also gives the reason for each limit, and the limits that every scenario has. [How to run them](../guide/benchmark.md), [how to read the figures](README.md).`,
      ...tables,
      "## Not yet measured",
      NOT_MEASURED.map((line) => `- ${line}`).join("\n"),
      "",
    ].join("\n\n");
  },
};

function table(scenarios: readonly Scenario[]): string {
  return markdownTable(
    ["Scenario", "Question", "Workload", "Load", "Meanwhile", "Limits", "Suites"],
    scenarios.map((scenario) => {
      const { workload, load, meanwhile, limits } = scenarioParts(scenario);
      const suites = suitesOf(scenario.name);
      return [
        `\`${scenario.name}\``,
        scenario.question,
        workload.join(" "),
        load,
        meanwhile.join(" "),
        limits.map((limit) => `\`${limit}\``).join("<br>"),
        suites.join(", "),
      ];
    }),
  );
}
