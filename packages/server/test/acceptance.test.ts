import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { publish, pureDefinition, SECRET, sign, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ trustedProxies: ["127.0.0.1"] });
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

interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly [name: string]: unknown };
}

async function send(
  url: string,
  init: Omit<RequestInit, "headers"> & { readonly headers?: Record<string, string> } = {},
): Promise<Sent> {
  const headers = { "content-type": "application/json", ...init.headers };
  const response = await fetch(url, {
    method: "POST",
    ...(init.method === "GET" ? {} : { body: "{}" }),
    ...init,
    headers,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text.startsWith("{") ? JSON.parse(text) : {} };
}

/** What the workflow got, once the run is over. */
async function inputOf({ status, body }: Sent): Promise<unknown> {
  expect(status).toBe(202);
  const { result } = await harness.client.getRun({ runId: String(body["runId"]) });
  const output = (result?.output ?? null) as { readonly got: unknown } | null;
  return output?.got;
}

/** The newest refusal. It is recorded beside its answer, so it may arrive later. */
async function refusal({ id }: Made): Promise<{ readonly code: string; readonly detail: string } | undefined> {
  await expect.poll(async () => (await harness.client.listRejections({ endpointId: id })).items.length).toBe(1);
  return (await harness.client.listRejections({ endpointId: id })).items[0];
}

async function runs(): Promise<number> {
  return (await harness.client.listRuns({ limit: 200 })).items.length;
}

describe("a paused endpoint", () => {
  it("answers 503, stores nothing, records the refusal, answers handshakes, and accepts again when it is resumed", async () => {
    const made = await endpoint();
    const { pausedAt } = await harness.client.pauseEndpoint({ endpointId: made.id });
    expect(pausedAt).not.toBeNull();
    expect((await harness.client.pauseEndpoint({ endpointId: made.id })).pausedAt).toBe(pausedAt);
    const before = await runs();
    const refused = await send(made.url);
    expect([refused.status, refused.body["code"], refused.headers.get("retry-after")]).toEqual([
      503,
      "endpoint_paused",
      "60",
    ]);
    expect(await runs()).toBe(before);
    expect(await refusal(made)).toMatchObject({ code: "endpoint_paused" });
    const handshake = { type: "url_verification", challenge: "abc" };
    const shaken = await send(made.url, { body: JSON.stringify(handshake) });
    expect([shaken.status, shaken.body]).toEqual([200, { challenge: "abc" }]);
    expect((await fetch(`${made.url}?challenge=abc`)).status).toBe(200);
    await harness.client.updateEndpoint({ endpointId: made.id, body: { name: "renamed" } });
    expect((await send(made.url)).status).toBe(503);
    expect((await harness.client.resumeEndpoint({ endpointId: made.id })).pausedAt).toBeNull();
    expect((await send(made.url)).status).toBe(202);
    await expect(harness.client.pauseEndpoint({ endpointId: "none" })).rejects.toMatchObject({ code: "not_found" });
  });

  it("says nothing of its pause to a request without a valid signature", async () => {
    const { id, url } = await endpoint({ signature: "github-sha256", secret: SECRET });
    await harness.client.pauseEndpoint({ endpointId: id });
    expect((await send(url)).status).toBe(401);
    expect((await send(url, { headers: { "x-hub-signature-256": sign("{}") } })).status).toBe(503);
  });
});

describe("methods", () => {
  it("are POST alone by default; others get 405 with Allow", async () => {
    const [open, silent] = [await endpoint(), await endpoint({ handshakes: "off" })];
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      const refused = await send(open.url, { method });
      expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS, POST"]);
    }
    expect((await send(silent.url, { method: "GET" })).headers.get("allow")).toBe("OPTIONS, POST");
  });

  it("that are chosen deliver, and the others get 405 with Allow", async () => {
    const { id, url } = await endpoint({ methods: ["PUT", "PATCH"], handshakes: "off" });
    expect(await inputOf(await send(url, { method: "PUT", body: '{"n":1}' }))).toEqual({ n: 1 });
    expect(await inputOf(await send(url, { method: "PATCH", body: '{"n":2}' }))).toEqual({ n: 2 });
    for (const method of ["POST", "GET", "DELETE"]) {
      const refused = await send(url, { method });
      expect([refused.status, refused.body["code"], refused.headers.get("allow")]).toEqual([
        405,
        "method_not_allowed",
        "OPTIONS, PATCH, PUT",
      ]);
    }
    expect((await fetch(url, { method: "OPTIONS" })).headers.get("allow")).toBe("OPTIONS, PATCH, PUT");
    expect((await fetch(url, { method: "HEAD" })).status).toBe(405);
    expect((await harness.client.sendTestDelivery({ endpointId: id, body: {} })).status).toBe(202);
  });

  it("GET and DELETE deliver the query, and handshakes by GET come first", async () => {
    const { url } = await endpoint({ methods: ["GET", "DELETE", "POST"] });
    expect(await inputOf(await send(`${url}?a=1&b=x&b=y`, { method: "GET" }))).toEqual({ a: "1", b: ["x", "y"] });
    expect(await inputOf(await send(`${url}?a=2`, { method: "DELETE", body: null }))).toEqual({ a: "2" });
    expect(await inputOf(await send(url, { method: "GET" }))).toEqual({});
    expect(await inputOf(await send(`${url}?a=3`))).toEqual({});
    const before = await runs();
    const shaken = await fetch(`${url}?hub.mode=subscribe&hub.challenge=77`);
    expect([shaken.status, await shaken.text()]).toEqual([200, "77"]);
    expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
    const withBody = await send(`${url}?a=1`, { method: "DELETE", body: "{}" });
    expect([withBody.status, withBody.body["code"]]).toEqual([400, "body_not_allowed"]);
    expect(await runs()).toBe(before);
  });

  it("a key that comes again with another query is another delivery with the same key", async () => {
    const { url } = await endpoint({ methods: ["GET"] });
    const headers = { "idempotency-key": "once" };
    const first = await send(`${url}?a=1`, { method: "GET", headers });
    expect(first.status).toBe(202);
    const again = await send(`${url}?a=1`, { method: "GET", headers });
    expect([again.status, again.body["runId"]]).toEqual([200, first.body["runId"]]);
    expect((await send(`${url}?a=2`, { method: "GET", headers })).status).toBe(409);
  });
});

