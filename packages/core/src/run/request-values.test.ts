import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExactNumber } from "../json-number.ts";
import { bodyFormOf } from "./content-type.ts";
import { encodeFormPart, escapeMarkup, RequestError, textsOf } from "./request-values.ts";

describe("bodyFormOf", () => {
  it.each([
    ["application/json", "json"],
    ["Application/JSON ; charset=utf-8", "json"],
    ["application/vnd.api+json", "json"],
    ["application/x-ndjson", "text"],
    ["application/x-www-form-urlencoded", "form"],
    [" APPLICATION/X-WWW-FORM-URLENCODED;charset=UTF-8", "form"],
    ["text/xml", "xml"],
    ["application/xml;charset=utf-8", "xml"],
    ["application/soap+xml", "xml"],
    ["image/svg+xml", "xml"],
    ["text/html", "html"],
    ["multipart/form-data; charset=utf-8", "multipart"],
    ["text/plain", "text"],
    ["text/csv", "text"],
    ["", "text"],
  ])("%j is written as %s", (contentType, form) => {
    expect(bodyFormOf(contentType)).toBe(form);
  });
});

describe("encodeFormPart", () => {
  it("is what the platform writes, and reads back unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (name, value) => {
        fc.pre(name.isWellFormed() && value.isWellFormed());
        const text = `${encodeFormPart(name, "X")}=${encodeFormPart(value, "X")}`;
        expect(text).toBe(new URLSearchParams([[name, value]]).toString());
        expect([...new URLSearchParams(text)]).toEqual([[name, value]]);
      }),
    );
  });

  it("refuses half a surrogate pair, which would arrive as another value", () => {
    expect(() => encodeFormPart("a\ud83d", 'Form field "f"')).toThrow(
      'Form field "f" holds half of a surrogate pair, which is not a character and cannot be sent as UTF-8',
    );
  });
});

describe("escapeMarkup", () => {
  it("leaves no character that ends a text or an attribute", () => {
    expect(escapeMarkup(`<a b="c" d='e'>&amp;`)).toBe("&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;");
    expect(escapeMarkup("line\nbreak\tü€😀")).toBe("line\nbreak\tü€😀");
  });

  it("refuses what XML cannot hold", () => {
    expect(() => escapeMarkup("a\u0000b")).toThrow(RequestError);
    expect(() => escapeMarkup("a\u001bb")).toThrow("U+001B");
  });
});

describe("textsOf", () => {
  it("gives a text for each value, and none for null", () => {
    expect(textsOf("a", "X")).toEqual(["a"]);
    expect(textsOf("", "X")).toEqual([""]);
    expect(textsOf(1.5, "X")).toEqual(["1.5"]);
    expect(textsOf(false, "X")).toEqual(["false"]);
    expect(textsOf(null, "X")).toEqual([]);
    expect(textsOf([], "X")).toEqual([]);
    expect(textsOf(["a", 2, true], "X")).toEqual(["a", "2", "true"]);
  });

  it("writes every number in its digits", () => {
    const id = new ExactNumber("9007199254740993");
    expect(textsOf(id, "X")).toEqual(["9007199254740993"]);
    expect(textsOf([id, 1e21, 1e-7], "X")).toEqual(["9007199254740993", "1000000000000000000000", "0.0000001"]);
  });

  it("names values without a common form", () => {
    expect(() => textsOf({ a: 1 }, 'Query parameter "q"')).toThrow('Query parameter "q" is an object');
    expect(() => textsOf([["a"]], 'Query parameter "q"')).toThrow('Element 0 of query parameter "q" is a list inside');
    expect(() => textsOf(["a", null], 'Form field "f"')).toThrow('Form field "f" is a list whose element 1 is null');
  });
});
