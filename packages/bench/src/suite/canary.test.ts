import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Canary } from "./canary.ts";

test("the canary computes, flushes and asks another process, and leaves nothing behind", async () => {
  const directory = mkdtempSync(join(tmpdir(), "meshhook-canary-"));
  const path = join(directory, "canary");
  const canary = await Canary.start(path);
  try {
    for (let reading = 0; reading < 2; reading += 1) {
      const { cpuMs, flushMs, roundTripMs } = await canary.read();
      for (const ms of [cpuMs, flushMs, roundTripMs]) {
        expect(ms).toBeGreaterThan(0);
        expect(ms).toBeLessThan(10_000);
      }
      expect(existsSync(path)).toBe(false);
    }
  } finally {
    await canary.stop();
    rmSync(directory, { recursive: true });
  }
  await expect(canary.read()).rejects.toThrow("ECONNREFUSED");
});
