import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { takeSpentUnits } from "../expression/budget.ts";
import { ExpressionError } from "../expression/expression-error.ts";
import { parseTemplate } from "../expression/template.ts";
import { parseValueTemplate } from "../expression/value-template.ts";
import { parseJsonInput } from "../json-input.ts";
import type { Json } from "../json.ts";
import type { HttpCallStep } from "../plan/plan.ts";
import type { CallRequest } from "./effect.ts";
import { RequestError } from "./request-values.ts";
import { explainFailure, idempotencyKey, renderRequest, requestTarget } from "./request.ts";
import { SEMANTICS } from "./semantics.ts";

const KEY = "mh-run-send";

interface Draft {
  readonly url?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly query?: { readonly [name: string]: Json };
  readonly body?: Json;
}

function render(draft: Draft, input: Json = {}, semantics = SEMANTICS): CallRequest {
  const pairs = (values: { readonly [name: string]: string } = {}): HttpCallStep["headers"] =>
    Object.entries(values).map(([name, value]) => ({ name, value: parseTemplate(value) }));
  const step: HttpCallStep = {
    type: "http_call@1",
    method: "POST",
    url: parseTemplate(draft.url ?? "https://api.example.com/orders"),
    headers: pairs(draft.headers),
    query: Object.entries(draft.query ?? {}).map(([name, value]) => ({ name, value: parseValueTemplate(value) })),
    body: draft.body === undefined ? null : parseValueTemplate(draft.body),
    timeoutMs: 1000,
    responseBytesMax: 1024,
    atMostOnce: false,
    redirects: { mode: "none", statuses: [], max: 5 },
    retry: {
      attemptsMax: 1,
      baseMs: 0,
      factor: 1,
      capMs: 0,
      jitter: "none",
      elapsedMsMax: 0,
      honorRetryAfter: true,
      onStatus: [],
      onTimeout: false,
      onNetwork: false,
    },
    responseType: "auto",
    referenceCount: 0,
    signingKeys: [],
    tls: null,
    limits: null,
    breaker: null,
  };
  return renderRequest(step, { scope: { input }, key: KEY, semantics });
}

