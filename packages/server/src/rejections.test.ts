import type { IncomingHttpHeaders } from "node:http";

import { createMemoryStore } from "@meshhook/journal";
import { waitFor } from "@meshhook/testkit";
import { expect, it } from "vitest";

import { REJECTION_LIMITS, RejectionLog, type RejectedArrival } from "./rejections.ts";

const rejection = { projectId: "p", endpointId: "e", at: 1, code: "json_invalid", detail: "not JSON", bodyBytes: 1 };
const rejected = rejectedAt("e");

function rejectedAt(
  id: string,
  headers: IncomingHttpHeaders = {},
  signatureHeader: string | null = null,
): RejectedArrival {
  const open = { route: { endpoint: { id, projectId: "p" } }, signatureHeader, redaction: null };
  const request = { method: "POST", headers, socket: { remoteAddress: "::ffff:192.0.2.1" } };
  const arrival = { open, request, receivedAt: 1, proxies: null } as unknown as RejectedArrival["arrival"];
  return { arrival, status: 400, code: "json_invalid", detail: "not JSON", bodyBytes: 1, runId: null };
}

it("a flood of refusals is recorded only in part, and the rest is counted", async () => {
  const { catalog } = createMemoryStore();
  const log = new RejectionLog(catalog);
  const FLOOD = 5_000;
  for (let at = 0; at < FLOOD; at++) log.add(rejected);
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
  log.add(rejected);
  await waitFor("the loss is counted", () => log.dropped === 1);
});

it("a flood at one endpoint does not cost the records of the others", async () => {
  const { catalog } = createMemoryStore();
  const log = new RejectionLog(catalog);
  for (let at = 0; at < 5_000; at++) log.add(rejected);
  const before = log.dropped;
  log.add(rejectedAt("other"));
  expect(log.dropped).toBe(before);
});

it("the newest of many refusals are kept", async () => {
  const { catalog } = createMemoryStore();
  const left = async (): Promise<readonly string[]> =>
    (await catalog.listRejections({ projectId: "p", limit: 1_000 })).map(({ detail }) => detail);
  for (let at = 0; at < 100; at++) await catalog.recordRejection({ ...rejection, detail: `old ${at}` });
  const log = new RejectionLog(catalog, { ...REJECTION_LIMITS, keep: 20, trimEvery: 10 });
  for (let at = 0; at < 55; at++) log.add({ ...rejected, detail: `new ${at}` });
  await waitFor("the last one is recorded", async () => (await left())[0] === "new 54");
  await waitFor("the old ones are gone", async () => (await left()).length < 30);
  expect(await left()).not.toContain("old 99");
});

it("of a refused request, short headers without credentials and signatures are kept", async () => {
  const { catalog } = createMemoryStore();
  const log = new RejectionLog(catalog);
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`x-${at}`, "1"]));
  const secrets = { authorization: "Bearer s", cookie: "s", "x-hub-signature-256": "s", "acme-proof": "s" };
  const headers = { "content-type": "text/plain", "user-agent": "a".repeat(300), ...secrets, ...many };
  log.add(rejectedAt("e", headers, "acme-proof"));
  const listed = async () => catalog.listRejections({ projectId: "p", limit: 10 });
  await waitFor("the request is recorded", async () => (await listed()).length === 1);
  const [{ request } = {}] = await listed();
  expect(request).toMatchObject({ status: 400, method: "POST", address: "192.0.2.1", runId: null });
  expect(request?.headers).toMatchObject({ "content-type": "text/plain", "user-agent": `${"a".repeat(256)}…` });
  expect(Object.keys(request?.headers ?? {})).toHaveLength(32);
  expect(JSON.stringify(request)).not.toMatch(/authorization|cookie|signature|proof/);
});
