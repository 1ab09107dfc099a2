import { problems } from "@meshhook/contract";
import { waitFor } from "@meshhook/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  post,
  publish,
  pureDefinition,
  raw,
  SECRET,
  sign,
  startHarness,
  waitingDefinition,
  type Answer,
  type Harness,
} from "./harness.ts";

let harness: Harness;
let open: string;
let signed: string;
let signedId: string;
let small: string;

beforeAll(async () => {
  harness = await startHarness();
  open = harness.url + (await publish(harness.client, pureDefinition(), { dedupeHeader: "x-github-delivery" })).path;
  const endpoint = await harness.client.createEndpoint({
    body: { workflow: "pure", name: "signed", signature: "github-sha256", secret: SECRET },
  });
  signed = harness.url + endpoint.path;
  signedId = endpoint.id;
  small =
    harness.url +
    (await harness.client.createEndpoint({ body: { workflow: "pure", name: "small", bodyBytesMax: 100 } })).path;
});
afterAll(() => harness.close());

function expectProblem(answer: Answer, code: keyof typeof problems): void {
  expect(answer.body).toMatchObject({ code, type: `/problems/${code}`, status: problems[code].status });
  expect(answer.status).toBe(problems[code].status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
}

describe("an endpoint of a workflow that only a newer version can read", () => {
  it("answers 503, so that the sender tries again and reaches another process", async () => {
    const { catalog } = harness.store;
    const definition = JSON.stringify(pureDefinition("newer"));
    const endpoint = await publish(harness.client, JSON.parse(definition) as object);
    const { workflowId } = endpoint;
    const projectId = (await harness.client.listProjects()).items[0]?.id ?? "";
    const unknown = definition.replace("transform@1", "transform@99");
    await catalog.publishVersion({ projectId, workflowId, hash: "f".repeat(64), definition: unknown });
    await waitFor(
      "the process knows the new version",
      async () => (await post(harness.url + endpoint.path, "{}")).status !== 202,
    );
    const answer = await post(harness.url + endpoint.path, "{}");
    expectProblem(answer, "unavailable");
    expect(answer.headers.get("retry-after")).toBe("2");
    // All other endpoints work.
    expect((await post(open, "{}")).status).toBe(202);
  });
});

describe("a good webhook", () => {
  it("is answered 202 with a run that is in the journal", async () => {
    const answer = await post(`${open}?n=7`, '{"a":1}');
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ status: "succeeded", duplicate: false });
    const segments = await harness.store.journal.readRun(String(answer.body["runId"]));
    expect(segments).toHaveLength(1);
    expect(segments[0]?.facts).toContain('"query":{"n":"7"}');
  });

  it("keeps its body byte for byte, and none of its credentials", async () => {
    const body = '{ "b" : 1,\n\t"a":1.0, "b2":"\\u0000\\ud800" }';
    const answer = await post(open, body, {
      authorization: "Bearer canary-credential",
      cookie: "session=canary-cookie",
      "x-hub-signature-256": sign(body),
      "x-shopify-hmac-sha256": "canary-hmac",
      "x-github-event": "issues",
    });
    const facts = (await harness.store.journal.readRun(String(answer.body["runId"])))[0]?.facts ?? "";
    expect(facts).toContain(body);
    expect(facts).toContain('"x-github-event":"issues"');
    expect(facts).not.toMatch(/canary|sha256=/);
  });

  it.each([
    ["application/vnd.acme+json", '{"a":1}', { a: 1 }],
    ["application/json; charset=utf-8", "[1]", [1]],
    ["application/x-www-form-urlencoded", "a=1&b=%C3%A9", { a: "1", b: "é" }],
    ["text/plain", "hello", "hello"],
    ["application/json", "null", null],
  ])("is read as its content type %s says", async (type, body, expected) => {
    const answer = await post(open, body, { "content-type": type });
    const run = await harness.client.getRun({ runId: String(answer.body["runId"]) });
    expect(run.result?.output).toMatchObject({ got: expected });
  });

  it("cannot reach a prototype with its keys", async () => {
    const answer = await post(open, '{"__proto__":{"polluted":true},"constructor":1}');
    expect(answer.status).toBe(202);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("is answered with the run's result if the endpoint says so, and 202 if that takes too long", async () => {
    const result = await harness.client.createEndpoint({
      body: { workflow: "pure", name: "result", answer: "result" },
    });
    const now = await post(harness.url + result.path, '{"a":1}');
    expect(now.status).toBe(200);
    expect(now.body).toMatchObject({ status: "succeeded", output: { got: { a: 1 } } });
    const waiting = await publish(harness.client, waitingDefinition(), { answer: "result", resultTimeoutMs: 20 });
    const later = await post(harness.url + waiting.path, "{}");
    expect(later.status).toBe(202);
    expect(later.body).toMatchObject({ status: "running" });
  });
});

describe("a repeated delivery", () => {
  it("becomes one run, however many come at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => post(open, '{"a":1}', { "x-github-delivery": "d-1" })),
    );
    expect(new Set(answers.map(({ body }) => body["runId"])).size).toBe(1);
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 200 && body["duplicate"] === true)).toHaveLength(49);
  });

  it("with another body under the same key is refused", async () => {
    await post(open, '{"a":1}', { "idempotency-key": "k-2" });
    expectProblem(await post(open, '{"a":2}', { "idempotency-key": "k-2" }), "idempotency_key_reused");
  });

  it("needs a key that can be stored", async () => {
    expectProblem(await post(open, "{}", { "idempotency-key": "x".repeat(256) }), "idempotency_key_invalid");
    expectProblem(await post(open, "{}", { "idempotency-key": "caf\u00e9" }), "idempotency_key_invalid");
  });
});

