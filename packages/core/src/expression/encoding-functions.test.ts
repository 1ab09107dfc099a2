import { createHash, createHmac } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJsonInput } from "../json-input.ts";
import type { Json } from "../json.ts";
import { takeSpentUnits } from "./budget.ts";
import { evaluate } from "./evaluate.ts";
import { parseExpression } from "./parse.ts";

function run(text: string, scope: { readonly [name: string]: Json } = {}): Json {
  return evaluate(parseExpression(text), scope);
}

describe("JSON inside text", () => {
  it("is read with its digits, and written back unchanged", () => {
    const payload = '{"issue":{"title":"Hello","id":9007199254740993},"list":[1,null]}';
    expect(run("from_json(payload).issue.title", { payload })).toBe("Hello");
    expect(JSON.stringify(run("from_json(payload).issue.id", { payload }))).toBe("9007199254740993");
    expect(run("to_json(from_json(payload))", { payload })).toBe(payload);
    expect(run("to_json('a\"b')")).toBe('"a\\"b"');
    expect(run("to_json(missing)")).toBe("null");
    expect(Object.getPrototypeOf(run("from_json(payload).issue", { payload }))).toBeNull();
  });

  it("is refused with the position of the mistake", () => {
    expect(() => run("from_json(p)", { p: '{"a":secret}' })).toThrow(
      'Expression "from_json(p)": from_json() cannot read its text. Not JSON: found the character U+0073 instead of a value at offset 5',
    );
    expect(() => run("from_json(p)", { p: "[".repeat(70) })).toThrow("Not JSON");
    expect(() => run("from_json(p)", { p: "[".repeat(70) + "]".repeat(70) })).toThrow("deeper than 64 levels");
    expect(() => run("from_json(p)", { p: 1 })).toThrow("from_json() takes a string as argument 1, got 1");
  });
});

describe("encodings", () => {
  it.each(["base64_encode(x)", "url_encode(x)", "form_encode({a: x})", "hash('sha256', x)", "hmac('md5', x, 'a')"])(
    "%s refuses half a surrogate pair, which it would change",
    (text) => {
      expect(() => run(text, { x: "a\ud83d" })).toThrow("half of a surrogate pair cannot be encoded");
    },
  );

  it.each<[string, Json]>([
    ["base64_encode('')", ""],
    ["base64_encode('f')", "Zg=="],
    ["base64_encode('fo')", "Zm8="],
    ["base64_encode('foo')", "Zm9v"],
    ["base64_encode('ä😀')", "w6Twn5iA"],
    ["base64_encode('user:pass')", "dXNlcjpwYXNz"],
    ["base64url_encode('??>')", "Pz8-"],
    ["base64_encode('??>')", "Pz8+"],
    ["base64url_encode('f')", "Zg"],
    ["base64_decode('w6Twn5iA')", "ä😀"],
    ["base64_decode('Zg')", "f"],
    ["base64_decode('Pz8-')", "??>"],
    ["base64_decode('Zm9v\r\nZg==')", "foof"],
    ["url_encode('a b&c=d/ä+~!')", "a%20b%26c%3Dd%2F%C3%A4%2B~%21"],
    ["url_decode('a%20b%26%C3%A4+')", "a b&ä+"],
    [
      "form_encode({name: 'x&role=admin', role: 'guest', n: `1`, ok: `true`})",
      "name=x%26role%3Dadmin&role=guest&n=1&ok=true",
    ],
    ['form_encode(`{"tag[]":["a","b c"]}`)', "tag%5B%5D=a&tag%5B%5D=b%20c"],
    ["form_encode(`{}`)", ""],
    ['form_encode(`{"id":9007199254740993}`)', "id=9007199254740993"],
  ])("%s is %j", (text, expected) => {
    expect(run(text)).toBe(expected);
  });

  it.each([
    ["base64_decode('Zg=')", "which is not Base64"],
    ["base64_decode('Z')", "which is not Base64"],
    ["base64_decode('Zg==x')", "which is not Base64"],
    ["base64_decode('QR==')", 'got the string "QR==", whose last character has bits that belong to no byte'],
    ["base64_decode('QR')", "bits that belong to no byte"],
    ["base64_decode('QUJ')", "bits that belong to no byte"],
    ["base64_decode('Zä==')", "which is not Base64"],
    ["base64_decode('/w==')", "bytes that are not text in UTF-8"],
    ["url_decode('a%2')", "a % without two hex digits at offset 1"],
    ["url_decode('%ff')", "bytes that are not text in UTF-8"],
    ["form_encode({a: {b: 'c'}})", 'got an object for the string "a"; leave it out or use to_json()'],
    ["form_encode({a: missing})", 'got null for the string "a"'],
    ["url_encode(missing)", "url_encode() takes a string as argument 1, got null"],
  ])("%s fails and says why", (text, message) => {
    expect(() => run(text)).toThrow(message);
  });

  it("are reversible", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(run("base64_decode(base64_encode(text))", { text })).toBe(text);
        expect(run("base64_decode(base64url_encode(text))", { text })).toBe(text);
        expect(run("base64_encode(text)", { text })).toBe(Buffer.from(text).toString("base64"));
        expect(run("base64url_encode(text)", { text })).toBe(Buffer.from(text).toString("base64url"));
        expect(run("url_decode(url_encode(text))", { text })).toBe(text);
        expect(new URLSearchParams(String(run("form_encode({a: text, b: 'x'})", { text }))).get("a")).toBe(text);
      }),
    );
  });
});

describe("hashes and signatures", () => {
  it("are the same as Node's", () => {
    const names = fc.constantFrom("sha256", "sha384", "sha512", "sha1", "md5");
    const forms = fc.constantFrom("hex", "base64", "base64url");
    fc.assert(
      fc.property(
        names,
        forms,
        fc.string({ unit: "binary" }),
        fc.string({ maxLength: 200 }),
        (name, form, text, key) => {
          const scope = { name, form, text, key };
          expect(run("hash(name, text, form)", scope)).toBe(
            createHash(name)
              .update(text)
              .digest(form as "hex"),
          );
          expect(run("hmac(name, key, text, form)", scope)).toBe(
            createHmac(name, key)
              .update(text)
              .digest(form as "hex"),
          );
        },
      ),
    );
    expect(run("hash('sha256', '')")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(run("hmac('sha256', 'key', 'body')")).toBe(createHmac("sha256", "key").update("body").digest("hex"));
  });

  it.each([
    ["hash('crc32', 'a')", 'hash() got the string "crc32" as its algorithm; use sha256, sha384, sha512, sha1, md5'],
    ["hash('sha256', 'a', 'binary')", "hash() takes 'hex', 'base64' or 'base64url' as argument 3"],
    ["hmac('sha256', missing, 'a')", "hmac() takes a string as argument 2, got null"],
  ])("%s fails and says why", (text, message) => {
    expect(() => run(text)).toThrow(message);
  });

  it("are paid for in proportion to the text", () => {
    const units = (text: string, input: string): number => {
      takeSpentUnits();
      run(text, { input });
      return takeSpentUnits();
    };
    for (const text of [
      "hash('sha256', input)",
      "hmac('sha256', 'k', input)",
      "base64_encode(input)",
      "url_encode(input)",
      "to_json(input)",
    ]) {
      expect(units(text, "a".repeat(100_000)) - units(text, "")).toBeGreaterThan(6_000);
    }
    const scope = parseJsonInput(JSON.stringify({ input: Array.from({ length: 6_000 }, () => "x") }));
    expect(() => run("map(&hash('sha256', @), input)", scope as { readonly [name: string]: Json })).toThrow(
      "units of work",
    );
  });
});
