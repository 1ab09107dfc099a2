import { readFile } from "node:fs/promises";

import { createMemoryStore } from "@meshhook/journal";
import { parse } from "yaml";
import { afterAll, beforeAll, expect, it } from "vitest";

import { describeMetrics } from "../src/index.ts";
import { post, publish, pureDefinition, startHarness, type Harness } from "./harness.ts";

const directory = new URL("../../../examples/monitoring/", import.meta.url);
const METRIC = /\bmeshhook_[a-z_]+/g;

let harness: Harness;
const store = createMemoryStore();

beforeAll(async () => {
  harness = await startHarness({ store });
});
afterAll(async () => {
  await harness.close();
  await store.close();
});

async function samples(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${harness.url}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith("meshhook_"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

it("the examples for Prometheus and Grafana name only metrics and labels that there are", async () => {
  const known = await describeMetrics(harness.runtime, store);
  const names = new Set(
    known.flatMap(({ name, type }) =>
      type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
  const rules = parse(await readFile(new URL("prometheus-rules.yaml", directory), "utf8")) as {
    groups: { rules: { alert: string; expr: string; annotations: { summary: string; description: string } }[] }[];
  };
  const dashboard = JSON.parse(await readFile(new URL("grafana-dashboard.json", directory), "utf8")) as {
    panels: { targets: { expr: string }[] }[];
  };
  const expressions = [
    ...rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr)),
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ];
  expect(expressions.length).toBeGreaterThan(20);
  const used = expressions.flatMap((expression) => expression.match(METRIC) ?? []);
  expect(used.filter((name) => !names.has(name))).toEqual([]);
  const labels = new Set(known.flatMap((metric) => metric.labels));
  const grouped = expressions.flatMap((expression) =>
    [...expression.matchAll(/by \(([a-z_]+)\)/g)].map(([, label]) => label),
  );
  expect(grouped.filter((label) => label !== "le" && !labels.has(label ?? ""))).toEqual([]);
});

it("histograms count what happened, in buckets that add up", async () => {
  const endpoint = await publish(harness.client, pureDefinition("counted"));
  const before = await samples();
  for (let sent = 0; sent < 3; sent++) await post(`${harness.url}/hooks/${endpoint.token}`, "{}");
  const after = await samples();
  const grown = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  expect(grown("meshhook_run_duration_seconds_count")).toBe(3);
  expect(grown('meshhook_run_duration_seconds_bucket{le="+Inf"}')).toBe(3);
  expect(grown('meshhook_run_duration_seconds_bucket{le="86400"}')).toBe(3);
  expect(grown("meshhook_append_duration_seconds_count")).toBe(grown("meshhook_batches_total"));
  expect(after.get("meshhook_pool_others_max")).toBe(1);
});
