import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { post, publish, pureDefinition, raw, startHarness, waitingDefinition, type Harness } from "./harness.ts";

let harness: Harness;
let slugs = 0;
let keys = 0;

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

/** webhook → terminate with this config. */
function ending(config: object, before: object = {}): object {
  const nodes = { hook: { type: "webhook@1", config: {} }, ...before, end: { type: "terminate@1", config } };
  const ids = Object.keys(nodes);
  const edges = ids.slice(1).map((to, index) => ({ from: ids[index], to }));
  return { apiVersion: "meshhook/v1", kind: "Workflow", slug: `answers-${slugs++}`, nodes, edges };
}

async function endpoint(definition: object, settings: object = {}): Promise<string> {
  return harness.url + (await publish(harness.client, definition, { answer: "response", ...settings })).path;
}

/** What a workflow with this response answers, with the body as bytes. */
async function answerOf(
  response: object,
  input: unknown = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly bytes: Buffer }> {
  const sent = await fetch(await endpoint(ending({ response })), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
    redirect: "manual",
  });
  return { status: sent.status, headers: sent.headers, bytes: Buffer.from(await sent.arrayBuffer()) };
}

const newKey = (): { readonly "idempotency-key": string } => ({ "idempotency-key": `key-${keys++}` });
const runIdOf = (headers: Headers): string => headers.get("meshhook-run-id") ?? "";

describe("an answer that the workflow makes", () => {
  it("has its status, headers and body, and comes after the run's end was stored", async () => {
    const { status, headers, bytes } = await answerOf(
      {
        status: { $jmes: "input.status" },
        headers: { "X-Order": "{{ input.id }}" },
        body: { order: { $jmes: "input.id" } },
      },
      { status: 201, id: "A-1" },
    );
    expect(status).toBe(201);
    expect(headers.get("x-order")).toBe("A-1");
    expect(headers.get("content-type")).toBe("application/json");
    expect(bytes.toString()).toBe('{"order":"A-1"}');
    const segments = await harness.store.journal.readRun(runIdOf(headers));
    expect(segments.map((segment) => segment.status)).toEqual(["succeeded"]);
    const run = await harness.client.getRun({ runId: runIdOf(headers) });
    expect(run.result?.response).toEqual({
      status: 201,
      headers: { "x-order": "A-1", "content-type": "application/json" },
      body: '{"order":"A-1"}',
    });
  });

  it("may be text in any language, bytes, or nothing", async () => {
    const text = await answerOf({ body: "grüß {{ input.name }} 漢字" }, { name: "dich" });
    expect([text.headers.get("content-type"), text.bytes.toString()]).toEqual([
      "text/plain; charset=utf-8",
      "grüß dich 漢字",
    ]);
    const bytes = Buffer.from([0, 255, 128, 13, 10]);
    const binary = await answerOf({ body: { $jmes: "input" }, bodyEncoding: "base64" }, bytes.toString("base64"));
    expect(binary.bytes).toEqual(bytes);
    expect([binary.headers.get("content-type"), binary.headers.get("content-length")]).toEqual([
      "application/octet-stream",
      "5",
    ]);
    const none = await answerOf({ status: 204 });
    expect([none.status, none.headers.get("content-length"), none.headers.get("content-type")]).toEqual([
      204,
      null,
      null,
    ]);
    const empty = await answerOf({ status: 202 });
    expect([empty.headers.get("content-length"), empty.headers.get("content-type")]).toEqual(["0", null]);
    const elsewhere = await answerOf({ status: 303, headers: { location: "https://shop.example/thanks" } });
    expect([elsewhere.status, elsewhere.headers.get("location")]).toEqual([303, "https://shop.example/thanks"]);
  });

  it("leaves the connection usable for the next webhook, whatever its status", async () => {
    const { pathname } = new URL(await endpoint(ending({ response: { status: { $jmes: "input" } } })));
    const request = (body: string, more = ""): string =>
      `POST ${pathname} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${more}content-length: ${body.length}\r\n\r\n${body}`;
    const answers = await raw(
      harness.server.port,
      request("204") + request("205") + request("304") + request("200", "connection: close\r\n"),
    );
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 204", "HTTP/1.1 205", "HTTP/1.1 304", "HTTP/1.1 200"]);
  });

  it("can do nothing in a browser at the console's address, and is not cached unless the workflow says so", async () => {
    const { headers } = await answerOf({
      headers: { "content-type": "text/html", "cache-control": "max-age=60" },
      body: "<script>alert(1)</script>",
    });
    expect(headers.get("content-security-policy")).toMatch(/^sandbox; default-src 'none';/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("max-age=60");
    expect((await answerOf({ body: "x" })).headers.get("cache-control")).toBe("no-store");
  });

  it("is the same for a repeat, which is told that it is one", async () => {
    const url = await endpoint(ending({ response: { status: 422, body: "{{ run.id }} {{ input.at }}" } }), {
      dedupeHeader: "x-event-id",
    });
    const send = (body: string, header: string, key: string): Promise<Response> =>
      fetch(url, { method: "POST", headers: { "content-type": "application/json", [header]: key }, body });
    const { "idempotency-key": key } = newKey();
    const first = await send('{"at":1}', "idempotency-key", key);
    const again = await send('{"at":1}', "idempotency-key", key);
    expect(first.headers.get("meshhook-duplicate")).toBeNull();
    expect(again.status).toBe(422);
    expect(await again.text()).toBe(await first.text());
    expect(again.headers.get("meshhook-duplicate")).toBe("true");
    expect(again.headers.get("meshhook-same-body")).toBeNull();
    expect((await send('{"at":2}', "idempotency-key", key)).status).toBe(409);

    const event = await send('{"at":1}', "x-event-id", key);
    const stamped = await send('{"at":2}', "x-event-id", key);
    expect(await stamped.text()).toBe(await event.text());
    expect(stamped.headers.get("meshhook-same-body")).toBe("false");
  });

  it("is not part of a result, and is part of the run", async () => {
    const definition = ending({ output: 7, response: { status: 418, body: "tea" } });
    const { path } = await publish(harness.client, definition, { answer: "result" });
    const answer = await post(harness.url + path, "{}");
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ runId: answer.body["runId"], duplicate: false, status: "succeeded", output: 7 });
  });
});