describe("a signature", () => {
  const body = '{"zen":"Keep it logically awesome."}';

  it("that is right lets the webhook through", async () => {
    expect((await post(signed, body, { "x-hub-signature-256": sign(body) })).status).toBe(202);
  });

  it("that is wrong gets the same answer whatever the cause; only the owner sees the cause", async () => {
    const right = sign(body);
    const causes: Record<string, string>[] = [
      {},
      { "x-hub-signature-256": "" },
      { "x-hub-signature-256": "sha256=" },
      { "x-hub-signature-256": sign(body, "another secret") },
      { "x-hub-signature-256": sign(`${body} `) },
      { "x-hub-signature-256": right.toUpperCase() },
      { "x-hub-signature-256": `sha256=${right.slice(7).toUpperCase()}` },
      { "x-hub-signature-256": right.slice(0, -1) },
      { "x-hub-signature-256": `${right}0` },
      { "x-hub-signature-256": `sha256=${"zz".repeat(32)}` },
      { "x-hub-signature-256": right.slice(7) },
      { "x-hub-signature": right.replace("sha256", "sha1") },
    ];
    const answers = await Promise.all(causes.map((headers) => post(signed, body, headers)));
    for (const answer of answers) expectProblem(answer, "signature_invalid");
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    // The same for a body that cannot be parsed: the signature comes first.
    expect((await post(signed, "{nonsense")).text).toBe(answers[0]?.text);
    const { items } = await harness.client.listRejections({ endpointId: signedId });
    expect(items.map(({ code }) => code)).toContain("signature_invalid");
    expect(items.some(({ detail }) => detail.includes("missing"))).toBe(true);
  });

  it("covers raw bytes: two bodies that decode alike are told apart", async () => {
    const one = Buffer.from("7b22a1223a317d".replace("a1", "61"), "hex");
    const broken = Uint8Array.from([0x7b, 0xff, 0x7d]);
    const sibling = Uint8Array.from([0x7b, 0xfe, 0x7d]);
    const signature = sign(Buffer.from(broken));
    expect((await post(signed, Uint8Array.from(one), { "x-hub-signature-256": sign(one) })).status).toBe(202);
    expectProblem(await post(signed, broken, { "x-hub-signature-256": signature }), "body_not_utf8");
    expectProblem(await post(signed, sibling, { "x-hub-signature-256": signature }), "signature_invalid");
  });
});

