import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonInput } from "../json-input.ts";
import type { Json } from "../json.ts";
import { decodeFacts, encodeFacts } from "./codec.ts";
import type { StepError } from "./event.ts";
import { DELIVERY_HEAD_CHARACTERS, readDeliveryHead } from "./delivery-head.ts";
import type { DeliveryFact, DeliverySource, Fact } from "./fact.ts";
import { HistoryError } from "./history-error.ts";
import type { Kept } from "./kept.ts";
import type { RunOrigin } from "./origin.ts";

/** JSON as it comes from outside. JSON text has −0, but the engine never distinguishes it from 0. */
const arbitraryText = fc.json({ maxDepth: 4 });
const arbitraryJson: fc.Arbitrary<Json> = arbitraryText.map((text) =>
  parseJsonInput(text.replace(/-0(?![.\deE])/g, "0")),
);
const strings = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: false });
const at = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const node = fc.stringMatching(/^[a-z][a-z0-9_]{0,10}$/);
const attempt = fc.integer({ min: 1, max: 20 });
const durationUs = fc.nat();

const runId = fc.uuid({ version: 7 });
const iteration = fc.array(fc.nat(), { minLength: 1, maxLength: 3 });
const place = { node, iteration };
const by = fc.record({ keyId: fc.uuid(), name: fc.string() });
const arbitraryOrigin: fc.Arbitrary<RunOrigin> = fc.oneof(
  fc.record({ kind: fc.constant("replay"), runId, by, job: fc.uuid() }, { requiredKeys: ["kind", "runId"] }),
  fc.record(
    { kind: fc.constant("resume"), runId, ...place, by, edited: fc.array(fc.string()) },
    { requiredKeys: ["kind", "runId", "node"] },
  ),
  fc.record(
    { kind: fc.constant("child"), runId, ...place, depth: fc.integer({ min: 1, max: 16 }), rootRunId: runId },
    { requiredKeys: ["kind", "runId", "node", "depth"] },
  ),
  fc.record({ kind: fc.constant("schedule"), plannedAt: at }),
);

const arbitraryError: fc.Arbitrary<StepError> = fc.record(
  { code: node, message: fc.string({ unit: "binary" }), node, status: fc.nat(), attempt },
  { requiredKeys: ["code", "message"] },
);
const arbitraryKept: fc.Arbitrary<Kept> = fc.oneof(
  fc.record(
    {
      ...place,
      port: node,
      output: arbitraryJson,
      error: arbitraryError,
      attempts: attempt,
      edited: fc.constant(true as const),
    },
    { requiredKeys: ["node", "port", "output"] },
  ),
  fc.record(
    {
      ...place,
      items: fc.array(arbitraryJson),
      ended: fc.array(
        fc.oneof(
          fc.record({ index: fc.nat(), result: arbitraryJson }),
          fc.record({ index: fc.nat(), error: arbitraryError }),
        ),
      ),
      open: fc.array(fc.nat()),
      brokenAt: fc.nat(),
    },
    { requiredKeys: ["node", "items", "ended", "open"] },
  ),
);

const arbitrarySource: fc.Arbitrary<DeliverySource> = fc.record(
  {
    endpoint: fc.uuid(),
    bytes: fc.nat(),
    address: fc.string(),
    method: fc.string(),
    waited: fc.constant(true as const),
    test: fc.constant(true as const),
    redacted: fc.dictionary(
      fc.string({ unit: "grapheme-ascii" }).filter((name) => name !== "__proto__"),
      fc.nat(),
      { noNullPrototype: true },
    ),
  },
  { requiredKeys: ["endpoint", "bytes"] },
);

const arbitraryDelivery: fc.Arbitrary<DeliveryFact> = fc.record(
  {
    kind: fc.constant("delivery"),
    at,
    source: arbitrarySource,
    origin: arbitraryOrigin,
    kept: fc.array(arbitraryKept, { maxLength: 2 }),
    start: node,
    held: fc.constant(true),
    headers: strings,
    query: strings,
    body: arbitraryJson,
  },
  { requiredKeys: ["kind", "at", "headers", "query", "body"] },
);

