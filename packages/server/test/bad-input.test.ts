import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  publish,
  pureDefinition,
  raw,
  SECRET,
  sign,
  startHarness,
  waitingDefinition,
  type Harness,
} from "./harness.ts";

/**
 * The exact answer to what should never be sent. docs/security.md lists what other files try.
 *
 * Each row is one request and `status code`; a success has the code `ok`.
 */

let harness: Harness;
const tokens = { plain: "", signed: "" };
const ids = { run: "", waiting: "", foreignRun: "", endpoint: "" };
let foreignKey = "";
let readKey = "";

beforeAll(async () => {
  harness = await startHarness();
  const { client, store } = harness;
  const plain = await publish(client, pureDefinition());
  tokens.plain = plain.token;
  ids.endpoint = plain.id;
  tokens.signed = (
    await publish(client, pureDefinition("signed"), { signature: "github-sha256", secret: SECRET })
  ).token;
  ids.run = (await client.deliver(tokens.plain, { a: 1 })).runId;
  ids.waiting = (await client.deliver((await publish(client, waitingDefinition())).token, {})).runId;
  const other = await store.catalog.createProject({ slug: "other", name: "Other" });
  foreignKey = await harness.addKey(other.id, "write");
  const own = (await store.catalog.listProjects()).find(({ slug }) => slug === "default");
  readKey = await harness.addKey(own?.id ?? "", "read");
});
afterAll(() => harness.close());

/** `status code` of an answer as it came over the wire. */
function outcomeOf(text: string): string {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? "no answer";
  return `${status} ${/"code":"(\w+)"/.exec(text)?.[1] ?? "ok"}`;
}

