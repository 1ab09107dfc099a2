import { createMemoryStore } from "@meshhook/journal";
import { waitFor } from "@meshhook/testkit";
import { expect, it } from "vitest";

import { RejectionLog } from "./rejections.ts";

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

it("a database that refuses costs the record, not the process", async () => {
  const { catalog } = createMemoryStore();
  const away = Object.assign(Object.create(catalog) as typeof catalog, {
    recordRejection: () => Promise.reject(new Error("the database is away")),
  });
  const log = new RejectionLog(away);
  log.add(rejection);
  await waitFor("the loss is counted", () => log.dropped === 1);
});
