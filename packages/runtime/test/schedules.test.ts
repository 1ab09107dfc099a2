import { decodeFacts } from "@meshhook/core";
import { expect, it } from "vitest";

import { inMemory, start, type Bench } from "./bench.ts";
import { transform, until } from "./harness.ts";

const everySecond = (missed: "skip" | "all") => ({
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "under-test",
  nodes: {
    tick: { type: "schedule@1", config: { cron: "* * * * * *", missed } },
    at: transform("nodes.tick.output.plannedAt"),
  },
  edges: [{ from: "tick", to: "at" }],
});

/** The seconds for which runs of a workflow were planned, in order. */
async function secondsOf({ store, projectId }: Bench, workflowId: string): Promise<readonly number[]> {
  const runs = await store.journal.listRuns({ projectId, workflowId, limit: 200 });
  const seconds = await Promise.all(
    runs.map(async ({ runId, status }) => {
      expect(status).toBe("succeeded");
      const [delivery] = decodeFacts((await store.journal.readRun(runId))[0]?.facts ?? "");
      if (delivery?.kind !== "delivery" || delivery.origin?.kind !== "schedule") throw new Error("no schedule");
      expect(delivery.body).toMatchObject({ cron: "* * * * * *", timezone: "UTC" });
      return delivery.origin.plannedAt / 1_000_000;
    }),
  );
  return seconds.toSorted((one, other) => one - other);
}

it("each time gets one run, however many processes there are, and what is missed is made up for by policy", async () => {
  const store = await inMemory.open();
  const one = await start({ store });
  const all = await one.publish(everySecond("all"), "all");
  const skip = await one.publish(everySecond("skip"), "skip");
  const two = await start({ store });
  await until("both schedules have run twice", async () =>
    (await secondsOf(one, all.workflowId)).length >= 2 ? (await secondsOf(one, skip.workflowId)).length >= 2 : false,
  );
  await one.runtime.drain(0);
  await two.runtime.drain(0);
  const before = (await secondsOf(one, all.workflowId)).at(-1) ?? 0;
  await until("two times have been missed", () => Date.now() / 1_000 > before + 3);
  const three = await start({ store });
  await until(
    "the schedules run again",
    async () => ((await secondsOf(one, skip.workflowId)).at(-1) ?? 0) > before + 2,
  );
  await until("all times have run", async () => ((await secondsOf(one, all.workflowId)).at(-1) ?? 0) > before + 2);
  await three.runtime.drain(0);

  const seconds = await secondsOf(three, all.workflowId);
  const first = seconds[0] ?? 0;
  expect(seconds).toEqual(seconds.map((_, at) => first + at));
  const skipped = await secondsOf(three, skip.workflowId);
  expect(new Set(skipped).size).toBe(skipped.length);
  expect(skipped).not.toContain(before + 1);
});