const arbitraryFact: fc.Arbitrary<Fact> = fc.oneof(
  arbitraryDelivery,
  fc.record({ kind: fc.constant("intent"), at, node, attempt }),
  fc.record({ kind: fc.constant("signal"), at, signal: runId, name: fc.string(), payload: arbitraryJson }),
  fc.record({ kind: fc.constant("timeout"), at }),
  fc.record({ kind: fc.constant("timeout"), at, ...place }, { requiredKeys: ["kind", "at", "node"] }),
  fc.record({
    kind: fc.constant("response"),
    at,
    node,
    attempt,
    durationUs,
    status: fc.integer({ min: 100, max: 599 }),
    headers: strings,
    body: arbitraryJson,
  }),
  fc.record({
    kind: fc.constant("response"),
    at,
    node,
    attempt,
    durationUs,
    status: fc.constant(200),
    headers: strings,
    body: arbitraryJson,
    bodyError: fc.string(),
  }),
  fc.record({
    kind: fc.constant("failure"),
    at,
    node,
    attempt,
    durationUs,
    code: fc.constantFrom("timeout", "network", "tls", "forbidden_target", "response_too_large", "outcome_unknown"),
    message: fc.string({ unit: "binary" }),
  }),
  fc.record({ kind: fc.constant("timer"), at, node }),
  fc.record(
    {
      kind: fc.constant("child"),
      at,
      ...place,
      runId,
      status: fc.constantFrom("succeeded", "failed", "canceled", "not_started"),
      output: arbitraryJson,
      error: fc.record(
        { code: fc.string(), message: fc.string({ unit: "binary" }), node, status: fc.nat(), attempt },
        { requiredKeys: ["code", "message"] },
      ),
    },
    { requiredKeys: ["kind", "at", "node", "runId", "status", "output"] },
  ),
  fc.record({ kind: fc.constant("begin"), at }),
  fc.record({ kind: fc.constant("cancel"), at }),
  fc.record({ kind: fc.constant("cancel"), at, reason: fc.string({ unit: "binary" }) }),
);

const DELIVERY: DeliveryFact = { kind: "delivery", at: 1, headers: {}, query: {}, body: null };

/** The stored text of a delivery, and of an answer, with other members. */
function delivery(members: { readonly [name: string]: Json }): string {
  return JSON.stringify([{ ...DELIVERY, ...members }]);
}
function response(members: { readonly [name: string]: Json }): string {
  const rest = { attempt: 1, durationUs: 1, status: 200, headers: {}, body: 1 };
  return JSON.stringify([{ kind: "response", at: 1, node: "n", ...rest, ...members }]);
}

