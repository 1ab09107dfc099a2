import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@meshhook/testkit";
import { expect, test } from "vitest";
import { unixUs } from "./clock.ts";
import { MEDIAN_OF, Witness } from "./witness.ts";

test("the witness sees a stall of its own timer, flushes meanwhile, and leaves nothing behind", async () => {
  const directory = await mkdtemp(join(tmpdir(), "meshhook-witness-"));
  const witness = Witness.start(join(directory, "witness"));
  try {
    const fromUs = unixUs();
    const until = performance.now() + 150;
    while (performance.now() < until);
    const untilUs = unixUs();
    await waitFor("as many flushes as make a median", () => witness.flushes >= MEDIAN_OF);
    const report = await witness.stop();
    const covering = report.stalls.filter((stall) => stall.fromUs < untilUs && stall.untilUs > fromUs);
    expect(Math.max(...covering.map((stall) => stall.untilUs - stall.fromUs))).toBeGreaterThan(100_000);
    expect(report.flushMsP50).toBeGreaterThan(0);
    expect(await readdir(directory)).toEqual([]);
    expect((await witness.stop()).stalls).toEqual(report.stalls);
  } finally {
    await witness.stop();
    await rm(directory, { recursive: true });
  }
});