describe("content types", () => {
  it("that are not among the chosen ones get 415 with Accept, and handshakes come first", async () => {
    const made = await endpoint({ contentTypes: ["application/x-www-form-urlencoded", "text/*"] });
    const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    expect(await inputOf(await send(made.url, { body: "a=1", headers: form }))).toEqual({ a: "1" });
    expect(await inputOf(await send(made.url, { body: "hello", headers: { "content-type": "text/plain" } }))).toBe(
      "hello",
    );
    const shaken = await send(made.url, { body: '{"challenge":"abc"}' });
    expect(shaken.status).toBe(200);
    const refused = await send(made.url, { body: '{"a":1}' });
    expect([refused.status, refused.body["code"], refused.headers.get("accept")]).toEqual([
      415,
      "content_type_unsupported",
      "application/x-www-form-urlencoded, text/*",
    ]);
    expect(refused.body["detail"]).toContain('"application/json"');
    expect(await refusal(made)).toMatchObject({ code: "content_type_unsupported" });
  });
});

describe("CloudEvents", () => {
  const attributes = { specversion: "1.0", id: "e-1", source: "/shop", type: "order.made" };
  const ce = (more: Record<string, string> = {}) =>
    Object.fromEntries(Object.entries({ ...attributes, ...more }).map(([name, value]) => [`ce-${name}`, value]));

  it("in structured and binary mode give the same payload", async () => {
    const { url } = await endpoint({ cloudEvents: "required" });
    const structured = { ...attributes, id: "s-1", datacontenttype: "application/json", data: { n: 1 } };
    const headers = { "content-type": "application/cloudevents+json; charset=utf-8" };
    expect(await inputOf(await send(url, { body: JSON.stringify(structured), headers }))).toEqual(structured);
    const binary = await send(url, { body: '{"n":1}', headers: ce({ id: "b-1" }) });
    expect(await inputOf(binary)).toEqual({ ...structured, id: "b-1" });
  });

  it("in binary mode have decoded attributes, and bytes that cannot be read in base64", async () => {
    const { url } = await endpoint({ cloudEvents: "required" });
    const subject = { subject: "Euro%20%E2%82%AC%20100%" };
    const none = await send(url, { body: null, headers: { ...ce({ id: "b-2", ...subject }), "content-type": "" } });
    expect(await inputOf(none)).toMatchObject({ id: "b-2", subject: "Euro € 100%" });
    const bytes = { ...ce({ id: "b-3" }), "content-type": "application/octet-stream" };
    expect(await inputOf(await send(url, { body: new Uint8Array([255, 0]), headers: bytes }))).toEqual({
      ...attributes,
      id: "b-3",
      datacontenttype: "application/octet-stream",
      data_base64: "/wA=",
    });
  });

  it("are known again by source and id, whatever the mode; a key that is sent comes first", async () => {
    const { url } = await endpoint({ cloudEvents: "required" });
    const first = await send(url, { headers: ce() });
    const headers = { "content-type": "application/cloudevents+json" };
    const again = await send(url, { body: JSON.stringify(attributes), headers });
    expect([again.status, again.body["runId"]]).toEqual([200, first.body["runId"]]);
    expect((await send(url, { headers: ce({ source: "/other" }) })).status).toBe(202);
    expect((await send(url, { headers: { ...ce(), "idempotency-key": "mine" } })).status).toBe(202);
  });

  it.each([
    ["neither of the two modes", {}, "{}"],
    ["an attribute that is missing", { "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/" }, "{}"],
    ["an empty attribute", { ...ce({ id: "" }) }, "{}"],
    ["another version", ce({ specversion: "0.3" }), "{}"],
    ["bytes that are not UTF-8", ce({ subject: "%ff" }), "{}"],
    ["a structured event that is a list", { "content-type": "application/cloudevents+json" }, "[]"],
  ])("with %s get 400", async (_what, headers, body) => {
    const { url } = await endpoint({ cloudEvents: "required" });
    const refused = await send(url, { body, headers });
    expect([refused.status, refused.body["code"]]).toEqual([400, "cloudevent_invalid"]);
  });

  it("in a batch get 415, which says to send one at a time", async () => {
    const { url } = await endpoint({ cloudEvents: "required" });
    const headers = { "content-type": "application/cloudevents-batch+json" };
    const refused = await send(url, { body: JSON.stringify([attributes]), headers });
    expect([refused.status, refused.body["detail"]]).toEqual([415, expect.stringContaining("one event")]);
  });
});