describe("encodeFacts and decodeFacts", () => {
  it("give back any facts", () => {
    fc.assert(
      fc.property(fc.array(arbitraryFact, { maxLength: 4 }), (facts) => {
        const text = encodeFacts(facts);
        expect(decodeFacts(text)).toEqual(facts);
        expect(text).not.toMatch(/[\0\x1e\x1f]/);
        expect(text.isWellFormed()).toBe(true);
      }),
    );
  });

  it("give back facts with everything that they can have", () => {
    const error: StepError = { code: "c", message: "m", node: "n", status: 500, attempt: 2 };
    const by = { keyId: "k", name: "Kim" };
    const place = { node: "each", iteration: [0, 2] };
    const answer = { at: 3, ...place, attempt: 1, durationUs: 5 };
    const redirects = [{ status: 301, url: "https://b.example" }];
    const delivery = { ...DELIVERY, semantics: 4, start: "clock", held: true } as const;
    const kept: Kept[] = [
      { ...place, port: "error", output: 1, error, attempts: 3, edited: true },
      { node: "n", port: "out", output: null },
      { ...place, items: [1], ended: [{ index: 0, result: 7 }], open: [1], brokenAt: 0 },
      { node: "l", items: [1], ended: [{ index: 0, error: { code: "c", message: "m" } }], open: [] },
    ];
    const facts: Fact[] = [
      { ...delivery, origin: { kind: "replay", runId: "r", by, job: "j" } },
      { ...delivery, origin: { kind: "replay", runId: "r" } },
      { ...delivery, origin: { kind: "resume", runId: "r", ...place, by, edited: ["a"] }, kept },
      { ...delivery, origin: { kind: "resume", runId: "r", node: "n" }, kept: [] },
      { ...delivery, origin: { kind: "child", runId: "r", ...place, depth: 1 } },
      { ...delivery, origin: { kind: "schedule", plannedAt: 9 }, query: { tag: ["a", "b"], q: "" } },
      { kind: "begin", at: 2 },
      { kind: "intent", at: 2, ...place, attempt: 1 },
      {
        kind: "response",
        ...answer,
        status: 200,
        headers: { a: "b" },
        body: "AA==",
        bodyEncoding: "base64",
        redirects,
      },
      { kind: "response", ...answer, status: 200, headers: {}, body: "{", bodyError: "not JSON" },
      { kind: "failure", ...answer, code: "network", message: "m", notSent: true },
      { kind: "failure", ...answer, code: "timeout", message: "m" },
      { kind: "timer", at: 4, node: "wait" },
      { kind: "timeout", at: 4 },
      { kind: "timeout", at: 4, ...place },
      { kind: "signal", at: 4, signal: "s", name: "paid", payload: { a: [1] } },
      { kind: "child", at: 4, ...place, runId: "r", status: "not_started", output: null, error },
      { kind: "child", at: 4, node: "n", runId: "r", status: "succeeded", output: 1 },
      { kind: "cancel", at: 5 },
      { kind: "cancel", at: 5, reason: "why", signal: "s" },
    ];
    expect(decodeFacts(encodeFacts(facts))).toEqual(facts);
  });

  it("embed a body as its own text, so that a later read gives what was evaluated", () => {
    fc.assert(
      fc.property(arbitraryDelivery, arbitraryText, fc.constantFrom(undefined, 2, "\t"), (delivery, text, indent) => {
        const bodyText = indent === undefined ? text : JSON.stringify(JSON.parse(text), null, indent);
        const fact = { ...delivery, body: parseJsonInput(bodyText) };
        const encoded = encodeFacts([fact], bodyText);
        expect(encoded).toContain(bodyText);
        const [again] = decodeFacts(encoded);
        expect(again).toEqual(fact);
        expect(JSON.stringify(again)).toBe(JSON.stringify(fact));
      }),
    );
  });

  it("keep key order, repeated keys, big numbers and escapes of a body", () => {
    const bodyText =
      '{ "b": 1, "a": 1.0e2, "a": 12345678901234567890, "__proto__": {"x": 1}, "z": "\\u0000\\ud83d", "2": 0, "1": 0 }';
    const fact: DeliveryFact = { ...DELIVERY, body: parseJsonInput(bodyText) };
    expect(decodeFacts(encodeFacts([fact], bodyText))).toEqual([fact]);
    expect(encodeFacts([fact], bodyText)).toContain(bodyText);
  });

  it("give values without prototypes", () => {
    const [fact] = decodeFacts('[{"kind":"delivery","at":1,"headers":{"a":"b"},"query":{},"body":{"c":[{}]}}]') as [
      DeliveryFact,
    ];
    const objects: unknown[] = [fact.headers, fact.query, fact.body, (fact.body as { c: Json[] }).c[0]];
    for (const object of objects) expect(Object.getPrototypeOf(object)).toBeNull();
  });
});

describe("encodeFacts", () => {
  it.each(["\u0000", '"\u001e"', '"\u001f"', '"\ud800"', "\ufeff1"])(
    "refuses body text that cannot have been JSON in UTF-8: %j",
    (bodyText) => {
      expect(() => encodeFacts([DELIVERY], bodyText)).toThrow(expect.objectContaining({ code: "history_corrupt" }));
    },
  );

  it("has this form, which stored rows depend on", () => {
    expect(encodeFacts([DELIVERY, { kind: "timer", at: 2, node: "wait" }], " 1 ")).toBe(
      '[{"kind":"delivery","at":1,"headers":{},"query":{},"body": 1 },{"kind":"timer","at":2,"node":"wait"}]',
    );
  });
});

