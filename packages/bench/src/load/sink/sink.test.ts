import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Sink } from "./sink.ts";

const RUN = "01890000-0000-7000-8000-000000000001";

test("the sink answers after its delay, and remembers run, key and time of every call until it is reset", async () => {
  const directory = await mkdtemp(join(tmpdir(), "meshhook-sink-"));
  const sink = await Sink.start();
  const call = (key: string) =>
    fetch(`http://127.0.0.1:${String(sink.port)}/effect?run=${RUN}`, {
      method: "POST",
      headers: { "idempotency-key": key },
      body: "{}",
    });
  try {
    await sink.reset(50);
    const before = Date.now();
    const answer = await call("first");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ accepted: true });
    expect(Date.now() - before).toBeGreaterThanOrEqual(49);
    await call("second");
    await call("second");
    const effects = await sink.effects(join(directory, "effects.tsv"));
    expect(effects.map(({ runId, key }) => [runId, key])).toEqual([
      [RUN, "first"],
      [RUN, "second"],
      [RUN, "second"],
    ]);
    for (const { atUs } of effects) expect(Math.abs(atUs / 1_000 - before)).toBeLessThan(10_000);
    await sink.reset(0);
    expect(await sink.effects(join(directory, "effects.tsv"))).toEqual([]);
  } finally {
    await sink.stop();
    await rm(directory, { recursive: true });
  }
});
