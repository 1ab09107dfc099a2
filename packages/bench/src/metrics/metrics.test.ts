import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { sampleResult } from "../../test/sample-result.ts";
import { openMetricsText } from "../export/open-metrics.ts";
import { findFreePort } from "../system/free-port.ts";
import type { LaunchedMeshHook, SystemLauncher } from "../system/launcher.ts";
import { startReadings } from "./external.ts";
import { parseExposition } from "./exposition.ts";
import { basicAuthorization, readText } from "./http.ts";
import { watchMetrics } from "./meshhook-metrics.ts";
import { checkPrometheus, queryPrometheus } from "./prometheus.ts";
import { DEFAULT_QUERIES, readQueries } from "./queries.ts";
import { SeriesCollector } from "./series.ts";
import { checkSupabase, supabaseEndpoint, SupabaseReader, watchSupabase } from "./supabase.ts";

let folder: string;
const servers: Server[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "meshhook-metrics-"));
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true });
});

async function serve(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

test("the text format is read with labels, escapes, special values and timestamps", () => {
  const { samples, types } = parseExposition(
    [
      "# HELP a Something # else",
      "# TYPE a counter",
      'a{x="1",y="q\\"\\\\\\n}",} 12 1395066363000',
      "b +Inf",
      "c{} NaN",
      'd_bucket{le="0.5"} 3 # {trace="1"} 0.2 1.5',
      "",
      "# EOF",
    ].join("\n"),
  );
  expect(samples).toEqual([
    { name: "a", labels: { x: "1", y: 'q"\\\n}' }, value: 12 },
    { name: "b", labels: {}, value: Infinity },
    { name: "c", labels: {}, value: Number.NaN },
    { name: "d_bucket", labels: { le: "0.5" }, value: 3 },
  ]);
  expect(types.get("a")).toBe("counter");
  for (const wrong of ["a{x=1} 2", "a", "a b", '{"json":true}'])
    expect(() => parseExposition(`a 1\n${wrong}`)).toThrow(/Line 2 is not a metric/);
  // What we write ourselves reads back.
  const written = parseExposition(openMetricsText(sampleResult()));
  expect(written.types.get("meshhook_bench_latency_seconds")).toBe("summary");
});

test("a series is bounded and keeps its whole stretch of time", () => {
  const collector = new SeriesCollector("meshhook");
  const of = { name: "a", labels: {}, unit: "1" };
  for (let second = 0; second < 5_000; second += 1) collector.add(of, { atMs: second * 1_000, value: second });
  const [series] = collector.series();
  expect(series?.points.length).toBeGreaterThan(300);
  expect(series?.points.length).toBeLessThanOrEqual(600);
  expect(series?.points[0]?.value).toBe(0);
  expect(series?.points.at(-1)?.value).toBeGreaterThan(4_980);
  expect(series?.points.every(({ atMs, value }) => atMs === value * 1_000)).toBe(true);
  for (let n = 0; n < 200; n += 1) collector.add({ ...of, labels: { n: String(n) } }, { atMs: 0, value: 1 });
  expect(collector.series()).toHaveLength(100);
  expect(collector.refused).toBe(101);
});

test("MeshHook's metrics are read while it runs, across a restart, and counters become rates", async () => {
  let count = 100;
  const url = await serve((request, response) => {
    if (request.headers.authorization !== "Bearer mh_secret") return response.writeHead(401).end();
    count += 50;
    return response.end(
      `# TYPE meshhook_deliveries_total counter\nmeshhook_deliveries_total{outcome="accepted"} ${String(count)}\n` +
        "# TYPE meshhook_runs_live gauge\nmeshhook_runs_live 7\nnodejs_version_info 1\n",
    );
  });
  const launched = (): LaunchedMeshHook => ({
    pid: process.pid,
    url,
    adminKey: "mh_secret",
    exited: new Promise(() => undefined),
    kill: () => undefined,
  });
  const launcher: SystemLauncher = {
    startDatabase: () => Promise.reject(new Error("Not asked for.")),
    startMeshHook: () => Promise.resolve(launched()),
    endNow: () => Promise.resolve(),
  };
  const path = join(folder, "own.ndjson");
  const watched = watchMetrics(launcher, path, 20);
  await watched.launcher.startMeshHook({ databaseUrl: "", port: 0, env: {} });
  await vi.waitUntil(() => count >= 200, { timeout: 30_000 });
  count = 0;
  await watched.launcher.startMeshHook({ databaseUrl: "", port: 0, env: {} });
  await vi.waitUntil(() => count >= 50, { timeout: 30_000 });
  const { series, problems } = await watched.stop();
  expect(problems).toEqual([]);
  const deliveries = series.find(({ name }) => name === "meshhook_deliveries_total");
  expect(deliveries).toMatchObject({ source: "meshhook", labels: { outcome: "accepted" }, unit: "1/s" });
  // A counter that began anew has no rate below zero.
  expect(deliveries?.points.every(({ value }) => value > 0)).toBe(true);
  expect(series.find(({ name }) => name === "meshhook_runs_live")?.points[0]?.value).toBe(7);
  expect(series.some(({ name }) => name === "nodejs_version_info")).toBe(false);
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    samples: { 'meshhook_deliveries_total{outcome="accepted"}': 150, nodejs_version_info: 1 },
  });
});

