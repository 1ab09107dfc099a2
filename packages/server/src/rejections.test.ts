import { createMemoryStore } from "@meshhook/journal";
import { waitFor } from "@meshhook/testkit";
import { expect, it } from "vitest";

import { REJECTION_LIMITS, RejectionLog } from "./rejections.ts";

const rejection = { projectId: "p", endpointId: "e", at: 1, code: "json_invalid", detail: "not JSON", bodyBytes: 1 };

it("a flood of refusals is recorded only in part, and the rest is counted", async () => {
  const { catalog } = createMemoryStore();
  const log = new RejectionLog(catalog);
  const FLOOD = 5_000;
  for (let at = 0; at < FLOOD; at++) log.add(rejection);
  expect(log.dropped).toBeGreaterThan(FLOOD / 2);
  const recorded = async (): Promise<number> => (await catalog.listRejections({ projectId: "p", limit: FLOOD })).length;
  await waitFor("what was not dropped is recorded", async () => (await recorded()) === FLOOD - log.dropped);
});

it("a database that fails costs the record, not the process", async () => {
  const { catalog } = createMemoryStore();
  const away = Object.assign(Object.create(catalog) as typeof catalog, {
    recordRejection: () => Promise.reject(new Error("the database is away")),
  });
  const log = new RejectionLog(away);
  log.add(rejection);
  await waitFor("the loss is counted", () => log.dropped === 1);
});

it("a flood at one endpoint does not cost the records of the others", async () => {
  const { catalog } = createMemoryStore();
  const log = new RejectionLog(catalog);
  for (let at = 0; at < 5_000; at++) log.add(rejection);
  const before = log.dropped;
  log.add({ ...rejection, endpointId: "other" });
  expect(log.dropped).toBe(before);
});

it("the newest of many refusals are kept", async () => {
  const { catalog } = createMemoryStore();
  const left = async (): Promise<readonly string[]> =>
    (await catalog.listRejections({ projectId: "p", limit: 1_000 })).map(({ detail }) => detail);
  for (let at = 0; at < 100; at++) await catalog.recordRejection({ ...rejection, detail: `old ${at}` });
  const log = new RejectionLog(catalog, { ...REJECTION_LIMITS, keep: 20, trimEvery: 10 });
  for (let at = 0; at < 55; at++) log.add({ ...rejection, detail: `new ${at}` });
  await waitFor("the last one is recorded", async () => (await left())[0] === "new 54");
  await waitFor("the old ones are gone", async () => (await left()).length < 30);
  expect(await left()).not.toContain("old 99");
});