describe("where the workflow makes no answer", () => {
  it("a run that succeeds is told to be stored and over, without its output", async () => {
    const answer = await post(await endpoint(pureDefinition(`pure-${slugs++}`)), '{"secret":1}');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ runId: answer.body["runId"], duplicate: false, status: "succeeded" });
  });

  it.each([
    ["the workflow says so", { status: "failed", reason: "canary-reason" }],
    ["a value makes no answer", { response: { status: { $jmes: "`99`" } } }],
  ])("a run that fails because %s is a problem that names the run and nothing else", async (_why, config) => {
    const url = await endpoint(ending(config));
    const headers = newKey();
    const answer = await post(url, "{}", headers);
    expect(answer.status).toBe(500);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body).toMatchObject({ code: "run_failed", runId: expect.any(String) });
    expect(answer.text).not.toContain("canary");
    const run = await harness.client.getRun({ runId: String(answer.body["runId"]) });
    expect(run.status).toBe("failed");
    expect((await post(url, "{}", headers)).text).toBe(answer.text);
  });

  it("a run that is canceled meanwhile is a problem, too", async () => {
    const url = await endpoint(waitingDefinition(`waiting-${slugs++}`), { resultTimeoutMs: 60_000 });
    const headers = newKey();
    const { body } = await post(url, "{}", { ...headers, prefer: "respond-async" });
    const repeat = post(url, "{}", headers);
    await harness.client.cancelRun({ runId: String(body["runId"]) });
    expect((await repeat).status).toBe(500);
    expect((await repeat).body).toMatchObject({ code: "run_failed", detail: expect.stringContaining("was canceled") });
  });
});

describe("a run that does not end in time", () => {
  it("is answered 202, and a repeat gets the answer once there is one", async () => {
    const wait = { pause: { type: "delay@1", config: { durationMs: 300 } } };
    const url = await endpoint(ending({ response: { status: 201, body: "late" } }, wait), { resultTimeoutMs: 20 });
    const headers = newKey();
    const first = await post(url, "{}", headers);
    const runId = first.body["runId"];
    expect([first.status, first.body]).toEqual([202, { runId, status: "running", duplicate: false }]);
    const again = await post(url, "{}", headers);
    expect([again.status, again.body]).toEqual([202, { runId, duplicate: true }]);
    const ask = async (): Promise<readonly [number, string]> => {
      const answer = await fetch(url, { method: "POST", headers, body: "{}" });
      return [answer.status, await answer.text()];
    };
    await expect.poll(ask).toEqual([201, "late"]);
  });

  it.each(["respond-async", "wait=5, Respond-Async", 'respond-async; x="1"'])(
    "is not waited for where the sender wants it so: Prefer: %s",
    async (prefer) => {
      for (const answer of ["response", "result"]) {
        const url = await endpoint(waitingDefinition(`waiting-${slugs++}`), { answer, resultTimeoutMs: 60_000 });
        const sent = await post(url, "{}", { prefer });
        expect([sent.status, sent.body["status"]]).toEqual([202, "running"]);
      }
    },
  );

  it("is not waited for by this package's client, which wants to know the run", async () => {
    const { token } = await publish(harness.client, ending({ response: { status: 500, body: "no" } }), {
      answer: "response",
    });
    const { runId } = await harness.client.deliver(token, {});
    expect((await harness.client.getRun({ runId })).result?.response?.status).toBe(500);
  });
});