/** Two minutes of a project, as its endpoint shows them. */
const minute = (n: number) => `# TYPE node_cpu_seconds_total counter
node_cpu_seconds_total{cpu="0",mode="idle",service_type="db"} ${String(1_000 + 30 * n)}
node_cpu_seconds_total{cpu="0",mode="user",service_type="db"} ${String(200 + 20 * n)}
node_cpu_seconds_total{cpu="0",mode="iowait",service_type="db"} ${String(10 + 10 * n)}
node_memory_MemTotal_bytes 4e+09
node_memory_MemAvailable_bytes 1e+09
node_disk_read_bytes_total{device="nvme0n1"} ${String(6_000 * n)}
node_disk_written_bytes_total{device="nvme0n1"} ${String(60_000 * n)}
node_disk_written_bytes_total{device="nvme1n1"} ${String(60_000 * n)}
node_disk_io_time_seconds_total{device="nvme0n1"} ${String(15 * n)}
pg_stat_database_num_backends{datname="postgres"} 11
pg_stat_database_num_backends{datname="other"} 2
`;

test("Supabase's metrics become CPU, memory, disk and connections; a minute that is shown again is not counted twice", () => {
  const reader = new SupabaseReader();
  reader.take(parseExposition(minute(0)), 0);
  reader.take(parseExposition(minute(0)), 15_000);
  reader.take(parseExposition(minute(1)), 60_000);
  const values = Object.fromEntries(
    reader.series().map(({ name, points }) => [name, points.map(({ atMs, value }) => [atMs, value])]),
  );
  expect(values).toEqual({
    memory_used: [
      [0, 3e9],
      [60_000, 3e9],
    ],
    connections: [
      [0, 13],
      [60_000, 13],
    ],
    // 20 of 60 seconds; waiting for the disk is not busy.
    cpu_busy: [[60_000, 20 / 60]],
    disk_read: [[60_000, 100]],
    disk_written: [[60_000, 2_000]],
    disk_busy: [[60_000, 0.25]],
  });
});

test("Supabase's endpoint gets the key as a password, and what it refuses or redirects is said without the key", async () => {
  const key = "sb_secret_abcdefghijklmnop";
  let readings = 0;
  const good = await serve((request, response) => {
    if (request.headers.authorization !== basicAuthorization("service_role", key)) return response.writeHead(401).end();
    readings += 1;
    return response.end(minute(readings));
  });
  const endpoint = supabaseEndpoint(good, key);
  await checkSupabase(endpoint);
  const watched = watchSupabase(endpoint, 10);
  await vi.waitUntil(() => readings >= 4, { timeout: 30_000 });
  expect((await watched.stop()).series.map(({ name }) => name)).toContain("cpu_busy");

  const seen: string[] = [];
  const bad = await serve((request, response) => {
    const echo = `${request.headers.authorization ?? ""} ${key}`;
    if (request.url === "/401") response.writeHead(401).end(echo);
    else if (request.url === "/302") response.writeHead(302, { location: `/else?key=${key}` }).end(echo);
    else if (request.url === "/500") response.writeHead(500).end(echo);
    else if (request.url === "/json") response.end(`{"echo":"${echo}"}`);
    else seen.push(request.url ?? "");
  });
  for (const [path, message] of [
    ["/401", /401: the credentials are not accepted/],
    ["/302", /302, which leads elsewhere/],
    ["/500", /answered 500/],
    ["/json", /not answer with metrics/],
  ] as const) {
    const failure = await checkSupabase(supabaseEndpoint(`${bad}${path}`, key)).catch((error: unknown) => error);
    expect(String(failure)).toMatch(message);
    for (const secret of [key, Buffer.from(`service_role:${key}`).toString("base64")])
      expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain(secret);
  }
  expect(seen).toEqual([]);
  const closed = `http://127.0.0.1:${String(await findFreePort())}`;
  await expect(readText({ url: closed, authorization: null })).rejects.toThrow(/cannot be reached: ECONNREFUSED/);
});

