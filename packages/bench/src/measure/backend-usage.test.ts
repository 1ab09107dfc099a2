import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { BackendUsage } from "./backend-usage.ts";

test("CPU is counted by type from the first reading on, also of a process that has ended", async () => {
  const busy = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  const idle = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000);"], { stdio: "ignore" });
  const types = new Map([
    [busy.pid ?? 0, "client backend"],
    [idle.pid ?? 0, "walwriter"],
  ]);
  const usage = new BackendUsage();
  try {
    expect(usage.read(types).get("client backend")).toBe(0);
    await expect.poll(() => usage.read(types).get("client backend")).toBeGreaterThan(0.2);
    expect(usage.read(types).get("walwriter")).toBeLessThan(0.2);
  } finally {
    busy.kill("SIGKILL");
    idle.kill("SIGKILL");
  }
  const before = usage.read(types).get("client backend") ?? 0;
  expect(usage.read(new Map()).get("client backend")).toBeGreaterThanOrEqual(before);
});
