import { describe, expect, it } from "vitest";
import { takeSpentUnits } from "../expression/budget.ts";
import { ExpressionError } from "../expression/expression-error.ts";
import type { Scope } from "../expression/index.ts";
import type { Json } from "../json.ts";
import { parseJsonInput } from "../json-input.ts";
import { validateDefinition } from "../definition/validate.ts";
import type { RunResponse } from "./event.ts";
import { responseOf } from "./response.ts";

function check(response: Json): ReturnType<typeof validateDefinition> {
  return validateDefinition({
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "s",
    nodes: { hook: { type: "webhook@1", config: {} }, end: { type: "terminate@1", config: { response } } },
    edges: [{ from: "hook", to: "end" }],
  });
}

/** What a response's config comes to for a body, given as JSON text. */
function answerTo(text: string, response: Json): RunResponse | string {
  const checked = check(response);
  if ("issues" in checked) throw new Error(JSON.stringify(checked.issues));
  const step = checked.plan.nodes[1]?.step;
  if (step?.type !== "terminate@1" || step.response === null) throw new Error("no response in the plan");
  return responseOf(step.response, parseJsonInput(`{"input":${text}}`) as Scope);
}

function answer(response: Json, input: Json): RunResponse | string {
  return answerTo(JSON.stringify(input), response);
}

const HTML = { "content-type": "text/html" };
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const INPUT = {
  n: 7,
  name: "<b>",
  list: [1],
  big: { a: "x" },
  text: "plain",
  odd: "a b/?c&d",
  url: "https://shop.example/a?b=c&d",
};

