import { connect } from "node:net";
import { gzipSync } from "node:zlib";

import { ProblemSchema } from "@meshhook/contract";
import { Ajv } from "ajv";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";

import { openApiDocument } from "../src/index.ts";
import { arbitraryValue, HOSTILE } from "./arbitrary-value.ts";
import {
  failingDefinition,
  publish,
  pureDefinition,
  SECRET,
  sign,
  startHarness,
  waitingDefinition,
  type Harness,
} from "./harness.ts";

/**
 * Requests that are made at random from what the server says that it takes. A failure prints its seed; `MESHHOOK_FUZZ_SEED` repeats it, and
 * `MESHHOOK_FUZZ_RUNS` asks for more.
 */
const SEED = Number(process.env["MESHHOOK_FUZZ_SEED"] ?? 20_261_201);
const RUNS = Number(process.env["MESHHOOK_FUZZ_RUNS"] ?? 400);
/** Whatever is sent, an answer comes within this time. */
const ANSWER_MS_MAX = 20_000;
const TEST_MS_MAX = 60_000 + 100 * RUNS;

let harness: Harness;
const ids: { [name: string]: readonly string[] } = {};
const tokens: { [kind: string]: string } = {};

beforeAll(async () => {
  harness = await startHarness();
  const { client } = harness;
  const pure = await publish(client, pureDefinition());
  const waiting = await publish(client, waitingDefinition());
  const failing = await publish(client, failingDefinition());
  tokens["none"] = pure.token;
  for (const signature of ["github-sha256", "stripe", "slack", "shopify", "standard-webhooks", "discord"] as const) {
    const secret =
      signature === "discord"
        ? "aa".repeat(32)
        : signature === "standard-webhooks"
          ? "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
          : SECRET;
    const made = await client.createEndpoint({ body: { workflow: "pure", name: signature, signature, secret } });
    tokens[signature] = made.token;
  }
  const runs = [
    await client.deliver(pure.token, { a: 1 }),
    await client.deliver(waiting.token, {}),
    await client.deliver(failing.token, {}),
  ];
  const { activeVersionId } = await client.getWorkflow({ workflow: "pure" });
  Object.assign(ids, {
    runId: runs.map(({ runId }) => runId),
    endpointId: [waiting.id],
    workflow: ["pure", "waiting", "failing"],
    versionId: [activeVersionId ?? ""],
    project: ["default"],
    name: ["API_KEY"],
    keyId: [(await client.createKey({ body: { name: "to revoke", scope: "read" } })).id],
    jobId: [
      (await client.createJob({ body: { kind: "replay", filter: { status: "failed" }, idempotencyKey: "job" } })).id,
    ],
  });
});
afterAll(() => harness.close());

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: { readonly [keyword: string]: unknown };
  }[];
  readonly requestBody?: {
    readonly content: { readonly [type: string]: { readonly schema: { readonly [keyword: string]: unknown } } };
  };
  readonly responses: {
    readonly [status: string]: { readonly content?: { readonly [type: string]: { readonly schema: object } } };
  };
}

/** Not tried: what never ends, what signs the caller out, and the intake, which has a test of its own. */
const LEFT_OUT = new Set(["followProject", "deliver", "verify"]);

const document = openApiDocument("test") as {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
};
const operations = Object.entries(document.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  .filter(({ operation }) => !LEFT_OUT.has(operation.operationId));

const oftenFrom = (texts: readonly string[], others: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  texts.length === 0
    ? others
    : fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...texts) }, { weight: 1, arbitrary: others });

const arbitraryHeaders = fc.record(
  {
    "idempotency-key": fc.oneof(
      fc.uuid(),
      fc.constantFrom("a", "b"),
      fc.string({ unit: "grapheme-ascii", maxLength: 300 }),
    ),
    "if-match": fc.constantFrom("*", '"x"', 'W/"x"', '"', "nonsense", '"a", "b"'),
    "if-none-match": fc.constantFrom("*", '"x"', 'W/"x"', '"', "nonsense"),
    "content-type": fc.constantFrom(
      "application/json",
      "text/plain",
      "application/json; charset=utf-16",
      "multipart/form-data; boundary=x",
      "a/b;;;",
    ),
    "content-encoding": fc.constantFrom("gzip", "br", "identity", "rot13", "gzip, gzip"),
    accept: fc.constantFrom("application/json", "*/*", "text/html", "nonsense"),
    origin: fc.constantFrom("https://evil.example", "null"),
    range: fc.constantFrom("bytes=0-1", "bytes=-5"),
  },
  { requiredKeys: [] },
);