describe("a webhook", () => {
  const send = (
    head: readonly string[],
    body: string | Buffer = "",
    target = `/hooks/${tokens.plain}`,
    method = "POST",
  ) =>
    raw(
      harness.server.port,
      Buffer.concat([
        Buffer.from(
          [`${method} ${target} HTTP/1.1`, "host: x", "connection: close", ...head, "", ""].join("\r\n"),
          "latin1",
        ),
        Buffer.from(body),
      ]),
    ).then(outcomeOf);
  const json = (body: string | Buffer, ...more: readonly string[]): Promise<string> =>
    send([`content-length: ${Buffer.byteLength(body)}`, "content-type: application/json", ...more], body);
  const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

  it.each<[what: string, body: string | Buffer, outcome: string]>([
    ["malformed", '{"a":', "400 json_invalid"],
    ["of two values", "{} {}", "400 json_invalid"],
    ["with a comment", "{}/*x*/", "400 json_invalid"],
    ["with a trailing comma", "[1,]", "400 json_invalid"],
    ["with NaN", "[NaN]", "400 json_invalid"],
    ["nested 64 deep", nested(64), "202 ok"],
    ["nested 65 deep", nested(65), "400 json_too_deep"],
    ["nested 100,000 deep", nested(100_000), "400 json_too_deep"],
    ["with a key twice", '{"a":1,"a":2}', "202 ok"],
    ["with NUL in a value", '{"a":"\\u0000"}', "202 ok"],
    ["with half a surrogate pair in a key", '{"\\ud800":1}', "202 ok"],
    ["with 1e400", "[1e400]", "202 ok"],
    ["with 1e2000000", "[1e2000000]", "400 json_number_range"],
    ["with exact numbers", "[9007199254740993,-0,1.0,1E2]", "202 ok"],
    ["with keys of prototypes", '{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}', "202 ok"],
    ["that is null", "null", "202 ok"],
    ["that is a text", '"x"', "202 ok"],
    ["that is a number", "3", "202 ok"],
    ["of 250,001 values", `[${"1,".repeat(250_000)}1]`, "400 json_too_large"],
    ["that poses as an upload", '{"files":{"f":{"filepath":"/etc/passwd"}}}', "202 ok"],
    ["that is not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), "400 body_not_utf8"],
    ["with a byte order mark", "\ufeff{}", "202 ok"],
  ])("with JSON %s", async (_, body, outcome) => {
    expect(await json(body)).toBe(outcome);
    expect(Object.hasOwn(Object.prototype, "x") || Object.hasOwn(Object.prototype, "y")).toBe(false);
  });

  it.each<[what: string, head: readonly string[], body: string, outcome: string]>([
    ["without a content type", [], "text", "415 content_type_unsupported"],
    ["with an unfinished parameter", ["content-type: application/json ;x"], "{}", "202 ok"],
    [
      "with a type that only begins like JSON",
      ["content-type: application/jsonp"],
      "{}",
      "415 content_type_unsupported",
    ],
    ["with a charset that JSON cannot have", ["content-type: application/json; charset=ebcdic"], "{}", "202 ok"],
    ["of +json", ["content-type: application/vnd.example+json"], "{}", "202 ok"],
    ["with two types", ["content-type: application/json", "content-type: text/plain"], "{}", "400 bad_request"],
    [
      "in an unknown coding",
      ["content-type: application/json", "content-encoding: rot13"],
      "{}",
      "415 content_encoding_unsupported",
    ],
    [
      "that is not in its coding",
      ["content-type: application/json", "content-encoding: gzip"],
      "{}",
      "400 content_encoding_invalid",
    ],
    [
      "in six codings",
      ["content-type: application/json", "content-encoding: gzip,gzip,gzip,gzip,gzip,gzip"],
      "{}",
      "415 content_encoding_unsupported",
    ],
    [
      "of a form with bytes that are no text",
      ["content-type: application/x-www-form-urlencoded"],
      "a=%ff",
      "400 body_not_utf8",
    ],
    ["of multipart without a boundary", ["content-type: multipart/form-data"], "x", "400 multipart_invalid"],
    [
      "with an empty idempotency key",
      ["content-type: application/json", "idempotency-key:"],
      "{}",
      "400 idempotency_key_invalid",
    ],
    [
      "with an idempotency key of 256 characters",
      ["content-type: application/json", `idempotency-key: ${"k".repeat(256)}`],
      "{}",
      "400 idempotency_key_invalid",
    ],
    [
      "with two idempotency keys",
      ["content-type: application/json", "idempotency-key: a", "idempotency-key: b"],
      "{}",
      "400 idempotency_key_invalid",
    ],
    [
      "with a forged forwarded address",
      ["content-type: application/json", "x-forwarded-for: 10.0.0.1"],
      "{}",
      "202 ok",
    ],
    ["with a method in a header", ["content-type: application/json", "x-http-method-override: DELETE"], "{}", "202 ok"],
  ])("%s", async (_, head, body, outcome) => {
    expect(await send([`content-length: ${Buffer.byteLength(body)}`, ...head], body)).toBe(outcome);
  });

  it.each<[what: string, request: string, outcome: string]>([
    [
      "with a length and chunks",
      "POST %h HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "400 bad_request",
    ],
    [
      "with two lengths",
      "POST %h HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
      "400 bad_request",
    ],
    ["with a list of lengths", "POST %h HTTP/1.1\r\nhost: x\r\ncontent-length: 2, 2\r\n\r\n{}", "400 bad_request"],
    ["with a signed length", "POST %h HTTP/1.1\r\nhost: x\r\ncontent-length: +2\r\n\r\n{}", "400 bad_request"],
    [
      "with another transfer coding",
      "POST %h HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
      "400 bad_request",
    ],
    [
      "with a hidden transfer coding",
      "POST %h HTTP/1.1\r\nhost: x\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n",
      "400 bad_request",
    ],
    ["with bare line feeds", "POST %h HTTP/1.1\nhost: x\n\n", "400 bad_request"],
    ["with a folded header", "POST %h HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\n\r\n", "400 bad_request"],
    [
      "with a chunk that lies about its length",
      "POST %h HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n",
      "400 bad_request",
    ],
    ["without a host", "POST %h HTTP/1.1\r\nconnection: close\r\n\r\n", "400 bad_request"],
    ["with two hosts", "POST %h HTTP/1.1\r\nhost: x\r\nhost: y\r\nconnection: close\r\n\r\n", "400 bad_request"],
    ["with NUL in a header", "POST %h HTTP/1.1\r\nhost: x\r\na: b\0c\r\n\r\n", "400 bad_request"],
    ["of another protocol version", "POST %h HTTP/3.0\r\nhost: x\r\n\r\n", "505 http_version_unsupported"],
    [
      "with headers of more than 16 KiB",
      `POST %h HTTP/1.1\r\nhost: x\r\na: ${"x".repeat(17_000)}\r\n\r\n`,
      "431 headers_too_large",
    ],
    [
      "to an address with NUL",
      "POST %h%00 HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
      "404 not_found",
    ],
    [
      "to an address that climbs",
      "POST %h/..%2f..%2fapi HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
      "404 not_found",
    ],
    [
      "with a query that is not UTF-8",
      "POST %h?a=%ff HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
      "400 query_not_utf8",
    ],
    [
      "to an address of 9 kB",
      `POST /hooks/${"x".repeat(9_000)} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
      "404 not_found",
    ],
  ])("%s", async (_, request, outcome) => {
    const answer = await raw(
      harness.server.port,
      Buffer.from(request.replace("%h", `/hooks/${tokens.plain}`), "latin1"),
    );
    expect(outcomeOf(answer)).toBe(outcome);
  });

  it("with any signature but the right one gets one and the same answer", async () => {
    const right = sign("{}").slice("sha256=".length);
    const wrong = [
      [],
      ["x-hub-signature-256:"],
      ["x-hub-signature-256: sha256="],
      [`x-hub-signature-256: ${right}`],
      [`x-hub-signature-256: sha1=${right}`],
      [`x-hub-signature-256: sha256=${right.toUpperCase()}`],
      [`x-hub-signature-256: sha256=${right.slice(1)}`],
      [`x-hub-signature-256: sha256=${right}0`],
      [`x-hub-signature-256: sha256=${right.slice(0, 8)}`],
      [`x-hub-signature-256: sha256=${"g".repeat(64)}`],
      [`x-hub-signature-256: sha256=${right}`, `x-hub-signature-256: sha256=${right}`],
      [`x-hub-signature: sha1=${right}`],
      [`x-hub-signature-256: sha256=${sign("{ }").slice(7)}`],
      [`x-hub-signature-256: sha256=${"0".repeat(8_000)}`],
    ];
    const bodies = new Set<string>();
    for (const head of wrong) {
      const text = await raw(
        harness.server.port,
        [
          `POST /hooks/${tokens.signed} HTTP/1.1`,
          "host: x",
          "connection: close",
          "content-type: application/json",
          "content-length: 2",
          ...head,
          "",
          "{}",
        ].join("\r\n"),
      );
      expect([head, outcomeOf(text)]).toEqual([head, "401 signature_invalid"]);
      bodies.add(text.slice(text.indexOf("\r\n\r\n")).replace(/"requestId":"[^"]*",?/, ""));
    }
    expect(bodies.size).toBe(1);
  });
});

describe("a request to the API", () => {
  async function ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    key = harness.key,
  ): Promise<string> {
    const response = await fetch(
      `${harness.url}${path.replace("%run", ids.run).replace("%waiting", ids.waiting).replace("%endpoint", ids.endpoint)}`,
      {
        method,
        headers: {
          ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      },
    );
    const text = await response.text();
    return `${response.status} ${/"code":"(\w+)"/.exec(text)?.[1] ?? "ok"}`;
  }

  it.each<[what: string, method: string, path: string, body: unknown, outcome: string]>([
    ["with limit 0", "GET", "/api/v1/runs?limit=0", undefined, "422 request_invalid"],
    ["with limit -1", "GET", "/api/v1/runs?limit=-1", undefined, "422 request_invalid"],
    ["with limit 1e9", "GET", "/api/v1/runs?limit=1e9", undefined, "422 request_invalid"],
    ["with limit 10abc", "GET", "/api/v1/runs?limit=10abc", undefined, "422 request_invalid"],
    ["with a limit twice", "GET", "/api/v1/runs?limit=1&limit=2", undefined, "422 request_invalid"],
    ["with an invented cursor", "GET", "/api/v1/runs?cursor=abc", undefined, "422 cursor_invalid"],
    ["with an unknown filter", "GET", "/api/v1/runs?sort=;drop", undefined, "422 request_invalid"],
    ["with a wildcard as a filter", "GET", "/api/v1/failures?text=%25_%5C", undefined, "200 ok"],
    ["with a pattern as a filter", "GET", `/api/v1/failures?text=${encodeURIComponent("(a+)+$")}`, undefined, "200 ok"],
    ["with a filter of 10 kB", "GET", `/api/v1/failures?text=${"x".repeat(10_000)}`, undefined, "422 request_invalid"],
    [
      "with fields of the system",
      "PATCH",
      "/api/v1/endpoints/%endpoint",
      { name: "x", projectId: "y", createdAt: "z" },
      "422 request_invalid",
    ],
    [
      "with __proto__ as a field",
      "PATCH",
      "/api/v1/endpoints/%endpoint",
      '{"__proto__":{"name":"x"}}',
      "422 request_invalid",
    ],
    ["without any field", "PATCH", "/api/v1/endpoints/%endpoint", {}, "422 request_invalid"],
    ["that is a list", "POST", "/api/v1/endpoints", [], "422 request_invalid"],
    ["with malformed JSON", "POST", "/api/v1/endpoints", "{", "400 json_invalid"],
    ["of more than 2 MiB", "POST", "/api/v1/workflows", { definition: "x".repeat(2_200_000) }, "413 body_too_large"],
    ["to a later version of the API", "GET", "/api/v2/runs", undefined, "404 not_found"],
    ["for a path that is not one", "GET", "/api/v1/%ff", undefined, "400 bad_request"],
    ["for an id of 300 characters", "GET", `/api/v1/runs/${"x".repeat(300)}`, undefined, "404 not_found"],
    ["for an id that is a statement", "GET", "/api/v1/runs/'%20or%201=1--", undefined, "404 not_found"],
    [
      "for a secret with a slash in its name",
      "PUT",
      "/api/v1/secrets/a%2Fb",
      { value: "12345678" },
      "422 request_invalid",
    ],
    ["for a secret of 1 MB", "PUT", "/api/v1/secrets/BIG", { value: "x".repeat(1_000_000) }, "422 request_invalid"],
    ["for the value of a secret", "GET", "/api/v1/secrets/NONE/value", undefined, "404 not_found"],
    [
      "to resume a run in progress",
      "POST",
      "/api/v1/runs/%waiting/resume",
      { idempotencyKey: "a", step: "pause" },
      "409 run_in_progress",
    ],
    [
      "to resume at an unknown step",
      "POST",
      "/api/v1/runs/%run/resume",
      { idempotencyKey: "b", step: "nowhere" },
      "422 step_unknown",
    ],
    ["to replay without a key", "POST", "/api/v1/runs/%run/replay", {}, "422 request_invalid"],
    [
      "for events after what there is",
      "GET",
      "/api/v1/runs/%run/events?after=nonsense",
      undefined,
      "422 request_invalid",
    ],
  ])("%s", async (_, method, path, body, outcome) => {
    expect(await ask(method, path, body)).toBe(outcome);
  });

  it.each<[what: string, headers: Record<string, string>, outcome: string]>([
    ["that wants XML", { accept: "application/xml" }, "200 ok"],
    ["that overrides its method", { "x-http-method-override": "DELETE" }, "200 ok"],
    ["with a condition that is none", { "if-none-match": "nonsense" }, "400 bad_request"],
    ["with a foreign Origin and a key", { origin: "https://evil.example" }, "200 ok"],
  ])("%s", async (_, headers, outcome) => {
    expect(await ask("GET", "/api/v1/runs", undefined, headers)).toBe(outcome);
  });

  it("is 401 with a challenge for whoever it does not know, and 403 for whoever may not", async () => {
    for (const key of ["", "mh_unknown", "mh_", "x".repeat(5_000)])
      expect(await ask("GET", "/api/v1/runs", undefined, {}, key)).toBe("401 unauthenticated");
    for (const scheme of ["Basic", "bearer  ", "Bearer Bearer"])
      expect(await ask("GET", "/api/v1/runs", undefined, { authorization: `${scheme} nonsense` }, "")).toBe(
        "401 unauthenticated",
      );
    const response = await fetch(`${harness.url}/api/v1/runs`);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    expect(await ask("POST", "/api/v1/keys", { name: "x", scope: "read" }, {}, readKey)).toBe("403 scope_insufficient");
    expect(await ask("GET", "/api/v1/projects", undefined, {}, foreignKey)).toBe("403 scope_insufficient");
  });

  it("is 404 for what belongs to another project, as for what does not exist", async () => {
    for (const [method, path, body] of [
      ["GET", "/api/v1/runs/%run"],
      ["GET", "/api/v1/runs/%run/events"],
      ["POST", "/api/v1/runs/%run/cancel"],
      ["POST", "/api/v1/runs/%run/replay", { idempotencyKey: "theirs" }],
      ["GET", "/api/v1/endpoints/%endpoint"],
      ["PATCH", "/api/v1/endpoints/%endpoint", { name: "x" }],
      ["DELETE", "/api/v1/endpoints/%endpoint"],
      ["GET", "/api/v1/workflows/pure"],
      ["POST", "/api/v1/workflows/pure/publish"],
    ] as const)
      expect([path, await ask(method, path, body, {}, foreignKey)]).toEqual([path, "404 not_found"]);
  });
});

describe("a definition", () => {
  const webhook = { type: "webhook@1", config: {} };
  const defined = (more: object): unknown => ({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "bad",
    nodes: { hook: webhook },
    edges: [],
    ...more,
  });
  const withNode = (type: string, config: unknown): unknown =>
    defined({ nodes: { hook: webhook, next: { type, config } }, edges: [{ from: "hook", to: "next" }] });
  const withCall = (config: object): unknown =>
    withNode("http@1", { method: "GET", url: "https://example.com/", ...config });

  it.each<[what: string, definition: unknown]>([
    ["that is null", null],
    ["with an unknown field", defined({ cost: 1 })],
    ["of another version", defined({ apiVersion: "meshhook/v9" })],
    ["without nodes", defined({ nodes: {} })],
    ["with an unknown node type", withNode("eval@1", {})],
    ["with an edge to nowhere", defined({ edges: [{ from: "hook", to: "nowhere" }] })],
    [
      "with a cycle",
      defined({
        nodes: { hook: webhook, a: { type: "transform@1", config: { expression: "input" } } },
        edges: [
          { from: "hook", to: "a" },
          { from: "a", to: "a" },
        ],
      }),
    ],
    [
      "with a node called __proto__",
      defined({
        nodes: JSON.parse(
          '{"__proto__":{"type":"transform@1","config":{"expression":"input"}},"hook":{"type":"webhook@1","config":{}}}',
        ) as object,
      }),
    ],
    ["with a node called a/b", defined({ nodes: { hook: webhook, "a/b": webhook } })],
    ["with a node that is a statement", defined({ nodes: { hook: webhook, "'; DROP TABLE": webhook } })],
    ["with a node in reversed writing", defined({ nodes: { hook: webhook, "a\u202eb": webhook } })],
    ["with a delay of -1", withNode("delay@1", { durationMs: -1 })],
    ["with a delay of 1e99", withNode("delay@1", { durationMs: 1e99 })],
    ["with a delay that is a word", withNode("delay@1", { durationMs: "soon" })],
    ["with a billion retries", withCall({ retry: { attempts: 1e9 } })],
    ["with half a retry", withCall({ retry: { attempts: 1.5 } })],
    ["with an expression that is none", withNode("transform@1", { expression: "a[" })],
    ["with an unknown function", withNode("transform@1", { expression: "eval('1')" })],
    [
      "with 5,000 nested lists in an expression",
      withNode("transform@1", { expression: "[".repeat(5_000) + "]".repeat(5_000) }),
    ],
    ["with 20,000 negations", withNode("transform@1", { expression: `${"!".repeat(20_000)}a` })],
    ["with an expression of 64 kB", withNode("transform@1", { expression: "a.".repeat(32_000) + "a" })],
    ["that calls a file", withCall({ url: "file:///etc/passwd" })],
    ["that calls data", withCall({ url: "data:text/plain,x" })],
    ["that calls gopher", withCall({ url: "gopher://example.com/" })],
    ["that calls a script", withCall({ url: "javascript:alert(1)" })],
    ["that calls nowhere", withCall({ url: "/relative" })],
    ["that calls with a password in the URL", withCall({ url: "https://user:pass@example.com/" })],
    ["that calls a host of the payload", withCall({ url: "https://{{ input.host }}/" })],
    ["that calls by TRACE", withCall({ method: "TRACE" })],
    ["that calls by CONNECT", withCall({ method: "CONNECT" })],
    ["that sets the host of a call", withCall({ headers: { host: "evil.example" } })],
    ["that sets the length of a call", withCall({ headers: { "content-length": "1" } })],
    ["that sets the framing of a call", withCall({ headers: { "transfer-encoding": "chunked" } })],
    ["that splits a header", withCall({ headers: { a: "b\r\nc: d" } })],
    ["with a timeout of 0", withCall({ timeoutMs: 0 })],
    ["with a timeout of 1e9", withCall({ timeoutMs: 1e9 })],
  ])("%s is refused with the place and the remedy of each mistake", async (_, definition) => {
    const { valid, issues } = await harness.client.validateWorkflow({ body: { definition } });
    expect(valid).toBe(false);
    expect(issues.length).toBeGreaterThan(0);
    for (const { path, code, message, fix } of issues) {
      expect(path).toMatch(/^(\/|$)/);
      expect(code).toMatch(/^[a-z_]+$/);
      expect([message, fix].every((text) => text !== undefined && text.length > 0)).toBe(true);
    }
    const saved = await fetch(`${harness.url}/api/v1/workflows`, {
      method: "POST",
      headers: { authorization: `Bearer ${harness.key}`, "content-type": "application/json" },
      body: JSON.stringify({ definition }),
    });
    expect(saved.status).toBe(422);
    expect(await saved.text()).toMatch(/"code":"definition_invalid"/);
  });
});