describe("a response", () => {
  it.each<[what: string, response: Json, expected: RunResponse]>([
    ["nothing is 200 without a body", {}, { status: 200, headers: {} }],
    [
      "text is text",
      { status: 201, body: "order {{ input.n }}" },
      { status: 201, headers: { "content-type": "text/plain; charset=utf-8" }, body: "order 7" },
    ],
    [
      "any other value is JSON",
      { body: { n: { $jmes: "input.n" }, at: "{{ input.n }}" } },
      { status: 200, headers: { "content-type": "application/json" }, body: '{"n":7,"at":"7"}' },
    ],
    [
      "null is JSON, too",
      { body: null },
      { status: 200, headers: { "content-type": "application/json" }, body: "null" },
    ],
    [
      "text is JSON where the content type says so",
      { headers: { "Content-Type": "application/problem+json" }, body: { $jmes: "input.text" } },
      { status: 200, headers: { "content-type": "application/problem+json" }, body: '"plain"' },
    ],
    [
      "a number under a text type is text",
      { headers: { "content-type": "text/csv" }, body: { $jmes: "input.n" } },
      { status: 200, headers: { "content-type": "text/csv; charset=utf-8" }, body: "7" },
    ],
    [
      "an object is XML where the encoding says so",
      { body: { order: { "@id": { $jmes: "input.n" }, name: "{{ input.name }}" } }, bodyEncoding: "xml" },
      {
        status: 200,
        headers: { "content-type": "application/xml" },
        body: '<?xml version="1.0" encoding="UTF-8"?><order id="7"><name>&lt;b&gt;</name></order>',
      },
    ],
    [
      "XML has the content type that the headers give",
      { headers: { "content-type": "text/xml" }, body: { a: "{{ input.text }}" }, bodyEncoding: "xml" },
      {
        status: 200,
        headers: { "content-type": "text/xml; charset=utf-8" },
        body: '<?xml version="1.0" encoding="UTF-8"?><a>plain</a>',
      },
    ],
    [
      "holes in HTML are escaped",
      { headers: HTML, body: "<p>{{ input.name }}</p>" },
      { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body: "<p>&lt;b&gt;</p>" },
    ],
    [
      "HTML that an expression gives is sent as it is",
      { headers: HTML, body: { $jmes: "input.name" } },
      { status: 200, headers: { "content-type": "text/html; charset=utf-8" }, body: "<b>" },
    ],
    [
      "holes in a form are percent-encoded",
      { headers: FORM, body: "a={{ input.odd }}&b=1" },
      { status: 200, headers: FORM, body: "a=a+b%2F%3Fc%26d&b=1" },
    ],
    [
      "an object is fields where the content type is a form",
      { headers: FORM, body: { a: { $jmes: "input.odd" }, b: [1, 2] } },
      { status: 200, headers: FORM, body: "a=a+b%2F%3Fc%26d&b=1&b=2" },
    ],
    [
      "a form that an expression gives is sent as it is",
      { headers: FORM, body: { $jmes: "input.odd" } },
      { status: 200, headers: FORM, body: "a b/?c&d" },
    ],
    [
      "text gets a charset even if a quoted parameter looks like one",
      { headers: { "content-type": 'text/csv; x=";charset=utf-8"' }, body: "é" },
      { status: 200, headers: { "content-type": 'text/csv; x=";charset=utf-8"; charset=utf-8' }, body: "é" },
    ],
    [
      "bytes are base64",
      { headers: { "content-type": "image/png" }, body: "iVBORw==", bodyEncoding: "base64" },
      { status: 200, headers: { "content-type": "image/png" }, body: "iVBORw==", bodyEncoding: "base64" },
    ],
    [
      "bytes without a type are bytes",
      { body: "", bodyEncoding: "base64" },
      { status: 200, headers: { "content-type": "application/octet-stream" }, body: "", bodyEncoding: "base64" },
    ],
    [
      "the status and headers may come from the input",
      { status: { $jmes: "`400` + input.n" }, headers: { "X-Order": "{{ input.n }}", location: "/o/{{ input.n }}" } },
      { status: 407, headers: { "x-order": "7", location: "/o/7" } },
    ],
    [
      "a value in an address adds nothing to it",
      { status: 303, headers: { location: "https://shop.example/o/{{ input.odd }}?from={{ input.odd }}" } },
      { status: 303, headers: { location: "https://shop.example/o/a%20b%2F%3Fc%26d?from=a%20b%2F%3Fc%26d" } },
    ],
    [
      "a value that is the whole address stays what it is",
      { status: 303, headers: { location: "{{ input.url }}" } },
      { status: 303, headers: { location: "https://shop.example/a?b=c&d" } },
    ],
    ["no body stays none", { status: 204 }, { status: 204, headers: {} }],
    [
      "null is nothing where there can be no body",
      { status: { $jmes: "`304`" }, body: null },
      { status: 304, headers: {} },
    ],
    [
      "empty text is nothing there, too",
      { status: { $jmes: "`204`" }, body: { $jmes: "''" } },
      { status: 204, headers: {} },
    ],
  ])("%s", (_what, response, expected) => {
    expect(JSON.parse(JSON.stringify(answer(response, INPUT)))).toEqual(expected);
  });

  it.each<[response: Json, message: RegExp]>([
    [{ status: { $jmes: "`199`" } }, /status of the response is 199; give a whole number from 200 to 599/],
    [{ status: { $jmes: "`600`" } }, /is 600/],
    [{ status: { $jmes: "`200.5`" } }, /is 200.5/],
    [{ status: { $jmes: "input.text" } }, /is text; give/],
    [{ status: { $jmes: "input.missing" } }, /is null; give/],
    [{ status: { $jmes: "`204`" }, body: "x" }, /status 204 has no body/],
    [{ headers: { "x-a": "{{ input.line }}" } }, /"x-a" holds a line break/],
    [{ headers: { "x-a": "{{ input.wide }}" } }, /beyond U\+00FF/],
    [{ headers: { "x-a": "{{ input.long }}" } }, /more than 8192 characters/],
    [{ headers: { location: "{{ input.odd }}" } }, /"location" holds a blank/],
    [{ headers: { location: "/o/{{ input.half }}" } }, /"location" holds half of a surrogate pair/],
    [{ headers: { "content-type": "{{ input.text }}" }, body: "x" }, /"plain" is not a content type; write it like/],
    [
      { headers: { "content-type": "text/{{ input.latin }}" }, body: "x" },
      /charset latin1, but the body is sent as UTF-8/,
    ],
    [{ headers: HTML, body: { $jmes: "input.big" } }, /body is an object, which can be sent as JSON only.*text\/html/],
    [{ headers: HTML, body: { $jmes: "input.list" } }, /body is a list/],
    [{ headers: HTML, body: null }, /body is null/],
    [
      { headers: FORM, body: { $jmes: "input.list" } },
      /body of a form must be an object of fields, or text; it is a list/,
    ],
    [{ headers: FORM, body: { a: { $jmes: "input.big" } } }, /Form field "a" is an object/],
    [{ headers: HTML, body: "{{ input.control }}" }, /U\+0001, which XML and HTML cannot hold/],
    [{ body: { $jmes: "input.half" } }, /half of a surrogate pair/],
    [{ body: "no!!", bodyEncoding: "base64" }, /not base64/],
    [{ body: "abc", bodyEncoding: "base64" }, /not base64/],
    [{ body: "=aaa", bodyEncoding: "base64" }, /not base64/],
    [{ body: { $jmes: "input.n" }, bodyEncoding: "base64" }, /body is a number; with bodyEncoding base64 give base64/],
    [{ body: { $jmes: "input.huge" } }, /has 1048577 characters; the limit is 1048576/],
  ])("%j is none", (response, message) => {
    const odd = { line: "a\nb", wide: "→", latin: "plain; charset=latin1", control: "\u0001", half: "\ud800" };
    const input = { ...INPUT, ...odd, long: "x".repeat(8192), huge: "x".repeat(1_048_577) };
    expect(answer(response, input)).toMatch(message);
  });

  it("has a JSON body within what an expression may build", () => {
    const input = { parts: Array.from({ length: 3 }, () => "x".repeat(400_000)) };
    expect(() => answer({ body: { $jmes: "input.parts" } }, input)).toThrow(ExpressionError);
  });

  it("keeps the digits of numbers", () => {
    expect(answerTo('{"id":9007199254740993}', { body: { $jmes: "input" } })).toMatchObject({
      body: '{"id":9007199254740993}',
    });
  });
});