describe("a rate limit", () => {
  it("answers 429 beyond the burst, says in headers what is left, and stores nothing", async () => {
    const made = await endpoint({ rateLimit: { requests: 1, perS: 3_600, burst: 2 } });
    const policy = '"endpoint";q=1;w=3600;meshhook-burst=2';
    const [first, second, third] = [await send(made.url), await send(made.url), await send(made.url)];
    expect([first.status, second.status, third.status]).toEqual([202, 202, 429]);
    for (const { headers } of [first, second, third]) expect(headers.get("ratelimit-policy")).toBe(policy);
    expect(first.headers.get("ratelimit")).toMatch(/^"endpoint";r=1;t=3\d{3}$/);
    expect(third.headers.get("ratelimit")).toBe(`"endpoint";r=0;t=${third.headers.get("retry-after")}`);
    expect(third.body["code"]).toBe("rate_limited");
    expect(await refusal(made)).toMatchObject({ code: "rate_limited" });
    // Handshakes and questions about methods are not deliveries.
    expect((await fetch(`${made.url}?challenge=abc`)).status).toBe(200);
    const headers = { "webhook-request-origin": "eventemitter.example.com" };
    const asked = await fetch(made.url, { method: "OPTIONS", headers });
    expect(asked.headers.get("webhook-allowed-rate")).toBe("1");
    await harness.client.updateEndpoint({ endpointId: made.id, body: { rateLimit: null } });
    const free = await send(made.url);
    expect([free.status, free.headers.get("ratelimit")]).toEqual([202, null]);
  });

  it("is not used up by requests with a wrong signature, and holds for those with a right one", async () => {
    const limit = { requests: 1, perS: 3_600 };
    const { url } = await endpoint({ signature: "github-sha256", secret: SECRET, rateLimit: limit });
    for (let n = 0; n < 3; n++) expect((await send(url)).status).toBe(401);
    const headers = { "x-hub-signature-256": sign("{}") };
    expect((await send(url, { headers })).status).toBe(202);
    expect((await send(url, { headers })).status).toBe(429);
    // Beyond the limit, no signature is checked.
    expect((await send(url)).status).toBe(429);
  });

  it("is kept when something else of the catalog changes", async () => {
    const { url } = await endpoint({ rateLimit: { requests: 1, perS: 3_600 } });
    expect((await send(url)).status).toBe(202);
    await endpoint();
    expect((await send(url)).status).toBe(429);
  });

  it("of a project holds for all its endpoints together", async () => {
    const { project } = await harness.client.getSession();
    const [one, two] = [await endpoint({ rateLimit: { requests: 50, perS: 1 } }), await endpoint()];
    const rateLimit = { requests: 2, perS: 3_600 };
    const limited = await harness.client.updateProject({ project: project.slug, body: { rateLimit } });
    expect(limited.rateLimit).toEqual(rateLimit);
    try {
      const first = await send(one.url);
      expect(first.headers.get("ratelimit-policy")).toBe('"endpoint";q=50;w=1, "project";q=2;w=3600');
      expect([first.status, (await send(two.url)).status, (await send(one.url)).status]).toEqual([202, 202, 429]);
      expect((await send(two.url)).body["detail"]).toContain("The project accepts 2 requests in 3600 seconds");
    } finally {
      await harness.client.updateProject({ project: project.slug, body: { rateLimit: null } });
    }
    expect((await send(two.url)).status).toBe(202);
  });
});

