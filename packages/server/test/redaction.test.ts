import type { RedactionRuleResource } from "@meshhook/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { publish, pureDefinition, startHarness, type Harness } from "./harness.ts";

const CANARY = "ada.lovelace@example.com";
const CARD = "4111 1111 1111 1111";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  await publish(harness.client, pureDefinition());
});
afterAll(() => harness.close());

interface Made {
  readonly id: string;
  readonly url: string;
}

async function endpoint(settings: object = {}): Promise<Made> {
  const { id, path } = await harness.client.createEndpoint({ body: { workflow: "pure", name: "made", ...settings } });
  return { id, url: harness.url + path };
}

async function send(
  url: string,
  body: string | undefined,
  headers: Record<string, string> = {},
  method = "POST",
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: { "content-type": "application/json", ...headers },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Everything that is stored of a run, as text. */
async function storedOf(runId: unknown): Promise<string> {
  const [project] = await harness.store.catalog.listProjects();
  const segments = await harness.store.journal.readRun(String(runId), { projectId: project?.id ?? "" });
  expect(segments.length).toBeGreaterThan(0);
  return segments.map(({ facts }) => facts).join("\n");
}

const CONTACT: RedactionRuleResource = { name: "contact", patterns: ["email", "card"], replace: "pseudonym" };
const RULES: readonly RedactionRuleResource[] = [
  { name: "people", paths: ["customer.name"], headers: ["x-user"], query: ["who"], address: true },
  CONTACT,
];

describe("what rules of an endpoint redact", () => {
  it.each([
    [
      "application/json",
      `{"customer":{"name":"Ada"},  "mail":"${CANARY}", "n":1.50, "pan":4111111111111111}`,
      `"n":1.50`,
    ],
    [
      "application/x-www-form-urlencoded",
      `mail=${encodeURIComponent(CANARY)}&pan=${encodeURIComponent(CARD)}`,
      `"pan":"[redacted:`,
    ],
    ["application/xml", `<order><mail>${CANARY}</mail><pan>${CARD}</pan></order>`, "<order><mail>[redacted:"],
    ["text/plain", `From ${CANARY} with ${CARD}`, "From [redacted:"],
    [
      "multipart/form-data; boundary=b",
      `--b\r\ncontent-disposition: form-data; name="mail"\r\n\r\n${CANARY}\r\n--b\r\ncontent-disposition: form-data; name="f"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\n${CARD}\r\n--b--\r\n`,
      `"text":"[redacted:`,
    ],
  ])("is not stored of %s", async (contentType, body, expected) => {
    const { id, url } = await endpoint({ redaction: RULES });
    const accepted = await send(`${url}?who=Ada&page=1`, body, {
      "content-type": contentType,
      "x-user": "Ada",
      "x-note": `call ${CANARY}`,
    });
    expect(accepted.status).toBe(202);
    const stored = await storedOf(accepted.body["runId"]);
    for (const secret of [CANARY, CARD, "4111111111111111", "Ada", "127.0.0.1"]) expect(stored).not.toContain(secret);
    expect(stored).toContain(expected);
    expect(stored).toContain(`"page":"1"`);
    expect(stored).toContain(`"x-note":"call [redacted:`);
    const { items } = await harness.client.listDeliveries({ endpoint: id });
    expect(items[0]).toMatchObject({ address: null, redacted: { contact: 3 } });
    expect(items[0]?.redacted["people"]).toBe(contentType === "application/json" ? 3 : 2);
  });

  it("is not stored of a query that is the payload", async () => {
    const { url } = await endpoint({ redaction: RULES, methods: ["GET"], handshakes: "off" });
    const { body } = await send(`${url}?who=Ada&mail=${encodeURIComponent(CANARY)}`, undefined, {}, "GET");
    const stored = await storedOf(body["runId"]);
    expect(stored).not.toContain("Ada");
    expect(stored).not.toContain(CANARY);
    expect(/"query":(\{.*?\}),"body":(\{.*?\})/.exec(stored)?.slice(1)).toEqual([
      expect.stringContaining(`"who":"[redacted]"`),
      expect.stringContaining(`"who":"[redacted]"`),
    ]);
  });

  it("is checked before: signature, schema and key see what was sent", async () => {
    const payloadSchema = { required: ["mail"], properties: { mail: { pattern: "@example[.]com$" } } };
    const { url } = await endpoint({ redaction: RULES, payloadSchema, dedupeExpression: "input.mail" });
    const first = await send(url, `{"mail":"${CANARY}"}`);
    const again = await send(url, `{"mail":"${CANARY}"}`);
    const other = await send(url, `{"mail":"b${CANARY}"}`);
    expect([first.status, again.status, other.status]).toEqual([202, 200, 202]);
    expect(again.body).toMatchObject({ runId: first.body["runId"], duplicate: true });
    expect((await send(url, `{"mail":"${CANARY}x"}`)).status).toBe(422);
  });

  it("is not in the records of refusals and repeats, either", async () => {
    const { id, url } = await endpoint({ redaction: RULES, dedupeHeader: "x-id", methods: ["POST"] });
    const headers = {
      "x-user": "Ada",
      "x-id": CANARY,
      "x-note": CANARY,
      "content-type": `text/plain; charset=${CANARY}`,
    };
    expect((await send(url, "ö", headers)).status).toBe(415);
    const good = { ...headers, "content-type": "application/json" };
    const accepted = await send(url, "{}", good);
    expect((await send(url, "{}", good)).status).toBe(200);
    expect(await storedOf(accepted.body["runId"])).not.toContain(CANARY);
    await expect
      .poll(async () => (await harness.client.listDeliveries({ endpoint: id })).items.length, { timeout: 5_000 })
      .toBe(3);
    const text = JSON.stringify(await harness.client.listDeliveries({ endpoint: id }));
    for (const secret of [CANARY, "Ada", "127.0.0.1"]) expect(text).not.toContain(secret);
  });

  it("is refused with 422 where it takes too much work, and nothing is stored", async () => {
    const { id, url } = await endpoint({ redaction: [{ name: "all", paths: ["[*]"] }] });
    const body = JSON.stringify(Array.from({ length: 50_001 }, () => 1));
    expect(await send(url, body)).toMatchObject({ status: 422, body: { code: "redaction_impossible" } });
    await expect
      .poll(async () => (await harness.client.listRejections({ endpointId: id })).items[0]?.code)
      .toBe("redaction_impossible");
    expect((await harness.client.listDeliveries({ endpoint: id, outcome: "accepted" })).items).toEqual([]);
  });
});

describe("what rules of a project redact", () => {
  it("is not stored of deliveries, test deliveries, replays, edited input and signals", async () => {
    const made = await endpoint();
    const before = await send(made.url, `{"mail":"${CANARY}"}`);
    expect(await storedOf(before.body["runId"])).toContain(CANARY);
    const runId = String(before.body["runId"]);
    await harness.client.updateProject({ project: "default", body: { redaction: [CONTACT] } });
    try {
      const direct = await send(made.url, `{"mail":"${CANARY}"}`);
      const test = await harness.client.sendTestDelivery({
        endpointId: made.id,
        body: { body: `{"mail":"${CANARY}"}` },
      });
      const replay = await harness.client.replayRun({ runId, body: { idempotencyKey: "k", version: "same" } });
      const resumed = await harness.client.resumeRun({
        runId,
        body: { idempotencyKey: "k", step: "copy", input: { mail: CANARY } },
      });
      for (const run of [direct.body["runId"], test.runId, replay.runId, resumed.runId]) {
        const stored = await storedOf(run);
        expect(stored).not.toContain(CANARY);
        expect(stored).toContain("[redacted:");
      }
    } finally {
      await harness.client.updateProject({ project: "default", body: { redaction: null } });
    }
    expect(await storedOf((await send(made.url, `{"mail":"${CANARY}"}`)).body["runId"])).toContain(CANARY);
  });

  it("has the same pseudonym in all processes, also under another secret key", async () => {
    const { url } = await endpoint({ redaction: RULES });
    const [, mark] = /"m":"(.*?)"/.exec(await storedOf((await send(url, `{"m":"${CANARY}"}`)).body["runId"])) ?? [];
    const secretKey = Buffer.alloc(32, 8);
    const other = await startHarness({
      store: harness.store,
      key: harness.key,
      secretKey,
      formerSecretKeys: [Buffer.alloc(32, 7)],
    });
    try {
      expect(await other.client.rewrapSecrets({ body: {} })).toMatchObject({ unreadable: 0, next: null });
    } finally {
      await other.close();
    }
    const alone = await startHarness({ store: harness.store, key: harness.key, secretKey });
    try {
      const { body } = await send(alone.url + new URL(url).pathname, `{"m":"${CANARY}"}`);
      expect(await storedOf(body["runId"])).toContain(`"m":"${mark}"`);
    } finally {
      await alone.close();
    }
  });
});

it.each([
  [[{ name: "a" }], "names nothing to redact"],
  [[{ name: "a", paths: ["a..b"] }], "is not a path"],
  [[{ name: "a", expressions: ["(?=a)"] }], "without look-around"],
  [
    [
      { name: "a", paths: ["x"] },
      { name: "a", paths: ["y"] },
    ],
    'is called "a"',
  ],
])("rules %j are refused with the reason", async (redaction, reason) => {
  await expect(endpoint({ redaction })).rejects.toMatchObject({
    code: "request_invalid",
    issues: [{ message: expect.stringContaining(reason) }],
  });
  await expect(harness.client.updateProject({ project: "default", body: { redaction } })).rejects.toMatchObject({
    code: "request_invalid",
  });
});
