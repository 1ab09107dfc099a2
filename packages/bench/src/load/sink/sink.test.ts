import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Sink } from "./sink.ts";

const RUN = "01890000-0000-7000-8000-000000000001";

test("the sink answers after its delay, and remembers run, key, body and time of every call until it is reset", async () => {
  const directory = await mkdtemp(join(tmpdir(), "meshhook-sink-"));
  const sink = await Sink.start();
  const call = (key: string, body = "{}") =>
    fetch(`http://127.0.0.1:${String(sink.port)}/effect?run=${RUN}`, {
      method: "POST",
      headers: { "idempotency-key": key },
      body,
    });
  try {
    await sink.reset(50);
    const before = Date.now();
    const answer = await call("first");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ accepted: true });
    expect(Date.now() - before).toBeGreaterThanOrEqual(49);
    await call("second");
    await call("second", '{"other":"ü"}');
    const { effects, extraMsP99 } = await sink.report(join(directory, "effects.tsv"));
    // Its 50 ms do not count as the sink's own delay.
    expect(extraMsP99).toBeGreaterThanOrEqual(0);
    expect(effects.map(({ runId, key, body }) => [runId, key, body])).toEqual([
      [RUN, "first", "{}"],
      [RUN, "second", "{}"],
      [RUN, "second", '{"other":"ü"}'],
    ]);
    for (const { atUs } of effects) expect(Math.abs(atUs / 1_000 - before)).toBeLessThan(10_000);
    await sink.reset(0);
    expect((await sink.report(join(directory, "effects.tsv"))).effects).toEqual([]);
  } finally {
    await sink.stop();
    await rm(directory, { recursive: true });
  }
});

test("connections that are opened again because earlier ones were closed are counted", async () => {
  const directory = await mkdtemp(join(tmpdir(), "meshhook-sink-"));
  const sink = await Sink.start();
  const call = (agent: Agent) =>
    new Promise<void>((resolve, reject) => {
      const outgoing = request({ port: sink.port, method: "POST", path: `/effect?run=${RUN}`, agent }, (answer) => {
        answer.resume().on("end", resolve);
      });
      outgoing.on("error", reject).end("{}");
    });
  const reopenedAfter = async (agent: Agent) => {
    await sink.reset(0);
    for (let times = 0; times < 5; times += 1) await call(agent);
    agent.destroy();
    return (await sink.report(join(directory, "effects.tsv"))).reopened;
  };
  try {
    expect(await reopenedAfter(new Agent({ keepAlive: true }))).toBe(0);
    // One of five is the first; how many of the others overlap with the closing of the one before is a matter of luck.
    expect(await reopenedAfter(new Agent({ keepAlive: false }))).toBeGreaterThan(0);
  } finally {
    await sink.stop();
    await rm(directory, { recursive: true });
  }
});