describe("renderRequest", () => {
  it("always sets its own idempotency key, whatever the step says", () => {
    expect(render({ headers: { "Idempotency-Key": "mine" } }).headers).toEqual({ "idempotency-key": KEY });
    expect(idempotencyKey("run", "send")).toBe(KEY);
  });

  it("says that a body is JSON unless the step says something else", () => {
    expect(render({ body: { n: 1 } })).toMatchObject({
      body: '{"n":1}',
      headers: { "content-type": "application/json" },
    });
    expect(render({ body: null }).body).toBe("null");
    expect(render({ body: "text" }).body).toBe('"text"');
    expect(render({ body: "text", headers: { "Content-Type": "application/vnd.api+json; charset=utf-8" } }).body).toBe(
      '"text"',
    );
    expect(
      render(
        { body: "a=1&b={{ input.b }}", headers: { "Content-Type": "application/x-www-form-urlencoded" } },
        { b: 2 },
      ),
    ).toMatchObject({
      body: "a=1&b=2",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    const bodyless = render({});
    expect("body" in bodyless).toBe(false);
    expect(bodyless.headers).not.toHaveProperty("content-type");
  });

  it("encodes holes of a form and of markup, and sends a computed text as it is", () => {
    const form = { "content-type": "Application/X-WWW-Form-URLencoded; charset=utf-8" };
    const value = "x&role=admin";
    expect(render({ headers: form, body: "name={{ input }}&role=guest" }, value).body).toBe(
      "name=x%26role%3Dadmin&role=guest",
    );
    expect(render({ headers: form, body: { $jmes: "input" } }, value).body).toBe(value);
    expect(render({ headers: { "content-type": "text/xml" }, body: "<a>{{ input }}</a>" }, "<b/>").body).toBe(
      "<a>&lt;b/&gt;</a>",
    );
    expect(render({ headers: { "content-type": "text/plain" }, body: "a {{ input }}" }, "<&>").body).toBe("a <&>");
    expect(render({ headers: { "content-type": "application/json" }, body: { a: "{{ input }}" } }, '"').body).toBe(
      '{"a":"\\""}',
    );
  });

  it("leaves form and markup bodies as they were for runs of the first semantics", () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect(render({ headers: form, body: "name={{ input }}" }, "a&b", 1).body).toBe("name=a&b");
    expect(render({ headers: form, body: { a: 1 } }, null, 1).body).toBe('{"a":1}');
    expect(render({ headers: { "content-type": "text/xml" }, body: "<a>{{ input }}</a>" }, "<b/>", 1).body).toBe(
      "<a><b/></a>",
    );
  });

  it("sends an object as the fields of a form, and refuses what has no fields", () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect(render({ headers, body: { a: "b c", "d[]": [1, true], e: { $jmes: "input.none" }, f: "" } }).body).toBe(
      "a=b+c&d%5B%5D=1&d%5B%5D=true&f=",
    );
    expect(render({ headers, body: {} }).body).toBe("");
    for (const body of [null, 1, ["a"], { a: { b: 1 } }, { a: [{}] }]) {
      expect(() => render({ headers, body }), JSON.stringify(body)).toThrow(RequestError);
    }
  });

  it("gives a parameter once for each element of a list", () => {
    const query = {
      "tag[]": ["a", "{{ input.b }}"],
      all: { $jmes: "input.all" },
      none: { $jmes: "input.none" },
      n: { $jmes: "`5`" },
    };
    expect(render({ query }, { b: "b&c", all: ["x", 1, false] }).url).toBe(
      "https://api.example.com/orders?tag%5B%5D=a&tag%5B%5D=b%26c&all=x&all=1&all=false&n=5",
    );
    expect(() => render({ query: { all: { $jmes: "input" } } }, ["a", null])).toThrow("element 1 is null");
    expect(() => render({ query: { all: { $jmes: "input" } } }, { a: 1 })).toThrow(RequestError);
    expect(() =>
      render(
        { query: { all: { $jmes: "input" } } },
        Array.from({ length: 3000 }, () => "abc"),
      ),
    ).toThrow("the limit is 8192");
  });

  it("writes numbers with all their digits wherever they go", () => {
    const input = parseJsonInput('{"id":9007199254740993}');
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const request = render(
      { query: { id: { $jmes: "input.id" } }, body: { id: { $jmes: "input.id" } }, headers },
      input,
    );
    expect(request).toMatchObject({
      url: "https://api.example.com/orders?id=9007199254740993",
      body: "id=9007199254740993",
    });
    expect(render({ body: { $jmes: "input" } }, input).body).toBe('{"id":9007199254740993}');
    expect(() => render({ body: { $jmes: "input.id" }, headers }, input)).toThrow("it is a number");
  });

  it("keeps any value of an address in its place", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (value, query) => {
        fc.pre(value !== "." && value !== ".." && value.isWellFormed() && query.isWellFormed());
        const { url } = render(
          { url: "https://api.example.com/a/{{ input.value }}/b?v=1", query: { q: "{{ input.query }}" } },
          { value, query },
        );
        const parsed = new URL(url);
        expect(parsed.host).toBe("api.example.com");
        expect(parsed.pathname.split("/")).toHaveLength(4);
        expect(decodeURIComponent(parsed.pathname.split("/")[2] ?? "")).toBe(value);
        expect([...parsed.searchParams]).toEqual([
          ["v", "1"],
          ["q", query],
        ]);
      }),
    );
  });

  it("refuses half a surrogate pair wherever it would become another character, and says where it is", () => {
    const half = "a\udc00b";
    const form = { "content-type": "application/x-www-form-urlencoded" };
    for (const [draft, what] of [
      [{ url: "https://api.example.com/{{ input }}" }, "A value in the address"],
      [{ query: { q: "{{ input }}" } }, 'Query parameter "q"'],
      [{ query: { q: { $jmes: "input" } } }, 'Query parameter "q"'],
      [{ query: { q: { $jmes: "[input]" } } }, 'Query parameter "q"'],
      [{ headers: form, body: "a={{ input }}" }, "A value in the body"],
      [{ headers: form, body: { f: { $jmes: "input" } } }, 'Form field "f"'],
      [{ headers: form, body: { $jmes: "from_items([[input, 'x']])" } }, 'Form field "a\ufffdb"'],
      [{ headers: { "content-type": "text/xml" }, body: "<a>{{ input }}</a>" }, "The body"],
      [{ headers: { "content-type": "text/plain" }, body: "a {{ input }}" }, "The body"],
      [{ headers: { "content-type": "text/plain" }, body: { $jmes: "input" } }, "The body"],
    ] as const) {
      expect(() => render(draft, half), JSON.stringify(draft)).toThrow(RequestError);
      expect(() => render(draft, half)).toThrow(`${what} holds half of a surrogate pair`);
    }
    expect(render({ body: { a: "{{ input }}", b: { $jmes: "input" } } }, half).body).toBe(
      String.raw`{"a":"a\udc00b","b":"a\udc00b"}`,
    );
    expect(render({ url: "https://api.example.com/{{ input }}" }, half, 1).url).toBe(
      "https://api.example.com/a%EF%BF%BDb",
    );
  });

  it("refuses values that would leave the path", () => {
    for (const value of [".", ".."]) {
      expect(() => render({ url: "https://api.example.com/a/{{ input }}/b" }, value)).toThrow(RequestError);
      expect(() => render({ url: "https://api.example.com/a/{{ input }}" }, value)).toThrow(RequestError);
    }
    expect(render({ url: "https://api.example.com/a/{{ input }}" }, "..b").url).toBe("https://api.example.com/a/..b");
    expect(render({ url: "https://api.example.com/a?dir=/../" }).url).toBe("https://api.example.com/a?dir=/../");
  });

  it("appends query pairs with the right separator and drops a fragment", () => {
    expect(render({ query: { "a b": "c d", e: "{{ input }}" } }, 1).url).toBe(
      "https://api.example.com/orders?a%20b=c%20d&e=1",
    );
    expect(render({ url: "https://api.example.com/x?y=1#part", query: { z: "2" } }).url).toBe(
      "https://api.example.com/x?y=1&z=2",
    );
  });

  it("needs no separator behind one", () => {
    const urls = ["", "?", "?a=1&", "?a=1"].map(
      (end) => render({ url: `https://x.example/${end}`, query: { b: "2" } }).url,
    );
    expect(urls).toEqual(["?b=2", "?b=2", "?a=1&b=2", "?a=1&b=2"].map((end) => `https://x.example/${end}`));
  });

  it("refuses header values that HTTP cannot carry", () => {
    for (const value of ["a\r\nx-evil: 1", "a\n", "\u0000", "é".normalize("NFD"), "漢"]) {
      expect(() => render({ headers: { "x-name": "{{ input }}" } }, value)).toThrow(RequestError);
    }
    expect(render({ headers: { "X-Name": "{{ input }}" } }, "caf\u00e9").headers["x-name"]).toBe("caf\u00e9");
  });

  it("refuses an address that is too long, and a hole without a value", () => {
    expect(() => render({ url: "https://api.example.com/{{ input }}" }, "x".repeat(9000))).toThrow(RequestError);
    expect(() => render({ url: "https://api.example.com/{{ input.nothing }}" })).toThrow(ExpressionError);
  });

  it("refuses what has no form of its content type, and says why", () => {
    const refused = (contentType: string, body: Json, message: string): void => {
      expect(() => render({ headers: { "Content-Type": contentType }, body })).toThrow(RequestError);
      expect(() => render({ headers: { "Content-Type": contentType }, body })).toThrow(message);
    };
    const file = (members: { readonly [name: string]: Json }): Json => ({ a: { filename: "a", ...members } });
    refused("application/xml", { a: 1, b: 2 }, "The body cannot be written as XML");
    for (const body of [null, ["a"], 7, true])
      refused("application/x-www-form-urlencoded", body, "must be an object of fields");
    refused("multipart/form-data", 7, "must be an object of fields and files");
    refused("multipart/form-data; boundary=x", { a: "b" }, "names a boundary, which MeshHook chooses");
    refused("multipart/form-data", { a: [{ filename: "a", text: "" }, "b"] }, "list of files and other values");
    refused("multipart/form-data", file({}), "is not a file");
    refused("multipart/form-data", file({ text: "a", base64: "YQ==" }), "is not a file");
    refused("multipart/form-data", file({ text: "a", mode: 7 }), "is not a file");
    refused(
      "multipart/form-data",
      file({ text: "a", contentType: "a" }),
      'The content type of the field "a" is not one',
    );
    refused("multipart/form-data", file({ text: "a", contentType: 7 }), 'The content type of the field "a" is not one');
    refused("multipart/form-data", file({ base64: "YQ" }), "is not base64");
    refused("multipart/form-data", file({ base64: "Y_==" }), "is not base64");
    const { headers } = render({ headers: { "Content-Type": "multipart/form-data" }, body: {} });
    const boundary = headers["content-type"]?.split("boundary=")[1] ?? "";
    refused("multipart/form-data", { a: `--${boundary}` }, "holds the boundary of the body");
  });

  it("writes files and fields as a form of several parts", () => {
    const body = {
      note: "hi",
      files: [
        { filename: "a", text: "x" },
        { filename: "b", base64: "YQ==" },
        { filename: "c", base64: "" },
      ],
    };
    const request = render({ headers: { "Content-Type": "multipart/form-data" }, body });
    expect(request.body).toContain('name="files"; filename="a"\r\ncontent-type: text/plain; charset=utf-8\r\n\r\nx');
    expect(request.base64?.map(({ at, length }) => request.body?.slice(at, at + length))).toEqual(["YQ=="]);
  });

  it("leaves writing to the budget, which is not a mistake of the values", () => {
    takeSpentUnits(1);
    try {
      const draft = { headers: { "Content-Type": "application/xml" }, body: { a: "x".repeat(100) } };
      expect(() => render(draft)).toThrow(ExpressionError);
    } finally {
      takeSpentUnits();
    }
  });

  it("keeps headers without a prototype", () => {
    expect(Object.getPrototypeOf(render({ headers: { __proto__x: "1" } }).headers)).toBeNull();
  });
});

describe("requestTarget", () => {
  it("tells method and origin, never path, query or credentials", () => {
    const target = (url: string): string => requestTarget({ method: "GET", url });
    expect(target("https://api.example.com:8443/secret?token=1")).toBe("GET https://api.example.com:8443");
    expect(target("http://user:password@api.example.com?x")).toBe("GET http://api.example.com");
    expect(target("ftp://api.example.com/secret")).toBe("GET ");
  });
});

it("a defect is not explained as a mistake of the values", () => {
  expect(explainFailure(new RequestError("no body"))).toEqual({ code: "request_invalid", message: "no body" });
  expect(() => explainFailure(new TypeError("a defect"))).toThrow(TypeError);
});
