import type { CallRequest, RequestReference } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { fillReferences } from "./fill-references.ts";
import { SecretFault } from "./secret-source.ts";

const VALUE = `a b&"<ü>/?#`;
const SHOWN = "{{ secrets.KEY }}";

/** Places of every occurrence of the text that stands for the secret. */
function places(part: RequestReference["part"], text: string, form: RequestReference["form"]): RequestReference[] {
  return Array.from(text.matchAll(/\{\{ secrets\.KEY \}\}/g), ({ index }) => ({
    part,
    form,
    at: index,
    length: SHOWN.length,
    reference: { kind: "secret", name: "KEY" },
  }));
}

function request(more: Partial<CallRequest>): CallRequest {
  return { method: "POST", url: "https://api.example.com/", headers: {}, responseBytesMax: 1, ...more };
}

describe("fillReferences", () => {
  it.each<[form: RequestReference["form"], value: string]>([
    ["text", VALUE],
    ["json", `a b&\\"<ü>/?#`],
    ["form", "a+b%26%22%3C%C3%BC%3E%2F%3F%23"],
    ["markup", "a b&#38;&#34;&#60;ü&#62;/?#"],
    ["url", "a%20b%26%22%3C%C3%BC%3E%2F%3F%23"],
  ])("writes a value as its place needs it: %s", (form, value) => {
    const body = `1${SHOWN}2${SHOWN}`;
    const filled = fillReferences(request({ body, references: places("body", body, form) }), () => VALUE);
    expect(filled).toMatchObject({ body: `1${value}2${value}`, hasSecretBody: true });
  });

  it("fills places only, not a text of the sender that looks like one", () => {
    const url = `https://api.example.com/${SHOWN}/%7B%7B?q=${SHOWN}`;
    const headers = { a: `Bearer ${SHOWN}`, b: SHOWN };
    const references = [...places("url", url, "url").slice(0, 1), ...places("headers.a", headers.a, "text")];
    const filled = fillReferences(request({ url, headers, body: SHOWN, references }), () => "value-of-key");
    expect(filled).toMatchObject({
      url: `https://api.example.com/value-of-key/%7B%7B?q=${SHOWN}`,
      headers: { a: "Bearer value-of-key", b: SHOWN },
      body: SHOWN,
    });
    expect([...(filled.secretHeaders ?? [])]).toEqual(["a"]);
    expect(filled.hasSecretBody).toBe(undefined);
  });

  it("sends Base64 as bytes, beside places that are filled", () => {
    const body = `${SHOWN}ü/wA=${SHOWN}`;
    const base64 = [{ at: SHOWN.length + 1, length: 4 }];
    const filled = fillReferences(
      request({ body, base64, references: places("body", body, "text") }),
      () => "12345678",
    );
    expect(filled.body).toEqual(
      Buffer.concat([Buffer.from("12345678ü"), Buffer.from([255, 0]), Buffer.from("12345678")]),
    );
  });

  it.each<[what: string, more: Partial<CallRequest>, value: string]>([
    [
      "a line break in a header",
      { headers: { a: SHOWN }, references: places("headers.a", SHOWN, "text") },
      "line\nbreak",
    ],
    [
      "a dot segment",
      { url: `https://a.example.com/x/${SHOWN}`, references: places("url", `https://a.example.com/x/${SHOWN}`, "url") },
      "..",
    ],
    ["half a character", { body: SHOWN, references: places("body", SHOWN, "json") }, "12345678\ud800"],
  ])("refuses %s without telling the value", (_what, more, value) => {
    let fault: unknown;
    try {
      fillReferences(request(more), () => value);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(SecretFault);
    expect(fault).toMatchObject({
      code: "secret_invalid",
      message: expect.stringContaining("The secret KEY ") as unknown,
    });
    expect(String(fault)).not.toContain(value === ".." ? "x/.." : value);
  });
});