describe("decodeFacts", () => {
  it.each([
    ["not JSON", "[{"],
    ["not an array", "{}"],
    ["fact 0 is not an object", "[1]"],
    ['"kind" of fact 0 is missing', "[{}]"],
    ['fact 0 has the unknown kind "party"', '[{"kind":"party","at":1}]'],
    ['"at" of fact 0 is not a non-negative whole number', '[{"kind":"cancel","at":1.5}]'],
    ['"at" of fact 0 is not a non-negative whole number', '[{"kind":"cancel","at":-1}]'],
    ['"reason" of fact 0 is not a string', '[{"kind":"cancel","at":1,"reason":2}]'],
    ['"node" of fact 1 is missing', '[{"kind":"cancel","at":1},{"kind":"timer","at":1}]'],
    [
      '"headers" of fact 0 is not an object of strings',
      '[{"kind":"delivery","at":1,"headers":{"a":1},"query":{},"body":1}]',
    ],
    ['"body" of fact 0 is missing', '[{"kind":"delivery","at":1,"headers":{},"query":{}}]'],
    [
      '"code" of fact 0 is the unknown "bored"',
      '[{"kind":"failure","at":1,"node":"n","attempt":1,"durationUs":1,"code":"bored","message":""}]',
    ],
    ["not JSON", `${"[".repeat(2000)}${"]".repeat(2000)}`],
    ['"headers" of fact 0 is not an object of strings', delivery({ headers: [] })],
    ['"query" of fact 0 is not an object of strings and lists of strings', delivery({ query: null })],
    ['"query" of fact 0 is not an object of strings and lists of strings', delivery({ query: { a: 1 } })],
    ['"query" of fact 0 is not an object of strings and lists of strings', delivery({ query: { a: ["b", 1] } })],
    ['"origin" of fact 0 is not an object', delivery({ origin: "replay" })],
    ['"origin" of fact 0 is of the unknown kind "guess"', delivery({ origin: { kind: "guess" } })],
    [
      '"edited" of fact 0 is not a list of strings',
      delivery({ origin: { kind: "resume", runId: "r", node: "n", edited: [1] } }),
    ],
    ['"kept" of fact 0 is not a list', delivery({ kept: {} })],
    ['"kept" of fact 0 is not a list of objects', delivery({ kept: [1] })],
    ['"iteration" of fact 0 is not a list of numbers', '[{"kind":"timer","at":1,"node":"n","iteration":[]}]'],
    ['"iteration" of fact 0 is not a list of numbers', '[{"kind":"timer","at":1,"node":"n","iteration":["a"]}]'],
    ['"iteration" of fact 0 is not a list of numbers', '[{"kind":"timer","at":1,"node":"n","iteration":[0.5]}]'],
    ['"iteration" of fact 0 is not a list of numbers', '[{"kind":"timer","at":1,"node":"n","iteration":[-1]}]'],
    ['"at" of fact 0 is not a non-negative whole number', '[{"kind":"cancel","at":"now"}]'],
    ['"bodyEncoding" of fact 0 is the unknown "hex"', response({ bodyEncoding: "hex" })],
    ['"redirects" of fact 0 is not an array', response({ redirects: {} })],
    ['"redirects" of fact 0 is not an array of objects', response({ redirects: [1] })],
    ['"redirects" of fact 0 is not an array of statuses and addresses', response({ redirects: [{ status: "a" }] })],
    ['"redirects" of fact 0 is not an array of statuses and addresses', response({ redirects: [{ status: 301 }] })],
    [
      '"status" of fact 0 is the unknown "bored"',
      '[{"kind":"child","at":1,"node":"n","runId":"r","status":"bored","output":1}]',
    ],
  ])("says %s", (message, text) => {
    expect(() => decodeFacts(text)).toThrow(HistoryError);
    expect(() => decodeFacts(text)).toThrow(message);
  });

  it("throws nothing but HistoryError, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((text) => `[${text}]`),
        ),
        (text) => {
          try {
            decodeFacts(text);
          } catch (error) {
            expect(error).toBeInstanceOf(HistoryError);
          }
        },
      ),
    );
  });
});

describe("the head of a delivery", () => {
  it("is what the whole delivery says, whatever its headers and its body are", () => {
    fc.assert(
      fc.property(arbitraryDelivery, arbitrarySource, (given, source) => {
        const { kept: _kept, ...fact } = { ...given, semantics: 2, source };
        const { at: time, headers } = fact;
        expect(readDeliveryHead(encodeFacts([fact]))).toEqual({ at: time, headers, source });
      }),
    );
  });

  it("is found in the beginning of a long text", () => {
    const source = { endpoint: "e", bytes: 3 };
    const headers = { a: '","query":{'.repeat(1_400) };
    const facts = encodeFacts([{ ...DELIVERY, semantics: 2, source, headers, body: "x".repeat(100_000) }]);
    expect(readDeliveryHead(facts.slice(0, DELIVERY_HEAD_CHARACTERS))).toMatchObject({ source, headers });
  });

  it("is absent where no request started the run", () => {
    expect(readDeliveryHead(encodeFacts([DELIVERY]))).toBeNull();
    expect(readDeliveryHead(encodeFacts([{ ...DELIVERY, semantics: 2 }]))).toBeNull();
  });
});
