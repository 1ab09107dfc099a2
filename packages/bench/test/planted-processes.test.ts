import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { startLoad } from "../src/load/generator/generator.ts";
import type { LoadReport } from "../src/load/generator/generator.ts";
import { constant } from "../src/load/profile/profile.ts";
import { Sink } from "../src/load/sink/sink.ts";
import { findEpisodes } from "../src/measure/episodes.ts";
import type { TimedRequest } from "../src/measure/episodes.ts";
import { probeOptions, readProbe } from "../src/measure/probe/meshhook-probe.ts";
import { ResourceSampler } from "../src/measure/resource-sampler.ts";
import { machineShare } from "../src/measure/tail/causes.ts";
import type { Tail } from "../src/result/result.ts";
import { medianSlope } from "../src/stats/index.ts";
import { slowRequestsOf } from "../src/suite/tail.ts";
import { scenarioNamed } from "../src/scenario/catalogue.ts";
import { evidenceOf } from "./planted-evidence.ts";

const webhookAckNominal = scenarioNamed("webhook-ack-nominal");

const directory = mkdtempSync(join(tmpdir(), "meshhook-planted-"));
afterAll(() => rmSync(directory, { recursive: true }));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Runs a script as a process of its own; it prints one line when it is ready, which is returned. */
async function plant(
  script: string,
  nodeOptions = "",
): Promise<{ readonly pid: number; readonly line: string; readonly output: () => string }> {
  const child = spawn(process.execPath, ["-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: nodeOptions },
  });
  children.push(child);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [line] = (await once(child.stdout, "data")) as readonly unknown[];
  return { pid: child.pid ?? 0, line: String(line).trim(), output: () => output };
}

async function load(port: number, durationMs: number): Promise<LoadReport> {
  const running = await startLoad(
    {
      target: { host: "127.0.0.1", port, path: "/hooks/planted" },
      model: { kind: "open", profile: constant(100, durationMs), inFlightMax: 256, unsentAfterMs: 5_000 },
      payloads: [{ body: "{}", headers: {} }],
      timeoutMs: 5_000,
      requestsMax: 10_000,
      ledgerPath: join(directory, `${String(Math.random())}.ledger`),
    },
    () => undefined,
  );
  return running.finished;
}

const SERVER = (before: string, headers: string) => `
  ${before}
  const server = require("node:http").createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(202, { ${headers} }).end('{"status":"running"}'));
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;

test("every sleep of a server is one stretch of slow requests at its senders", async () => {
  const sleep = `
    const sleeps = [];
    setInterval(() => {
      const from = Date.now();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      sleeps.push([from, Date.now()]);
      console.log(JSON.stringify(sleeps));
    }, 900);`;
  const { line, output } = await plant(SERVER(sleep, ""));
  const { ledger } = await load(Number(line), 3_500);
  const requests = Array.from({ length: ledger.count }, (_, n): TimedRequest => {
    const intendedUs = ledger.intendedUs[n] ?? 0;
    return { intendedUs, latencyUs: (ledger.answeredUs[n] ?? 0) - intendedUs };
  });
  const { longest } = findEpisodes({ of: "ack", requests, stalls: [] });
  const startedAtMs = ledger.startedAtUs / 1_000;
  const sleeps = (JSON.parse(output().trim().split("\n").at(-1) ?? "[]") as readonly (readonly [number, number])[])
    .map(([fromMs, untilMs]) => [fromMs - startedAtMs, untilMs - startedAtMs] as const)
    .filter(([fromMs, untilMs]) => fromMs > 0 && untilMs < 3_400);
  expect(sleeps.length).toBeGreaterThanOrEqual(2);
  for (const [fromMs, untilMs] of sleeps) {
    const covered = Math.max(
      0,
      ...longest.map((episode) => Math.min(untilMs, episode.untilMs) - Math.max(fromMs, episode.fromMs)),
    );
    expect(covered / (untilMs - fromMs)).toBeGreaterThan(0.8);
  }
  expect(longest.every(({ origin }) => origin === "inside")).toBe(true);
});

test("a server that closes every connection is counted out by the generator; one that keeps them is not", async () => {
  const closing = await plant(SERVER("", "connection: 'close'"));
  expect((await load(Number(closing.line), 1_000)).reopened).toBeGreaterThan(50);
  const keeping = await plant(SERVER("", ""));
  expect((await load(Number(keeping.line), 1_000)).reopened).toBe(0);
});

test("a target of the benchmark's own that stands still 80 of 100 ms says so", async () => {
  const sink = await Sink.start();
  const report = () => sink.report(join(directory, "effects.tsv"));
  try {
    await sink.reset(0);
    for (let times = 0; times < 5; times += 1) {
      process.kill(sink.pid, "SIGSTOP");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 80);
      process.kill(sink.pid, "SIGCONT");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
    // Beyond 10 ms, the machine is called disturbed and nothing is blamed on MeshHook.
    expect((await report()).extraMsP99).toBeGreaterThan(50);
  } finally {
    process.kill(sink.pid, "SIGCONT");
    await sink.stop();
  }
});

test("a process that leaks 5 MB a second is measured as one with eight readings", async () => {
  const leak = "const kept = []; setInterval(() => kept.push(Buffer.alloc(500000, 1)), 100); console.log('ready');";
  const { pid } = await plant(leak);
  const sampler = new ResourceSampler({ leaking: pid });
  const slope = (): number => {
    const points = sampler.readings.flatMap(({ atUs, processes }) => {
      const bytes = processes.get("leaking")?.rssBytes;
      return bytes === undefined ? [] : [[atUs / 1e6, bytes] as const];
    });
    return points.length < 8 ? 0 : (medianSlope(points) ?? 0);
  };
  // Late timers make it leak less, and on a machine that has no time for it nothing at all until later; never more.
  await expect.poll(slope, { timeout: 50_000, interval: 200 }).toBeGreaterThan(2e6);
  sampler.stop();
  expect(slope()).toBeLessThan(6e6);
});

test.each([
  [
    "event-loop",
    "setInterval(() => { const until = performance.now() + 150; while (performance.now() < until); }, 1000);",
  ],
  [
    "collection",
    "const kept = Array.from({ length: 3e6 }, (_, n) => ({ n })); setInterval(() => { gc(); kept.pop(); }, 1000);",
  ],
] as const)(
  "requests that a real server delays by %s are explained by it",
  async (cause, script) => {
    const path = join(directory, `${cause}.ndjson`);
    const { line } = await plant(SERVER(script, ""), probeOptions(path, "--expose-gc"));
    const measure = async (): Promise<Tail | null> => {
      const report = await load(Number(line), 3_000);
      const evidence = evidenceOf(webhookAckNominal);
      return slowRequestsOf({
        ...evidence,
        measured: { ...evidence.measured, report },
        runs: [],
        probe: await readProbe(path, report.startedAtUs, report.finishedAtUs),
      }).tail;
    };
    // A machine that others use adds causes of its own, and a stall of it may be all that the slowest requests show: then it is measured again.
    // Of the causes that are not the machine's, the one that was planted comes first.
    const ownCause = (tail: Tail | null) => tail?.causes.find((share) => machineShare([share]) === 0)?.cause;
    let tail = await measure();
    for (let again = 0; again < 4 && ownCause(tail) === undefined; again += 1) tail = await measure();
    expect(ownCause(tail)).toBe(cause);
    expect(tail?.unexplainedShare).toBeLessThan(0.5);
  },
  90_000,
);
