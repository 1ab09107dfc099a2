import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { hostBetween, parseCpuLine, parsePressure, readHost } from "./host.ts";
import { parseStat, readProcessTree } from "./process-tree.ts";

describe("process tree", () => {
  test("a name with spaces and parentheses does not shift the fields", () => {
    const stat = parseStat(
      "4242 (postgres: a) (b) S 17 4242 4242 0 -1 4194560 1 0 0 0 120 30 7 3 20 0 1 0 100 1000000 555 184467 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0",
    );
    expect(stat).toEqual({ parent: 17, ticks: 150, childTicks: 10, pages: 555 });
  });

  test("CPU and memory of children are counted, also of those that ended", async () => {
    // A child burns CPU and ends; the grandchild that remains holds memory. The parent reports when the first is done.
    const burn = "const end = process.cpuUsage().user + 300000; while (process.cpuUsage().user < end);";
    const script = `
      const { spawn, spawnSync } = require("node:child_process");
      spawnSync(process.execPath, ["-e", ${JSON.stringify(burn)}]);
      spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]).on("spawn", () => console.log("done"));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"], detached: true });
    const { pid } = parent;
    if (pid === undefined) throw new Error("The child cannot be started.");
    await once(parent.stdout, "data");
    const alone = readProcessTree(process.pid);
    const usage = readProcessTree(pid);
    expect(usage?.cpuSeconds).toBeGreaterThanOrEqual(0.3);
    expect(usage?.rssBytes).toBeGreaterThan(20_000_000);
    expect(alone?.cpuSeconds).toBeGreaterThanOrEqual(usage?.cpuSeconds ?? Infinity);
    process.kill(-pid, "SIGKILL");
    await once(parent, "exit");
    expect(readProcessTree(pid)).toBeNull();
  });
});

describe("a process whose children have names of their own", () => {
  test("is billed neither for them, nor for their likes that have ended", async () => {
    const burn = "const end = process.cpuUsage().user + 300000; while (process.cpuUsage().user < end);";
    const script = `
      const { spawn, spawnSync } = require("node:child_process");
      spawnSync(process.execPath, ["-e", ${JSON.stringify(burn)}]);
      const child = spawn(process.execPath, ["-e", ${JSON.stringify(`${burn} setInterval(() => {}, 1000); console.log("x");`)}]);
      child.stdout.on("data", () => console.log(child.pid));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"], detached: true });
    const { pid } = parent;
    if (pid === undefined) throw new Error("The child cannot be started.");
    const [line] = (await once(parent.stdout, "data")) as readonly unknown[];
    const child = Number(String(line));
    const whole = readProcessTree(pid)?.cpuSeconds ?? 0;
    const own = readProcessTree(pid, new Set([child]))?.cpuSeconds ?? Infinity;
    expect(readProcessTree(child)?.cpuSeconds).toBeGreaterThanOrEqual(0.3);
    expect(whole - own).toBeGreaterThanOrEqual(0.6);
    process.kill(-pid, "SIGKILL");
    await once(parent, "exit");
  });
});

describe("host", () => {
  test("the CPU line adds up", () => {
    expect(parseCpuLine("cpu  100 5 50 800 20 1 4 20 0 0\ncpu0 …\n")).toEqual({
      busyTicks: 160,
      stealTicks: 20,
      totalTicks: 1_000,
    });
  });

  test("pressure is the total of the line for some tasks", () => {
    const text = "some avg10=0.00 avg60=0.00 avg300=0.00 total=4711\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=99\n";
    expect(parsePressure(text)).toBe(4_711);
    expect(parsePressure("")).toBeNull();
  });

  test("shares of a stretch lie between none and all", () => {
    const before = readHost();
    const burnUntil = performance.now() + 100;
    while (performance.now() < burnUntil);
    const shares = hostBetween(before, readHost());
    expect(shares.cpuBusyShare).toBeGreaterThan(0);
    expect(shares.cpuBusyShare).toBeLessThanOrEqual(1);
    expect(shares.stealShare).toBeGreaterThanOrEqual(0);
  });
});