/** Made once for each operation: making them takes longer than using them. */
const arbitraryRequestTo = ({ path, method, operation }: (typeof operations)[number]) => {
  const parameters = operation.parameters.filter((parameter) => parameter.in !== "header");
  const schema = operation.requestBody?.content["application/json"]?.schema;
  return fc.record({
    operation: fc.constant(operation),
    method: fc.constant(method),
    path: fc.constant(path),
    values: fc.record(
      Object.fromEntries(
        parameters.map((parameter) => [
          parameter.name,
          parameter.in === "path"
            ? oftenFrom(ids[parameter.name] ?? [], fc.constantFrom(...HOSTILE, "x"))
            : arbitraryValue(parameter.schema),
        ]),
      ),
      { requiredKeys: parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name) },
    ),
    body:
      schema === undefined
        ? fc.constant(undefined)
        : fc.oneof({ weight: 10, arbitrary: arbitraryValue(schema) }, { weight: 1, arbitrary: fc.constant(undefined) }),
    headers: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: arbitraryHeaders }),
  });
};

it(
  "the API answers every request with what its document names, and never with an error of its own",
  { timeout: TEST_MS_MAX },
  async () => {
    const ajv = new Ajv({ strict: false });
    const isProblem = ajv.compile({ ...ProblemSchema, $id: "FuzzedProblem" });
    const prototype = Object.getOwnPropertyNames(Object.prototype).join();
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(...operations.map(arbitraryRequestTo)),
        async ({ operation, method, path, values, body, headers }) => {
          const query = new URLSearchParams();
          const filled = path.replace(
            /\{(\w+)\}/g,
            (_, name: string) => encodeURIComponent(wellFormed(String(values[name]))) || "x",
          );
          for (const [name, value] of Object.entries(values))
            if (!path.includes(`{${name}}`))
              query.set(name, wellFormed(typeof value === "object" ? JSON.stringify(value) : String(value)));
          const response = await fetch(`${harness.url}${filled}?${query.toString()}`, {
            method,
            headers: {
              authorization: `Bearer ${harness.key}`,
              ...(body === undefined ? {} : { "content-type": "application/json" }),
              ...sendable(headers),
            },
            ...(body === undefined || method === "GET" ? {} : { body: JSON.stringify(body) }),
            signal: AbortSignal.timeout(ANSWER_MS_MAX),
          });
          const text = await response.text();
          const { status } = response;
          seen.set(`${operation.operationId} ${status}`, (seen.get(`${operation.operationId} ${status}`) ?? 0) + 1);
          // A path parameter may be what another route is called.
          const isOther = status === 404 || status === 405;
          expect(
            Object.keys(operation.responses),
            `${operation.operationId} answered ${status}: ${text.slice(0, 300)}`,
          ).toContain(isOther ? Object.keys(operation.responses)[0] : String(status));
          expect(status === 503 || status < 500, text.slice(0, 300)).toBe(true);
          if (status >= 400) expect(isProblem(JSON.parse(text)), text.slice(0, 300)).toBe(true);
        },
      ),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(prototype);
    // The generator reaches what it is for: most operations, and many of them with success.
    expect(new Set([...seen.keys()].map((key) => key.split(" ")[0])).size).toBeGreaterThan(operations.length / 2);
    expect([...seen.keys()].filter((key) => / 20\d$/.test(key)).length).toBeGreaterThan(10);
  },
);

const arbitraryLine = fc
  .oneof(
    fc.constantFrom(
      "content-type",
      "content-encoding",
      "x-hub-signature-256",
      "stripe-signature",
      "x-slack-signature",
      "x-slack-request-timestamp",
      "x-shopify-hmac-sha256",
      "webhook-id",
      "webhook-timestamp",
      "webhook-signature",
      "x-signature-ed25519",
      "x-signature-timestamp",
      "idempotency-key",
      "prefer",
      "x-forwarded-for",
      "ce-specversion",
      "__proto__",
      "constructor",
    ),
    fc.stringMatching(/^[a-z-]{1,20}$/),
  )
  .chain((name) => fc.tuple(fc.constant(name), arbitraryHeaderValue(name)));

function arbitraryHeaderValue(name: string): fc.Arbitrary<string> {
  const common = fc.oneof(
    fc.string({ unit: "grapheme-ascii", maxLength: 80 }),
    fc.constantFrom("", "0", "-1", "1e9", String(Math.floor(Date.now() / 1_000)), "9".repeat(30)),
  );
  if (name === "content-type")
    return fc.oneof(
      common,
      fc.constantFrom(
        "application/json",
        "application/xml",
        "text/plain; charset=utf-16",
        "application/x-www-form-urlencoded",
        'multipart/form-data; boundary="b"',
        "application/cloudevents+json",
        "application/json; charset=iso-2022-jp",
      ),
    );
  if (name === "content-encoding") return fc.constantFrom("gzip", "br", "deflate", "zstd", "gzip, br", "identity", "x");
  if (name.includes("signature") || name.includes("hmac"))
    return fc.oneof(
      common,
      fc.constantFrom(
        sign("{}"),
        sign("{}").slice(7),
        "v1,abc",
        "v1=abc",
        `t=1,v1=${"0".repeat(64)}`,
        "v0=",
        "sha256=",
        `v1,${"A".repeat(44)} v1,b`,
        "0".repeat(128),
      ),
    );
  return common;
}

