import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { sampleResult } from "../../test/sample-result.ts";
import { openMetricsText } from "./open-metrics.ts";
import { openMetrics } from "./open-metrics-writer.ts";

interface Sample {
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
  readonly timestamp: number;
}

interface Family {
  readonly type: string;
  readonly unit: string | null;
  readonly samples: Sample[];
}

/** Reads OpenMetrics 1.0 text strictly: order of lines, suffixes and labels by type, units, escapes, the end. */
function parse(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, { type: string; unit: string | null; samples: Sample[] }>();
  const lines = text.split("\n");
  expect(lines.splice(-2)).toEqual(["# EOF", ""]);
  let current = "";
  for (const line of lines) {
    const about = /^# (TYPE|UNIT|HELP) ([a-z_:][a-z0-9_:]*) (.+)$/.exec(line);
    if (about !== null) {
      const [, keyword, name = "", value = ""] = about;
      if (keyword === "TYPE") {
        expect(families.has(name)).toBe(false);
        families.set(name, { type: value, unit: null, samples: [] });
        current = name;
      }
      expect(name).toBe(current);
      const family = families.get(name);
      if (keyword === "UNIT" && family !== undefined) {
        family.unit = value;
        expect(name.endsWith(`_${value}`)).toBe(true);
      }
      continue;
    }
    const sample = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+) (\d+\.\d+)$/.exec(line);
    expect(sample, line).not.toBeNull();
    const [, name = "", inside = "", value = "", timestamp = ""] = sample ?? [];
    const labels: Record<string, string> = {};
    const rest = inside.replaceAll(
      /([a-z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/g,
      (_, label: string, given: string) => {
        expect(label in labels).toBe(false);
        labels[label] = given.replaceAll(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
        return "";
      },
    );
    expect(rest).toBe("");
    const family = families.get(current);
    const suffix = name.slice(current.length);
    expect(name.startsWith(current)).toBe(true);
    const allowed = {
      gauge: [""],
      counter: ["_total"],
      info: ["_info"],
      stateset: [""],
      summary: ["", "_count", "_sum"],
    };
    expect(allowed[family?.type as keyof typeof allowed]).toContain(suffix);
    if (family?.type === "summary" && suffix === "") expect(labels).toHaveProperty("quantile");
    if (family?.type === "stateset") expect(labels).toHaveProperty(current);
    expect(Number.isFinite(Number(value))).toBe(true);
    const key = JSON.stringify([name, labels]);
    expect(family?.samples.some((other) => JSON.stringify([other.name, other.labels]) === key)).toBe(false);
    family?.samples.push({ name, labels, value: Number(value), timestamp: Number(timestamp) });
  }
  return families;
}

const result = sampleResult();

test("a result becomes OpenMetrics with the right types, units and figures", () => {
  const families = parse(openMetricsText(result));
  const of = (name: string) => families.get(`meshhook_bench_${name}`);
  expect(of("latency_seconds")).toMatchObject({ type: "summary", unit: "seconds" });
  expect(of("run_wal_bytes")).toMatchObject({ type: "gauge", unit: "bytes" });
  expect(of("requests")).toMatchObject({ type: "counter", unit: null });
  const scenario = result.scenarios.find(({ latency }) => typeof latency["ack"]?.p99Ms === "number");
  expect(
    of("latency_seconds")?.samples.find(
      ({ labels }) => labels["scenario"] === scenario?.name && labels["of"] === "ack" && labels["quantile"] === "0.99",
    )?.value,
  ).toBeCloseTo((scenario?.latency["ack"]?.p99Ms ?? 0) / 1_000, 9);
  for (const { name, answers, throughput, status } of result.scenarios) {
    const requests = of("requests")?.samples.filter(({ labels }) => labels["scenario"] === name) ?? [];
    expect(requests.reduce((sum, { value }) => sum + value, 0)).toBe(answers.due);
    const completed = of("completed_per_second")?.samples.find(({ labels }) => labels["scenario"] === name);
    expect(completed?.value).toBe(throughput?.completedPerSecond);
    const states = of("scenario_verdict")?.samples.filter(({ labels }) => labels["scenario"] === name) ?? [];
    expect(
      states.filter(({ value }) => value === 1).map(({ labels }) => labels["meshhook_bench_scenario_verdict"]),
    ).toEqual([status]);
  }
  for (const { samples } of families.values())
    for (const { timestamp } of samples) expect(timestamp).toBeCloseTo(result.finishedAtMs / 1_000, 3);
});

test("quotes, backslashes and line ends in labels and help are escaped, and a family without samples is left out", () => {
  const family = {
    name: "a",
    type: "gauge",
    help: 'x\ny "z"',
    samples: [{ labels: { l: 'q"\\\n' }, value: 1.5 }],
  } as const;
  expect(openMetrics([family, { ...family, name: "b", samples: [] }], 1_234)).toBe(
    '# TYPE a gauge\n# HELP a x\\ny \\"z\\"\na{l="q\\"\\\\\\n"} 1.5 1.234\n# EOF\n',
  );
});

const promtool = versionOfPromtool();
// Printed in the suite's output, because an omitted test should not look like one that passed.
if (promtool === null)
  process.stdout.write(
    "open-metrics.test.ts: promtool is not installed, so the test that needs it is left out (Debian: apt install prometheus)\n",
  );

test.runIf(promtool !== null)(`Prometheus (${promtool ?? ""}) takes the text into its database`, async () => {
  const folder = await mkdtemp(join(tmpdir(), "meshhook-openmetrics-"));
  try {
    await writeFile(join(folder, "metrics.txt"), openMetricsText(result));
    const { stdout } = await promisify(execFile)(
      "promtool",
      ["tsdb", "create-blocks-from", "openmetrics", join(folder, "metrics.txt"), join(folder, "data")],
      { cwd: folder },
    );
    const samples = openMetricsText(result)
      .split("\n")
      .filter((line) => /^[a-z]/.test(line)).length;
    // A line for the block: id, time range, samples, chunks, series, size.
    expect(stdout).toMatch(new RegExp(`\\s${String(samples)}\\s+${String(samples)}\\s+${String(samples)}\\s`));
  } finally {
    await rm(folder, { recursive: true });
  }
});

function versionOfPromtool(): string | null {
  try {
    return /version (\S+)/.exec(execFileSync("promtool", ["--version"], { encoding: "utf8" }))?.[1] ?? "unknown";
  } catch {
    return null;
  }
}
