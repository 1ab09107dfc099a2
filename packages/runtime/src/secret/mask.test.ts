import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { CallOutcome } from "../call/call-outcome.ts";
import { Mask } from "./mask.ts";

const SECRET = 'p&ss/w"rd+ü<1>';
const SHOWN = "{{ secrets.KEY }}";

function escapedAs(write: (code: number) => string): string {
  return SECRET.replaceAll(/[^a-z0-9]/g, (char) => write(char.charCodeAt(0)));
}

function answer(more: Partial<Extract<CallOutcome, { kind: "response" }>>): CallOutcome {
  return { kind: "response", status: 200, headers: {}, body: "", durationUs: 1, ...more };
}

describe("Mask", () => {
  const mask = new Mask([{ shown: "secrets.KEY", value: SECRET }]);

  it.each<[form: string, text: string]>([
    ["as it is", SECRET],
    ["percent-encoded", encodeURIComponent(SECRET)],
    ["percent-encoded in lower case", encodeURIComponent(SECRET).replaceAll(/%../g, (code) => code.toLowerCase())],
    ["in a form", new URLSearchParams([["", SECRET]]).toString().slice(1)],
    ["in JSON inside text", JSON.stringify(SECRET).slice(1, -1)],
    ["in JSON that escapes slashes", JSON.stringify(SECRET).slice(1, -1).replaceAll("/", "\\/")],
    ["in JSON that escapes signs and umlauts", escapedAs((code) => `\\u${code.toString(16).padStart(4, "0")}`)],
    ["in JSON with capital digits", escapedAs((code) => `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`)],
    ["in the XML of a request", escapedAs((code) => `&#${code};`)],
    ["in HTML with hexadecimal digits", escapedAs((code) => `&#x${code.toString(16).padStart(4, "0")};`)],
    ["in HTML", SECRET.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")],
  ])("hides a secret %s, wherever the answer has it", (_form, text) => {
    const masked = mask.outcome(
      answer({
        headers: { "x-echo": `a ${text}` },
        body: { list: [`${text}${text}`], [text]: 1 },
        bodyError: `not ${text}`,
        redirects: [{ status: 302, url: `https://a.example.com/${text}` }],
      }),
    );
    expect(JSON.parse(JSON.stringify(masked))).toEqual(
      answer({
        headers: { "x-echo": `a ${SHOWN}` },
        body: { list: [`${SHOWN}${SHOWN}`], [SHOWN]: 1 },
        bodyError: `not ${SHOWN}`,
        redirects: [{ status: 302, url: `https://a.example.com/${SHOWN}` }],
      }),
    );
    expect(mask.outcome({ kind: "failure", code: "network", message: `no ${text}`, durationUs: 0 })).toMatchObject({
      message: `no ${SHOWN}`,
    });
  });

  it("leaves no Base64 of which the secret could be read, whatever stands around it", () => {
    const value = "correct horse battery";
    const plain = new Mask([{ shown: "secrets.KEY", value }]);
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.constantFrom("base64" as const, "base64url" as const),
        (before, after, form) => {
          const encoded = Buffer.from(before + value + after).toString(form);
          const masked = plain.outcome(answer({ body: encoded }));
          if (masked.kind !== "response" || typeof masked.body !== "string") throw new Error("no text");
          expect(masked.body).toContain(SHOWN);
          expect(Buffer.from(masked.body.replaceAll(SHOWN, "."), "base64").toString()).not.toContain(
            value.slice(2, -2),
          );
        },
      ),
    );
  });

  it("hides it in bytes and in numbers, and leaves everything else alone", () => {
    const bytes = Buffer.from(`\u0000${SECRET}\u0000`).toString("base64");
    expect(mask.outcome(answer({ body: bytes, bodyEncoding: "base64" }))).toMatchObject({
      body: Buffer.from(`\u0000${SHOWN}\u0000`).toString("base64"),
    });
    expect(
      new Mask([{ shown: "secrets.PIN", value: "12345678" }]).outcome(answer({ body: [12345678, 1] })),
    ).toMatchObject({
      body: ["{{ secrets.PIN }}", 1],
    });
    const untouched = answer({ body: { a: [1, null, true, "text"] }, headers: { b: "c" } });
    expect(JSON.parse(JSON.stringify(mask.outcome(untouched)))).toEqual(untouched);
  });

  it("hides the longer of two secrets of which one begins with the other", () => {
    const two = new Mask([
      { shown: "secrets.SHORT", value: "abcdefgh" },
      { shown: "secrets.LONG", value: "abcdefghijkl" },
    ]);
    expect(two.outcome(answer({ body: "abcdefghijkl abcdefgh" }))).toMatchObject({
      body: "{{ secrets.LONG }} {{ secrets.SHORT }}",
    });
  });
});
