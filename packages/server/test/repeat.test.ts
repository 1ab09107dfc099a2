import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { post, publish, pureDefinition, raw, startHarness, waitingDefinition, type Harness } from "./harness.ts";

let harness: Harness;
let keys = 0;

beforeAll(async () => {
  harness = await startHarness();
  await publish(harness.client, pureDefinition());
});
afterAll(() => harness.close());

async function endpoint(settings: object, workflow = "pure"): Promise<string> {
  return harness.url + (await harness.client.createEndpoint({ body: { workflow, name: "n", ...settings } })).path;
}
const newKey = (): string => `key-${keys++}`;

describe("a key that comes again with another body", () => {
  it.each([
    ["by_source", "idempotency-key", 409],
    ["by_source", "x-event-id", 200],
    ["first_counts", "idempotency-key", 200],
    ["first_counts", "x-event-id", 200],
    ["compare", "idempotency-key", 409],
    ["compare", "x-event-id", 409],
  ] as const)("where sameKey is %s and the key is %s's", async (sameKey, header, status) => {
    const url = await endpoint({ dedupeHeader: "X-Event-ID", sameKey });
    const key = newKey();
    const first = await post(url, '{"sentAt":1}', { [header]: key });
    const again = await post(url, '{"sentAt":2}', { [header]: key });
    expect(again.status).toBe(status);
    if (status === 409) return expect(again.body).toMatchObject({ code: "idempotency_key_reused" });
    // The answer names the run, and says that it was started with another body.
    expect(again.body).toEqual({ runId: first.body["runId"], duplicate: true, sameBody: false });
    expect((await post(url, '{"sentAt":1}', { [header]: key })).body).toEqual({
      runId: first.body["runId"],
      duplicate: true,
    });
  });

  it("is by_source by default, also if the endpoint's own header is idempotency-key", async () => {
    const url = await endpoint({ dedupeHeader: "Idempotency-Key" });
    const key = newKey();
    await post(url, "1", { "idempotency-key": key });
    expect((await post(url, "2", { "idempotency-key": key })).status).toBe(409);
  });
});