describe("allowed addresses", () => {
  it("are the only ones that may send; the owner sees which was refused", async () => {
    const made = await endpoint({ allowedAddresses: ["192.0.2.0/24", "2001:db8::/32"] });
    const from = (address: string) => send(made.url, { headers: { "x-forwarded-for": address } });
    expect((await from("192.0.2.7")).status).toBe(202);
    expect((await from("203.0.113.1, 2001:db8::7")).status).toBe(202);
    const refused = await from("192.0.2.7, 203.0.113.1");
    expect([refused.status, refused.body["code"]]).toEqual([403, "address_not_allowed"]);
    expect(JSON.stringify(refused.body)).not.toContain("203.0.113.1");
    expect((await refusal(made))?.detail).toBe("203.0.113.1 is not an allowed address");
    expect((await fetch(`${made.url}?challenge=abc`)).status).toBe(403);
    // The log of deliveries has the sender's address too, and a test from here, which has none, passes.
    const { items } = await harness.client.listDeliveries({ endpoint: made.id, address: "203.0.113.1" });
    expect(items.map(({ code }) => code)).toContain("address_not_allowed");
    const test = await harness.client.sendTestDelivery({ endpointId: made.id, body: {} });
    expect(test.status).toBe(202);
  });

  it("are taken from behind a trusted proxy by the audit log, too", async () => {
    const { id } = await endpoint();
    const paused = await fetch(`${harness.url}/api/v1/endpoints/${id}/pause`, {
      method: "POST",
      headers: { authorization: `Bearer ${harness.key}`, "x-forwarded-for": "192.0.2.1, 203.0.113.77" },
    });
    expect(paused.status).toBe(200);
    const { items } = await harness.client.listAudit({ limit: 5 });
    expect(items.find(({ action }) => action === "pauseEndpoint")).toMatchObject({ address: "203.0.113.77" });
  });

  it("that are not addresses are refused with their places", async () => {
    const wrong = endpoint({ allowedAddresses: ["192.0.2.1", "10.0.0.0/99"] });
    await expect(wrong).rejects.toMatchObject({
      code: "request_invalid",
      issues: [{ path: "/body/allowedAddresses/1", message: expect.stringContaining('"10.0.0.0/99"') }],
    });
  });
});