test("what goes wrong while a benchmark runs is a deviation of its result, without credentials", async () => {
  const token = "token-0123456789";
  const url = await serve((request, response) => {
    let form = "";
    request.setEncoding("utf8").on("data", (text: string) => (form += text));
    request.on("end", () => {
      const query = new URLSearchParams(form).get("query");
      if (query === "bad(")
        response
          .writeHead(400)
          .end(JSON.stringify({ status: "error", error: `parse error, ${request.headers.authorization ?? ""}` }));
      else
        response.end(
          JSON.stringify({
            status: "success",
            data: {
              resultType: "matrix",
              result: [
                {
                  metric: { __name__: "up", job: "x" },
                  values: [
                    [1_700_000_000.5, "1"],
                    [1_700_000_001, "NaN"],
                  ],
                },
              ],
            },
          }),
        );
    });
  });
  const endpoint = { url, authorization: `Bearer ${token}` };
  await checkPrometheus(endpoint);
  const queries = [
    { name: "up", query: "up", unit: "1" },
    { name: "wrong", query: "bad(", unit: "1" },
  ];
  const launcher: SystemLauncher = {
    startDatabase: () => Promise.reject(new Error("Not asked for.")),
    startMeshHook: () => Promise.reject(new Error("Not asked for.")),
    endNow: () => Promise.resolve(),
  };
  const out = join(folder, "out");
  await promisify(execFile)("mkdir", ["-p", join(out, "dataset")]);
  const readings = startReadings(launcher, { prometheus: { endpoint, queries }, supabase: null }, out);
  const result = await readings.addTo(sampleResult({ deviations: [] }));
  expect(result.external).toEqual([
    {
      source: "prometheus",
      name: "up",
      labels: { job: "x" },
      unit: "1",
      points: [{ atMs: 1_700_000_000_500, value: 1 }],
    },
  ]);
  expect(result.deviations).toEqual(["The query wrong is refused by Prometheus: parse error, Bearer (hidden)."]);
  expect(JSON.stringify(result)).not.toContain(token);
});

test("a file of queries is read, and every mistake in it is named", async () => {
  const usual = readQueries(DEFAULT_QUERIES);
  expect("queries" in usual ? usual.queries.length : usual.mistakes).toBeGreaterThan(5);
  const path = join(folder, "queries.yaml");
  await writeFile(
    path,
    "queries:\n  - { name: a, query: up, unit: '1' }\n  - { name: a, query: up, unit: '1' }\n  - { name: b, promql: x, unit: 3 }\n  - 5\n",
  );
  expect(readQueries(path)).toEqual({
    mistakes: [
      "queries[2].query must be a text that is not empty.",
      "queries[2].unit must be a text that is not empty.",
      "queries[2].promql is not known. Fields are name, query and unit.",
      "queries[3] is not an object with name, query and unit.",
      'Two queries are called "a". Give one another name.',
    ],
  });
  expect(readQueries(join(folder, "none.yaml"))).toMatchObject({ mistakes: [expect.stringContaining("ENOENT")] });
});

const version = prometheusVersion();
// Printed in the suite's output, because an omitted test should not look like one that passed.
if (version === null)
  process.stdout.write(
    "metrics.test.ts: Prometheus is not installed, so the test that needs it is left out (Debian: apt install prometheus)\n",
  );

test.runIf(version !== null)(`a real Prometheus (${version ?? ""}) is asked for the time of a benchmark`, async () => {
  const data = join(folder, "tsdb");
  const now = Date.now();
  const result = sampleResult({ startedAtMs: now - 120_000, finishedAtMs: now - 60_000 });
  await writeFile(join(folder, "metrics.txt"), openMetricsText(result));
  await promisify(execFile)("promtool", [
    "tsdb",
    "create-blocks-from",
    "openmetrics",
    join(folder, "metrics.txt"),
    data,
  ]);
  await writeFile(join(folder, "prometheus.yml"), "scrape_configs: []\n");
  const port = await findFreePort();
  const prometheus = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${String(port)}`,
    ],
    { stdio: "ignore" },
  );
  const exited = once(prometheus, "exit");
  try {
    const endpoint = { url: `http://127.0.0.1:${String(port)}/`, authorization: null };
    await vi.waitFor(() => checkPrometheus(endpoint), { timeout: 20_000, interval: 50 });
    const queries = [
      { name: "verdict", query: "meshhook_bench_scenario_verdict == 1", unit: "1" },
      { name: "due", query: "sum(meshhook_bench_requests_total)", unit: "requests" },
      { name: "broken", query: "sum(", unit: "1" },
    ];
    const answer = await queryPrometheus(endpoint, queries, { fromMs: result.startedAtMs, untilMs: now });
    const due = result.scenarios.reduce((sum, { answers }) => sum + answers.due, 0);
    expect(answer.series.find(({ name }) => name === "due")?.points[0]?.value).toBe(due);
    expect(answer.series.filter(({ name }) => name === "verdict")).toHaveLength(result.scenarios.length);
    expect(answer.problems).toEqual([
      expect.stringMatching(/^The query broken is refused by Prometheus: .*parse error/),
    ]);
  } finally {
    prometheus.kill("SIGKILL");
    await exited;
  }
});

function prometheusVersion(): string | null {
  try {
    return /version (\S+)/.exec(execFileSync("prometheus", ["--version"], { encoding: "utf8" }))?.[1] ?? "unknown";
  } catch {
    return null;
  }
}