const BODIES = [
  "{}",
  '{"type":"url_verification","challenge":"x"}',
  "<a><b>1</b></a>",
  '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>',
  "a=1&b=%zz&a=2",
  '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
  "--b\r\n\r\n",
  '{"__proto__":{"polluted":1}}',
  "[".repeat(5_000),
  "\ufeff\ufeff{}",
] as const;

const arbitraryBody = fc.oneof(
  fc.constantFrom(...BODIES).map((text) => Buffer.from(text)),
  fc.constantFrom(...BODIES).map((text) => gzipSync(text)),
  fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

it(
  "the intake answers every webhook, whatever its headers, codings and body are, and never with an error of its own",
  { timeout: TEST_MS_MAX },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...["none", "github-sha256", "stripe", "slack", "shopify", "standard-webhooks", "discord"]),
        fc.array(arbitraryLine, { maxLength: 6 }),
        arbitraryBody,
        fc.boolean(),
        async (kind, lines, body, isChunked) => {
          const head = lines
            .filter(
              ([name]) =>
                !["content-length", "transfer-encoding", "connection", "host", "expect", "upgrade"].includes(name),
            )
            .map(([name, value]) => `${name}: ${value.replaceAll(/[^\x20-\x7e]/g, "")}`);
          const framing = isChunked ? "transfer-encoding: chunked" : `content-length: ${body.length}`;
          const bytes = isChunked
            ? Buffer.concat([
                Buffer.from(body.length === 0 ? "" : `${body.length.toString(16)}\r\n`),
                body,
                Buffer.from(body.length === 0 ? "0\r\n\r\n" : "\r\n0\r\n\r\n"),
              ])
            : body;
          const text = await exchange(
            Buffer.concat([
              Buffer.from(
                [
                  `POST /hooks/${tokens[kind] ?? ""} HTTP/1.1`,
                  "host: x",
                  "connection: close",
                  framing,
                  ...head,
                  "",
                  "",
                ].join("\r\n"),
              ),
              bytes,
            ]),
          );
          const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
          expect(status, text.slice(0, 300)).toBeGreaterThanOrEqual(200);
          expect(status, text.slice(0, 300)).toBeLessThan(500);
          expect(text).not.toMatch(/\n {4}at |node_modules|SECRET|canary/);
          expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
        },
      ),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
  },
);

it("any definition is either valid or refused with places and remedies", { timeout: TEST_MS_MAX }, async () => {
  const texts = fc.oneof(
    fc.constantFrom(
      ...HOSTILE,
      "input",
      "nodes.a.output",
      "{{ input.a }}",
      "http@1",
      "transform@1",
      "delay@1",
      "https://example.com/",
    ),
    fc.string({ maxLength: 20 }),
  );
  const config = fc.dictionary(
    fc.constantFrom("expression", "url", "method", "durationMs", "headers", "body", "retry", "output", "__proto__"),
    fc.oneof(texts, fc.jsonValue({ maxDepth: 2 })),
    { maxKeys: 4 },
  );
  const node = fc.record(
    {
      type: fc.oneof(
        fc.constantFrom("webhook@1", "transform@1", "http@1", "delay@1", "branch@1", "terminate@1", "loop@1"),
        texts,
      ),
      config,
    },
    { requiredKeys: [] },
  );
  const definition = fc.record({
    apiVersion: fc.oneof({ weight: 9, arbitrary: fc.constant("meshhook/v1") }, { weight: 1, arbitrary: texts }),
    kind: fc.constant("Workflow"),
    slug: fc.oneof({ weight: 9, arbitrary: fc.constant("fuzzed") }, { weight: 1, arbitrary: texts }),
    nodes: fc.dictionary(fc.oneof(fc.constantFrom("a", "b", "c"), texts), node, { maxKeys: 5 }),
    edges: fc.array(fc.record({ from: fc.constantFrom("a", "b", "c", "x"), to: fc.constantFrom("a", "b", "c", "x") }), {
      maxLength: 6,
    }),
  });
  await fc.assert(
    fc.asyncProperty(definition, async (value) => {
      const { valid, issues, hash } = await harness.client.validateWorkflow({ body: { definition: value } });
      expect(valid).toBe(issues.length === 0);
      expect(hash === null).toBe(!valid);
      for (const { path, code, message } of issues)
        expect([path.startsWith("/") || path === "", code !== "", message !== ""]).toEqual([true, true, true]);
    }),
    { seed: SEED, numRuns: RUNS, endOnFailure: true },
  );
});

/** The platform's client sends no header of other characters, and no half of a surrogate pair in an address. */
function sendable(headers: { readonly [name: string]: string | undefined }): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value.replaceAll(/[^\x20-\x7e]/g, "").trim()]],
    ),
  );
}
function wellFormed(text: string): string {
  return text.toWellFormed();
}

function exchange(bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(harness.server.port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
    // Bytes that were still on their way when the server closed; what it said has come before.
    socket.on("error", () => resolve(Buffer.concat(chunks).toString("latin1")));
    socket.setTimeout(ANSWER_MS_MAX, () => {
      socket.destroy();
      reject(new Error("the server neither answered nor closed"));
    });
  });
}