describe("a payload schema", () => {
  const payloadSchema = {
    type: "object",
    required: ["id", "lines"],
    additionalProperties: false,
    properties: {
      id: { type: "string", pattern: "^[A-Z]+-\\d+$" },
      lines: { type: "array", minItems: 1, items: { $ref: "#/$defs/line" } },
      token: { const: "shared-secret" },
    },
    $defs: { line: { type: "object", properties: { amount: { type: "number", minimum: 0 } } } },
  };

  it("lets payloads through that match, and answers others 422 with each fault's place, what is there and what is expected", async () => {
    const made = await endpoint({ payloadSchema });
    const right = { id: "A-1", lines: [{ amount: 1.5 }] };
    expect(await inputOf(await send(made.url, { body: JSON.stringify(right) }))).toEqual(right);
    const wrong = { id: 7, lines: [{ amount: "9.99-of-mine" }, { amount: -1 }], token: "guess-of-mine" };
    const refused = await send(made.url, { body: JSON.stringify(wrong) });
    expect([refused.status, refused.body["code"]]).toEqual([422, "payload_invalid"]);
    const issues = refused.body["issues"] as readonly { readonly path: string; readonly message: string }[];
    expect(issues.map(({ path, message }) => `${path}: ${message}`).sort()).toEqual([
      "/id: The value is a number and must be a string.",
      "/lines/0/amount: The value is a string and must be a number.",
      "/lines/1/amount: The value is a number and must be at least 0.",
      "/token: The value is a string and must be the value in the schema.",
    ]);
    const { detail = "", code } = (await refusal(made)) ?? {};
    expect(code).toBe("payload_invalid");
    for (const text of [JSON.stringify(refused.body), detail]) expect(text).not.toMatch(/of-mine|shared-secret/);
  });

  it("holds for forms and queries as for JSON, and not for handshakes", async () => {
    const { url } = await endpoint({
      methods: ["GET", "POST"],
      payloadSchema: { type: "object", required: ["id"] },
    });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect((await send(url, { body: "id=1", headers })).status).toBe(202);
    expect((await send(url, { body: "other=1", headers })).status).toBe(422);
    expect((await send(`${url}?id=1`, { method: "GET" })).status).toBe(202);
    expect((await send(`${url}?other=1`, { method: "GET" })).status).toBe(422);
    expect((await send(url, { body: '{"challenge":"abc"}' })).status).toBe(200);
  });

  it.each([
    ["not a schema", { type: "strange" }, ""],
    ["an address outside", { properties: { a: { $ref: "http://169.254.169.254/schema" } } }, "/properties/a/$ref"],
    ["a file", { $ref: "file:///etc/passwd" }, "/$ref"],
    ["itself", { properties: { next: { $ref: "#" } } }, "/properties/next/$ref"],
    ["nothing", { $ref: "#/$defs/none" }, "/$ref"],
    ["a pattern that needs backtracking", { pattern: "(a)\\1" }, "/pattern"],
    ["patterns of names", { patternProperties: { "^x-": {} } }, "/patternProperties"],
  ])("that refers to or uses %s is refused with its place", async (_what, wrong, place) => {
    await expect(endpoint({ payloadSchema: wrong })).rejects.toMatchObject({
      code: "request_invalid",
      issues: [{ path: expect.stringMatching(new RegExp(`^/body/payloadSchema${place.replaceAll("$", "\\$")}`)) }],
    });
  });
});

