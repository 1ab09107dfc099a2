import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { unixUs } from "../clock.ts";
import { probeOptions, readProbe } from "./meshhook-probe.ts";

// A folder with a space: NODE_OPTIONS is split at spaces.
const directory = mkdtempSync(join(tmpdir(), "meshhook probe "));
afterAll(() => rmSync(directory, { recursive: true }));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

let files = 0;

function newFile(): string {
  files += 1;
  return join(directory, `${String(files)}.ndjson`);
}

function start(script: string, path: string, options = ""): ChildProcess {
  const child = spawn(process.execPath, ["-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: probeOptions(path, options) },
  });
  children.push(child);
  return child;
}

function read(path: string) {
  return readProbe(path, 0, Number.MAX_SAFE_INTEGER);
}

test("code that keeps the event loop busy shows with its instant and length", async () => {
  const path = newFile();
  const fromUs = unixUs();
  const child = start(
    `setTimeout(() => { const until = performance.now() + 120; while (performance.now() < until); }, 300);
     setTimeout(() => undefined, 1500);`,
    path,
  );
  await once(child, "exit");
  const report = await read(path);
  const longest = report?.busy.toSorted((a, b) => b.untilUs - b.fromUs - (a.untilUs - a.fromUs))[0];
  expect((longest?.untilUs ?? 0) - (longest?.fromUs ?? 0)).toBeGreaterThan(100_000);
  expect(longest?.fromUs).toBeGreaterThan(fromUs);
  expect(longest?.untilUs).toBeLessThan(unixUs());
  // It was the process' own code: it had the CPU, or was ready for it.
  expect((longest?.cpuUs ?? 0) + (longest?.waitedUs ?? 0)).toBeGreaterThan(90_000);
  expect(report?.seconds.length).toBeGreaterThanOrEqual(1);
});

test("a process that sleeps in its main thread has neither used a CPU nor waited for one", async () => {
  const path = newFile();
  const sleep = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)";
  const child = start(`setTimeout(() => ${sleep}, 300); setTimeout(() => undefined, 800);`, path);
  await once(child, "exit");
  const longest = (await read(path))?.busy.toSorted((a, b) => b.untilUs - b.fromUs - (a.untilUs - a.fromUs))[0];
  expect((longest?.untilUs ?? 0) - (longest?.fromUs ?? 0)).toBeGreaterThan(180_000);
  expect(longest?.lateUs).toBeGreaterThan(160_000);
  expect((longest?.cpuUs ?? 0) / ((longest?.untilUs ?? 0) - (longest?.fromUs ?? 0))).toBeLessThan(0.5);
});

test("collections show with their kind; NODE_OPTIONS that were there stay", async () => {
  const path = newFile();
  const child = start(
    `const kept = Array.from({ length: 300000 }, (_, n) => ({ n }));
     setTimeout(() => gc(), 300); setTimeout(() => kept.length, 800);`,
    path,
    "--expose-gc",
  );
  await once(child, "exit");
  expect(child.exitCode).toBe(0);
  const report = await read(path);
  const major = report?.collections.find(({ type }) => type === "major");
  expect((major?.untilUs ?? 0) - (major?.fromUs ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test("neither the process' life nor its worker threads are touched", async () => {
  const path = newFile();
  const child = start("", path);
  await once(child, "exit");
  expect(child.exitCode).toBe(0);
  const workers = newFile();
  const parent = start(
    `const { Worker } = require("node:worker_threads");
     new Worker("setTimeout(() => undefined, 1500)", { eval: true }).on("exit", () => undefined);`,
    workers,
  );
  await once(parent, "exit");
  // One a second, from the main thread only.
  const seconds = (await read(workers))?.seconds ?? [];
  const gaps = seconds.slice(1).map(({ atUs }, index) => atUs - (seconds[index]?.atUs ?? 0));
  expect(gaps.every((us) => us >= 900_000)).toBe(true);
});

test("a killed process leaves what it wrote, and the next one goes on in the same file", async () => {
  const path = newFile();
  const busy = `setInterval(() => { const until = performance.now() + 30; while (performance.now() < until); }, 50);`;
  const first = start(busy, path);
  await expect.poll(async () => (await read(path))?.busy.length ?? 0).toBeGreaterThan(3);
  first.kill("SIGKILL");
  await once(first, "exit");
  appendFileSync(path, '{"kind":"busy","fro');
  const before = (await read(path))?.busy.length ?? 0;
  start(busy, path);
  await expect.poll(async () => (await read(path))?.busy.length ?? 0).toBeGreaterThan(before);
});

test("only the asked stretch is read, and a file that is not there is no report", async () => {
  const path = newFile();
  appendFileSync(
    path,
    [100, 200, 300].map((ms) => JSON.stringify({ kind: "busy", fromUs: ms, untilUs: ms + 20 })).join("\n"),
  );
  expect((await readProbe(path, 210, 290))?.busy).toMatchObject([{ fromUs: 200 }]);
  expect(await read(newFile())).toBeNull();
});

test("of several processes, each second has the busiest, whichever that is; one process alone stays as it is", async () => {
  const path = newFile();
  const second = (pid: number, atMs: number, utilization: number) => ({
    kind: "second",
    pid,
    atUs: atMs * 1_000,
    utilization,
    collections: 2,
    collectionMs: utilization * 100,
    heapUsedBytes: pid * 1e6,
  });
  const write = (records: readonly object[]) =>
    appendFileSync(path, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  // 1 starts the others and does nothing else. They write when their own seconds end, 2 before 3.
  write([1, 2, 3].map((pid) => second(pid, 1_000 + pid * 100, [0, 0.9, 0.4][pid - 1] ?? 0)));
  write([3, 1, 2].map((pid) => second(pid, 2_000 + pid * 110, [0, 0.2, 0.7][pid - 1] ?? 0)));
  expect((await read(path))?.seconds).toEqual([
    { kind: "second", atUs: 1_300_000, utilization: 0.9, collections: 6, collectionMs: 90, heapUsedBytes: 3e6 },
    { kind: "second", atUs: 2_330_000, utilization: 0.7, collections: 6, collectionMs: 70, heapUsedBytes: 3e6 },
  ]);
  // A process that was started again in place of another.
  write([second(4, 3_900, 0.5), second(4, 4_901, 0.6)]);
  expect((await read(path))?.seconds.slice(2).map(({ utilization }) => utilization)).toEqual([0.5, 0.6]);
});