describe("a dedupe header", () => {
  it("may be any token in any case; it is stored in lower case", async () => {
    for (const dedupeHeader of ["X-GitHub-Delivery", "Event_Id", "x.y!"]) {
      const { id } = await harness.client.createEndpoint({ body: { workflow: "pure", name: "n", dedupeHeader } });
      const read = async () =>
        (await harness.client.listEndpoints()).items.find((item) => item.id === id)?.dedupeHeader;
      expect(await read()).toBe(dedupeHeader.toLowerCase());
      await harness.client.updateEndpoint({ endpointId: id, body: { dedupeHeader: "X-Other" } });
      expect(await read()).toBe("x-other");
      await harness.client.updateEndpoint({ endpointId: id, body: { dedupeHeader: null } });
      expect(await read()).toBeNull();
    }
  });

  it.each(["Authorization", "Set-Cookie", "X-Api-Key", "x_sig", "X-Session-Id"])(
    "is never %s: a credential would be stored as a key",
    async (dedupeHeader) => {
      const refusal = { code: "request_invalid", issues: [{ path: "/body/dedupeHeader", code: "invalid_value" }] };
      const make = harness.client.createEndpoint({ body: { workflow: "pure", name: "n", dedupeHeader } });
      await expect(make).rejects.toMatchObject(refusal);
      const { id } = await harness.client.createEndpoint({ body: { workflow: "pure", name: "n" } });
      const change = harness.client.updateEndpoint({ endpointId: id, body: { dedupeHeader } });
      await expect(change).rejects.toMatchObject(refusal);
    },
  );

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("may be %s", async (dedupeHeader) => {
    const { pathname } = new URL(await endpoint({ dedupeHeader }));
    const send = (line: string): Promise<string> =>
      raw(
        harness.server.port,
        `POST ${pathname} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n${line}content-length: 2\r\n\r\n{}`,
      );
    expect(await send("")).toMatch(/^HTTP\/1\.1 202 /);
    expect(await send(`${dedupeHeader}: 1\r\n`)).toMatch(/^HTTP\/1\.1 202 /);
    expect(await send(`${dedupeHeader}: 1\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await send(`${dedupeHeader}: 2\r\n`)).toMatch(/^HTTP\/1\.1 202 /);
  });

  it.each(["", "with space", "colon:", "ä", "x".repeat(65)])("is never '%.10s'", async (dedupeHeader) => {
    await expect(
      harness.client.createEndpoint({ body: { workflow: "pure", name: "n", dedupeHeader } }),
    ).rejects.toMatchObject({ code: "request_invalid" });
  });
});

describe("a key in two lines", () => {
  const send = async (header: string, values: readonly string[]): Promise<string> => {
    const { pathname } = new URL(await endpoint({ dedupeHeader: "x-event-id" }));
    const lines = values.map((value) => `${header}: ${value}\r\n`).join("");
    return raw(
      harness.server.port,
      `POST ${pathname} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n${lines}content-length: 2\r\n\r\n{}`,
    );
  };

  it.each(["idempotency-key", "Idempotency-Key", "X-Event-Id"])(
    "of %s is one where they are the same, and none where not",
    async (header) => {
      expect(await send(header, ["k", "k"])).toMatch(/^HTTP\/1\.1 202 /);
      expect(await send(header, ["k", "l"])).toMatch(/^HTTP\/1\.1 400 [\s\S]*idempotency_key_invalid/);
      expect(await send(header, ["k", ""])).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  it("is the same as one line: a repeat through another path stays a repeat", async () => {
    const url = await endpoint({});
    const key = newKey();
    const first = await post(url, "{}", { "idempotency-key": key });
    const twice = await raw(
      harness.server.port,
      `POST ${new URL(url).pathname} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\nidempotency-key: ${key}\r\nIdempotency-Key: ${key}\r\ncontent-length: 2\r\n\r\n{}`,
    );
    expect(twice).toContain(String(first.body["runId"]));
  });

  it("differs in case, inner blanks and length: keys are compared exactly", async () => {
    const url = await endpoint({});
    const runIds = new Set<unknown>();
    for (const key of ["Key", "key", "k ey", "key1", '"key"'])
      runIds.add((await post(url, "{}", { "idempotency-key": key })).body["runId"]);
    expect(runIds.size).toBe(5);
  });
});

describe("a repeat on an endpoint that answers with results", () => {
  it("gets the result of the run, like the first", async () => {
    const url = await endpoint({ answer: "result" });
    const headers = { "idempotency-key": newKey() };
    const first = await post(url, '{"a":1}', headers);
    const again = await post(url, '{"a":1}', headers);
    expect(again.status).toBe(200);
    expect(again.body).toEqual({ ...first.body, duplicate: true });
  });

  it("gets the id of the run while it has not ended", async () => {
    const { slug } = await harness.client.createWorkflow({ body: { definition: waitingDefinition() } });
    await harness.client.publishWorkflow({ workflow: slug });
    const url = await endpoint({ answer: "result", resultTimeoutMs: 20 }, slug);
    const headers = { "idempotency-key": newKey() };
    const first = await post(url, "{}", headers);
    const again = await post(url, "{}", headers);
    expect([again.status, again.body]).toEqual([200, { runId: first.body["runId"], duplicate: true }]);
  });
});

describe("a key of one header", () => {
  const send = async (url: string, header: string, key: string): Promise<readonly [number, unknown]> => {
    const { status, body } = await post(url, "{}", { [header]: key });
    return [status, body["runId"]];
  };

  it("is not the key of another: a sender's, a provider's, and that of the header that the endpoint had before", async () => {
    const { id, path } = await harness.client.createEndpoint({
      body: { workflow: "pure", name: "n", dedupeHeader: "x-event-id" },
    });
    const url = harness.url + path;
    const key = newKey();
    const runs = [await send(url, "x-event-id", key), await send(url, "idempotency-key", key)];
    // Neither can a sender write a key that is stored like a provider's.
    runs.push(
      await send(url, "idempotency-key", `x-event-id ${key}`),
      await send(url, "idempotency-key", `x-event-id: ${key}`),
    );
    await harness.client.updateEndpoint({ endpointId: id, body: { dedupeHeader: "x-delivery-id" } });
    runs.push(await send(url, "x-delivery-id", key));
    expect(runs.map(([status]) => status)).toEqual([202, 202, 202, 202, 202]);
    expect(new Set(runs.map(([, runId]) => runId)).size).toBe(5);
    expect(await send(url, "x-delivery-id", key)).toEqual([200, runs[4]?.[1]]);
    expect(await send(url, "idempotency-key", key)).toEqual([200, runs[1]?.[1]]);
    await harness.client.updateEndpoint({ endpointId: id, body: { dedupeHeader: "X-Event-ID" } });
    expect(await send(url, "x-event-id", key)).toEqual([200, runs[0]?.[1]]);
  });

  it("may be as long as a key can be, behind the longest name", async () => {
    const dedupeHeader = "x".repeat(64);
    const url = await endpoint({ dedupeHeader });
    const key = "k".repeat(255);
    expect((await send(url, dedupeHeader, key))[0]).toBe(202);
    expect((await send(url, dedupeHeader, key))[0]).toBe(200);
  });

  it("is found as an earlier release stored it, until the endpoint gets another header", async () => {
    const { items } = await harness.client.listWorkflows({});
    const workflowId = items.find(({ slug }) => slug === "pure")?.id ?? "";
    const projectId = (await harness.client.getSession()).project.id;
    const old = await harness.store.catalog.createEndpoint({
      projectId,
      workflowId,
      token: "made-by-an-earlier-release",
      name: "old",
      signature: "none",
      signatureSettings: "{}",
      sealedSecret: null,
      formerKeys: [],
      dedupeHeader: "x-event-id",
      keysByHeader: false,
      bodyBytesMax: 1_000,
      answer: "accepted",
      resultTimeoutMs: 1_000,
      sameKey: "by_source",
      handshakes: "on",
      sealedVerifyToken: null,
      acceptance: {},
      alias: null,
    });
    const url = `${harness.url}/hooks/${old.token}`;
    const key = newKey();
    const first = await send(url, "x-event-id", key);
    const keysByHeader = async (): Promise<boolean | undefined> =>
      (await harness.store.catalog.findRoute(old.token))?.endpoint.keysByHeader;
    // Before, both headers had one name space; what is stored in it must be found.
    expect(await send(url, "idempotency-key", key)).toEqual([200, first[1]]);
    await harness.client.updateEndpoint({ endpointId: old.id, body: { dedupeHeader: "X-Event-Id", name: "older" } });
    expect(await send(url, "x-event-id", key)).toEqual([200, first[1]]);
    expect(await keysByHeader()).toBe(false);
    await harness.client.updateEndpoint({ endpointId: old.id, body: { dedupeHeader: "x-delivery-id" } });
    expect(await keysByHeader()).toBe(true);
    expect((await send(url, "x-delivery-id", key))[0]).toBe(202);
    expect(await send(url, "idempotency-key", key)).toEqual([200, first[1]]);
  });
});
