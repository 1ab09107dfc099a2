import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { HostTimeline } from "./host-timeline.ts";
import { parseRunQueueUs } from "./run-queue.ts";

test("moments follow each other without a gap, and shares are shares", async () => {
  const timeline = new HostTimeline({ meshhookPid: () => process.pid, postgresPids: () => [] });
  await expect.poll(() => timeline.moments.length).toBeGreaterThan(5);
  timeline.stop();
  const { moments } = timeline;
  moments.slice(1).forEach(({ fromUs }, index) => expect(fromUs).toBe(moments[index]?.untilUs));
  for (const { stealShare, cpuPressureShare, postgresWaitShare } of moments) {
    expect(stealShare).toBeGreaterThanOrEqual(0);
    expect(stealShare).toBeLessThanOrEqual(1);
    expect(cpuPressureShare ?? 0).toBeGreaterThanOrEqual(0);
    expect(postgresWaitShare).toBeNull();
  }
});

test.runIf(existsSync("/proc/self/schedstat"))(
  "processes that have to share their CPU are seen waiting for it, also one that MeshHook started; one that is gone is not seen at all",
  async () => {
    // More that want a CPU than there are: each waits for a good part of the time.
    const busy = Array.from({ length: availableParallelism() * 2 }, () =>
      spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }),
    );
    const start =
      'require("node:child_process").spawn(process.execPath, ["-e", "for (;;);"]); setInterval(() => {}, 1000);';
    const idle = spawn(process.execPath, ["-e", start], { stdio: "ignore", detached: true });
    const pids = busy.map(({ pid }) => pid ?? 0);
    const timeline = new HostTimeline({ meshhookPid: () => idle.pid ?? 0, postgresPids: () => pids });
    try {
      await expect
        .poll(() => timeline.moments.filter(({ meshhookWaitShare }) => (meshhookWaitShare ?? 0) > 0.2).length, {
          timeout: 10_000,
        })
        .toBeGreaterThan(2);
      expect(timeline.moments.some(({ postgresWaitShare }) => (postgresWaitShare ?? 0) > 0.2)).toBe(true);
    } finally {
      timeline.stop();
      for (const child of busy) child.kill("SIGKILL");
      if (idle.pid !== undefined) process.kill(-idle.pid, "SIGKILL");
    }
    const nobody = new HostTimeline({ meshhookPid: () => 2 ** 22 + 1, postgresPids: () => [] });
    await expect.poll(() => nobody.moments.length).toBeGreaterThan(0);
    nobody.stop();
    expect(nobody.moments[0]?.meshhookWaitShare).toBeNull();
  },
);

test("the second field of schedstat is the wait, in nanoseconds", () => {
  expect(parseRunQueueUs("1206435 84000 12\n")).toBe(84);
  expect(parseRunQueueUs("")).toBeNull();
});