describe("an expression that identifies deliveries", () => {
  const body = (event: unknown, more: object = {}): string => JSON.stringify({ event, ...more });

  it("makes one run of what it gives the same value; a key in the headers comes first", async () => {
    const { url } = await endpoint({ dedupeExpression: "[input.event.id, headers.\"x-part\"][?@] | join('/', @)" });
    const first = await send(url, { body: body({ id: "e-1" }) });
    const again = await send(url, { body: body({ id: "e-1" }, { attempt: 2 }) });
    expect([first.status, again.status, again.body["runId"]]).toEqual([202, 200, first.body["runId"]]);
    expect(again.body["sameBody"]).toBe(false);
    const headers = { "x-part": "2" };
    expect((await send(url, { body: body({ id: "e-1" }), headers })).status).toBe(202);
    const key = { "idempotency-key": "mine" };
    expect((await send(url, { body: body({ id: "e-1" }), headers: key })).status).toBe(202);
  });

  it("tells texts from numbers, keeps all digits, and gives no identity where it yields null or an empty text", async () => {
    const { url } = await endpoint({ dedupeExpression: "input.event" });
    const status = async (text: string) => (await send(url, { body: `{"event":${text}}` })).status;
    expect(await status("90071992547409921")).toBe(202);
    expect(await status("90071992547409921")).toBe(200);
    expect(await status("90071992547409922")).toBe(202);
    expect(await status('"90071992547409921"')).toBe(202);
    for (const none of ["null", '""']) expect([await status(none), await status(none)]).toEqual([202, 202]);
  });

  it.each([
    ["an object", "input.event", "yields an object"],
    ["a list", "[input.event]", "yields an array"],
    ["a truth value", "input.event == `1`", "yields true or false"],
    ["an error", "join(',', input.event)", "join"],
  ])("answers 422 where it yields %s, and only the owner learns why", async (_what, dedupeExpression, reason) => {
    const made = await endpoint({ dedupeExpression });
    const refused = await send(made.url, { body: body({ a: 1 }) });
    expect([refused.status, refused.body["code"]]).toEqual([422, "delivery_key_invalid"]);
    expect(JSON.stringify(refused.body)).not.toContain("input.event");
    expect((await refusal(made))?.detail).toContain(reason);
  });

  it("that cannot be read is refused with the place of the mistake", async () => {
    await expect(endpoint({ dedupeExpression: "input.event[" })).rejects.toMatchObject({
      issues: [{ path: "/body/dedupeExpression", code: "expression_syntax" }],
    });
  });
});

describe("an alias", () => {
  const signed = { signature: "github-sha256", secret: SECRET } as const;
  const headers = { "x-hub-signature-256": sign("{}") };

  it("is a second address of a signed endpoint, which can be changed and removed", async () => {
    const made = await harness.client.createEndpoint({
      body: { workflow: "pure", name: "named", alias: "orders", ...signed },
    });
    expect(made).toMatchObject({ alias: "orders", aliasPath: "/hooks/default/orders" });
    const at = async (path: string | null): Promise<number> => (await send(harness.url + path, { headers })).status;
    expect([await at(made.path), await at(made.aliasPath), await at(`${made.aliasPath}/`)]).toEqual([202, 202, 202]);
    expect((await send(harness.url + made.aliasPath)).status).toBe(401);

    await expect(
      harness.client.createEndpoint({ body: { workflow: "pure", name: "other", alias: "orders", ...signed } }),
    ).rejects.toMatchObject({ code: "alias_taken" });
    const endpointId = made.id;
    const renamed = await harness.client.updateEndpoint({ endpointId, body: { alias: "returns" } });
    expect([await at(made.aliasPath), await at(renamed.aliasPath)]).toEqual([404, 202]);
    await expect(harness.client.updateEndpoint({ endpointId, body: { signature: "none" } })).rejects.toMatchObject({
      issues: [{ path: "/body/alias" }],
    });
    const removed = await harness.client.updateEndpoint({ endpointId, body: { alias: null, signature: "none" } });
    expect([removed.aliasPath, await at(renamed.aliasPath), await at(made.path)]).toEqual([null, 404, 202]);
  });

  it("is refused without a signature, and in capitals", async () => {
    await expect(endpoint({ alias: "open" })).rejects.toMatchObject({ issues: [{ path: "/body/alias" }] });
    await expect(endpoint({ alias: "Open", ...signed })).rejects.toMatchObject({ code: "request_invalid" });
  });

  it("that does not exist is answered as a project that does not exist is, and as any unknown address", async () => {
    const answers = await Promise.all(
      ["default/none", "nowhere/none", "unknown-token", "default/", "a/b/c", "default/%00"].map(async (path) => {
        const answer = await send(`${harness.url}/hooks/${path}`);
        return [answer.status, JSON.stringify(answer.body), [...answer.headers.keys()].join()];
      }),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]?.[0]).toBe(404);
  });
});