/** The issues of a response's config: place below the response, and code. */
function issuesOf(response: Json): readonly string[] {
  const checked = check(response);
  return "issues" in checked
    ? checked.issues.map(({ path, code, fix }) => `${path.slice("/nodes/end/config/response".length)} ${code} ${fix}`)
    : [];
}

describe("a response in a document", () => {
  it.each<[response: Json, issue: RegExp]>([
    [{ status: 199 }, /^\/status invalid_value /],
    [{ status: 100 }, /^\/status invalid_value /],
    [{ status: "200" }, /^\/status wrong_type /],
    [{ status: 204, body: "x" }, /^\/body body_forbidden /],
    [{ status: 304, body: null }, /^\/body body_forbidden /],
    [{ headers: { "a b": "x" } }, /^\/headers\/a b header_invalid /],
    [{ headers: { "x-a": "a\r\nset-cookie: b" } }, /^\/headers\/x-a header_invalid /],
    [{ headers: { "X-A": "1", "x-a": "2" } }, /^\/headers\/x-a header_duplicate /],
    [{ headers: { "content-type": "html" } }, /^\/headers header_invalid Write it like text\/html/],
    [{ headers: { "content-type": "text/html; charset=latin1" } }, /^\/headers header_invalid Leave the charset out/],
    [
      { headers: { "content-type": 'text/html; x="; charset=utf-8"; charset=utf-16' } },
      /^\/headers header_invalid Leave the charset out/,
    ],
    [{ bodyEncoding: "hex" }, /^\/bodyEncoding invalid_value /],
    [{ body: { $jmes: "(" } }, /^\/body\/\$jmes expression_syntax /],
    [{ status: { $jmes: "nodes.none.output" } }, /^\/status\/\$jmes reference_unknown_node /],
    [{ code: 200 }, /^\/code unknown_field /],
  ])("%j is refused at its place", (response, issue) => {
    expect(issuesOf(response)).toEqual([expect.stringMatching(issue)]);
  });

  it.each<[name: string, why: string]>([
    ["Content-Length", "MeshHook or the connection sets it"],
    ["transfer-encoding", "MeshHook or the connection sets it"],
    ["proxy-authenticate", "MeshHook or the connection sets it"],
    ["Content-Security-Policy", "MeshHook sets it"],
    ["X-Content-Type-Options", "MeshHook sets it"],
    ["meshhook-run-id", "MeshHook sets it"],
    ["Set-Cookie", "including the console"],
    ["clear-site-data", "including the console"],
    ["strict-transport-security", "including the console"],
    ["service-worker-allowed", "including the console"],
    ["alt-svc", "including the console"],
    ["nel", "including the console"],
    ["sec-session-registration", "including the console"],
    ["secure-session-registration", "including the console"],
    ["attribution-reporting-register-source", "including the console"],
    ["shared-storage-write", "including the console"],
    ["idp-signin-status", "including the console"],
  ])("may not set %s, and hears why", (name, why) => {
    expect(issuesOf({ headers: { [name]: "x" } })).toEqual([
      expect.stringMatching(new RegExp(`^/headers/${name} header_forbidden Remove "${name}"; .*${why}\\.$`)),
    ]);
  });

  it("may set what concerns this one answer", () => {
    const headers = { location: "/x", "cache-control": "max-age=5", etag: '"1"', "retry-after": "5", "x-own": "1" };
    expect(
      issuesOf({ status: 303, headers: { ...headers, "access-control-allow-origin": "*", vary: "origin" } }),
    ).toEqual([]);
  });
});

it("a body that XML cannot hold is refused, and one that costs too much is not its fault", () => {
  const xml = { bodyEncoding: "xml", body: { $jmes: "input" } };
  expect(answer(xml, { a: 1, b: 2 })).toContain("The body cannot be written as XML");
  takeSpentUnits(1);
  try {
    expect(() => answer(xml, { a: "x".repeat(100) })).toThrow(ExpressionError);
  } finally {
    takeSpentUnits();
  }
});

it("a body that is neither text nor JSON is written as text, or refused by its kind", () => {
  const plain = { headers: { "content-type": "text/plain" } };
  expect(answer({ ...plain, body: { $jmes: "input" } }, true)).toMatchObject({ body: "true" });
  expect(answer({ ...plain, body: { $jmes: "input" } }, 7)).toMatchObject({ body: "7" });
  expect(answer({ ...plain, body: { $jmes: "input" } }, {})).toContain("The body is an object");
  expect(answer({ bodyEncoding: "base64", body: { $jmes: "input" } }, true)).toContain("The body is a boolean");
  expect(answer({ status: { $jmes: "input" } }, false)).toContain("The status of the response is a boolean");
});
