import { decodeFacts } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { haveSucceeded, start, target, type Bench } from "./bench.ts";
import { call, definitionOf, delay, until } from "./harness.ts";

/** What of a run's facts came from one of its nodes. */
async function factsOf(bench: Bench, runId: string, node: string): Promise<string[]> {
  const segments = await bench.store.journal.readRun(runId);
  return segments.flatMap(({ facts }) =>
    decodeFacts(facts).flatMap((fact) => ("node" in fact && fact.node === node ? [fact.kind] : [])),
  );
}

describe("a run whose call waits at the gate of its target", () => {
  it("stays in memory for the call, although another step waits for a distant time", async () => {
    const answers: (() => void)[] = [];
    const slow = await target((_call, response) => void answers.push(() => response.end("done")));
    const quick = await target((_call, response) => response.end("done"));
    const bench = await start({ allow: [slow.host, quick.host], limits: { memoryHorizonMs: 1_000 } });
    const definition = definitionOf(
      {
        limited: call(slow.url, { limits: { concurrency: 1 }, semantics: "at-most-once" }),
        later: delay(3_600_000),
        now: call(quick.url),
      },
      ["limited", "later", "now"].map((to) => ({ from: "hook", to })),
    );
    const version = await bench.publish(definition);
    const runIds: string[] = [];
    // One is out, one is next, and one stands behind it.
    for (let count = 1; count <= 3; count++) {
      runIds.push(await bench.accept(version));
      await until("its other call is answered", async () =>
        (await factsOf(bench, runIds[count - 1] ?? "", "now")).includes("response"),
      );
    }
    for (let count = 1; count <= 3; count++) {
      await until("the next call is out", () => slow.calls.length === count);
      answers[count - 1]?.();
    }
    for (const runId of runIds)
      await until("its answer is recorded", async () => (await factsOf(bench, runId, "limited")).includes("response"));
    expect(slow.calls).toHaveLength(3);
  });

  it("makes no call any more once it was canceled", async () => {
    const answers: (() => void)[] = [];
    const slow = await target((_call, response) => void answers.push(() => response.end("done")));
    const bench = await start({ allow: [slow.host] });
    const version = await bench.publish(definitionOf({ limited: call(slow.url, { limits: { concurrency: 1 } }) }));
    const runIds = [await bench.accept(version, 1), await bench.accept(version, 2), await bench.accept(version, 3)];
    await until("the first call is out", () => slow.calls.length === 1);
    expect(bench.runtime.stats().callsQueued).toBe(2);
    await bench.runtime.cancel(bench.projectId, runIds[2] ?? "", "not needed");
    await until("its place in the line is free", () => bench.runtime.stats().callsQueued === 1);
    answers[0]?.();
    await until("the second call is out", () => slow.calls.length === 2);
    answers[1]?.();
    await until("the others have ended", () => haveSucceeded(bench.store, runIds.slice(0, 2)));
    expect(slow.calls.map(({ body }) => body)).toEqual(["1", "2"]);
  });
});