describe("a bad webhook", () => {
  it("to an address that does not exist is not found", async () => {
    for (const token of ["unknown-token-123", "short", "a".repeat(65), "..%2f..%2fetc", "%00%00%00%00%00%00%00%00"]) {
      expectProblem(await post(`${harness.url}/hooks/${token}`, "{}"), "not_found");
    }
  });

  it("by another method is refused with the one that is allowed", async () => {
    for (const method of ["PUT", "DELETE", "PATCH", "PROPFIND"]) {
      const response = await fetch(open, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS, POST");
    }
  });

  it("that is too large is refused by its length before it is read, and while it is read without one", async () => {
    expectProblem(await post(small, `"${"x".repeat(200)}"`), "body_too_large");
    const { port } = harness.server;
    const path = new URL(small).pathname;
    const declared = await raw(
      port,
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999999\r\n\r\n`,
    );
    expect(declared).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = "x".repeat(60);
    const chunked = await raw(
      port,
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n3c\r\n${chunk}\r\n3c\r\n${chunk}\r\n`,
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
    expect((await post(small, `"${"x".repeat(98)}"`)).status).toBe(202);
  });

  it.each([
    ["{", "json_invalid"],
    ['{"a":1}}', "json_invalid"],
    ["[1,]", "json_invalid"],
    ["{'a':1}", "json_invalid"],
    ["[".repeat(65) + "]".repeat(65), "json_too_deep"],
    ["[".repeat(100_000), "json_invalid"],
    ["1e1000001", "json_number_range"],
    [`[${"0,".repeat(250_000)}0]`, "json_too_large"],
  ] as const)("with the body %.20s is refused as %s", async (body, code) => {
    expectProblem(await post(open, body), code);
  });

  it("that is malformed is recorded for the endpoint's owner", async () => {
    await post(open, "{never");
    const [endpoint] = (await harness.client.listEndpoints()).items;
    const { items } = await harness.client.listRejections({ endpointId: endpoint?.id ?? "" });
    expect(items[0]).toMatchObject({ code: "json_invalid", bodyBytes: 6 });
  });

  it.each(["image/png", "application/octet-stream", "application/jsonp", "json", "text/html, application/json"])(
    "of content type '%s' is not read, and hears which are",
    async (type) => {
      const answer = await post(open, "{}", { "content-type": type });
      expectProblem(answer, "content_type_unsupported");
      expect(answer.headers.get("accept")).toContain("application/json");
    },
  );

  it("for a workflow that was never published is refused, and accepted once it is published", async () => {
    await harness.client.createWorkflow({ body: { definition: pureDefinition("draft-only") } });
    const { path } = await harness.client.createEndpoint({ body: { workflow: "draft-only", name: "early" } });
    expectProblem(await post(harness.url + path, "{}"), "endpoint_not_published");
    await harness.client.publishWorkflow({ workflow: "draft-only" });
    expect((await post(harness.url + path, "{}")).status).toBe(202);
  });

  it("that is not HTTP is answered, and the connection ends", async () => {
    expect(await raw(harness.server.port, "NONSENSE\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 [\s\S]*bad_request/);
    const flood = `POST ${new URL(open).pathname} HTTP/1.1\r\nhost: x\r\nx-flood: ${"x".repeat(20_000)}\r\n\r\n`;
    expect(await raw(harness.server.port, flood)).toMatch(/^HTTP\/1\.1 431 [\s\S]*headers_too_large/);
  });
});

describe("a delivery whose commit has an unknown outcome", () => {
  it("is answered 504 with the run that it became if it was stored, and a repeat finds it", async () => {
    let isBroken = true;
    const doubtful = await startHarness({
      deliver: async (runtime, delivery) => {
        const outcome = await runtime.deliver(delivery);
        if (!isBroken || outcome.kind !== "accepted") return outcome;
        return { kind: "unknown", runId: outcome.runId, retryAfterMs: 2_000 };
      },
    });
    const { path } = await publish(doubtful.client, pureDefinition());
    const headers = { "idempotency-key": "k" };
    const answer = await post(doubtful.url + path, "{}", headers);
    expectProblem(answer, "outcome_unknown");
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(answer.text).not.toContain("Nothing was stored");
    isBroken = false;
    const again = await post(doubtful.url + path, "{}", headers);
    expect(again).toMatchObject({ status: 200, body: { runId: answer.body["runId"], duplicate: true } });
    await doubtful.close();
  });
});

describe("secrets", () => {
  it("appear in no answer, log or metric", async () => {
    const metrics = await (await fetch(`${harness.url}/metrics`)).text();
    const endpoints = JSON.stringify(await harness.client.listEndpoints());
    expect(metrics).toContain("meshhook_deliveries_total");
    for (const text of [metrics, endpoints, harness.logged.join("\n")]) expect(text).not.toContain(SECRET);
    expect(endpoints).toContain('"hasSecret":true');
  });
});

describe("a server that stops", () => {
  it("answers unavailable with Retry-After while it drains, and readyz says so", async () => {
    const stopping = await startHarness();
    const endpoint = await publish(stopping.client, pureDefinition());
    await stopping.runtime.drain(0);
    const answer = await post(stopping.url + endpoint.path, "{}");
    expectProblem(answer, "unavailable");
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
    expect((await fetch(`${stopping.url}/readyz`)).status).toBe(503);
    // It is asked every second, and "no" is an answer.
    const lines = (): string[] => stopping.logged.filter((line) => line.includes('"/readyz"'));
    await waitFor("the request is logged", () => lines().length > 0);
    expect(lines()).toEqual([expect.stringMatching(/^request \{.*"status":503/)]);
    expect((await fetch(`${stopping.url}/healthz`)).status).toBe(200);
    await stopping.server.close();
    await expect(fetch(`${stopping.url}/healthz`)).rejects.toThrow("fetch failed");
  });
});
