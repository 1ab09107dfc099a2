import { parseJsonInput, type Json } from "@meshhook/core";
import type { RedactionRule } from "@meshhook/journal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PathError, parsePath } from "./payload-path.ts";
import { Redaction } from "./redaction.ts";
import { RedactionOverrun } from "./redaction-pass.ts";

const KEY = Buffer.alloc(32, 3);

function redacted(rule: Omit<RedactionRule, "name">, text: string): string {
  return new Redaction([{ name: "rule", ...rule }], KEY).json(text);
}

describe("paths", () => {
  const text = `{ "customer": {"email":"a@b.io", "n": 1.50},  "items":[{"card":{"number":4111111111111111}},{"card":null}] ,"a b":[1,2,[3]]}`;

  it.each([
    ["customer.email", `"email":"[redacted]", "n": 1.50}`],
    ["customer", `{ "customer": "[redacted]",  "items"`],
    ["items[*].card.number", `{"number":"[redacted]"}},{"card":null}`],
    ["items[1].card", `{"card":null}`],
    ["items[0]", `"items":["[redacted]",{"card":null}] ,`],
    ['"a b"[2][0]', `"a b":[1,2,["[redacted]"]]}`],
    ["*.email", `"email":"[redacted]"`],
    ["**.number", `{"number":"[redacted]"}`],
    ["**.email", `"email":"[redacted]"`],
  ])("%s is replaced, and nothing else", (path, expected) => {
    const result = redacted({ paths: [path] }, text);
    expect(result).toContain(expected);
    expect(result).toContain(`{ "customer": `);
  });

  it("that lead nowhere change nothing", () => {
    expect(redacted({ paths: ["customer.phone", "items[9]", "customer[0]", "items.card"] }, text)).toBe(text);
  });

  it.each(["", "a.", ".a", "a..b", "a[", "a[x]", "a b", '"a', "**", "a.**", "**.a.**.b", "a.b c"])(
    "%j is refused with the place",
    (path) => expect(() => parsePath(path)).toThrow(PathError),
  );
});

describe("patterns", () => {
  it("are found in texts, escaped ones too, in names, and, for cards, in numbers", () => {
    const text = `{"note":"\\"ada\\u0040example.com\\" 😀", "bob@example.com":1,"bo@example.com":2, "pan":4111111111111111 ,"big":12345678901234567890.10}`;
    expect(redacted({ patterns: ["email", "card"] }, text)).toBe(
      `{"note":"\\"[redacted]\\" 😀", "[redacted]":1,"[redacted] 2":2, "pan":"[redacted]" ,"big":12345678901234567890.10}`,
    );
  });

  it("of earlier rules come first, and what overlaps is replaced as a whole", () => {
    const rules = [
      { name: "own", expressions: ["a@[a-z]+"] },
      { name: "mail", patterns: ["email"], replace: "pseudonym" },
    ] as const;
    const redaction = new Redaction(rules, KEY);
    expect(redaction.json(`"to a@example.com now"`)).toBe(`"to [redacted] now"`);
  });
});

describe("pseudonyms", () => {
  const rule = { paths: ["a"], patterns: ["email", "card"], replace: "pseudonym" } as const;

  it("are the same for the same value in any spelling, and others for others and for other keys", () => {
    const [, one, other] = /"(.*)" "(.*)"/.exec(
      redacted(rule, `["4111 1111 1111 1111","4111111111111111"]`)
        .replace(/^\[|\]$/g, "")
        .replace(",", " "),
    ) as unknown as string[];
    expect(one).toMatch(/^\[redacted:[0-9a-f]{8}\]$/);
    expect(other).toBe(one);
    expect(redacted(rule, `"A@b.io"`)).toBe(redacted(rule, `"a@B.IO"`));
    expect(redacted(rule, `"a@b.io"`)).not.toBe(redacted(rule, `"b@b.io"`));
    const elsewhere = new Redaction([{ name: "rule", ...rule }], Buffer.alloc(32, 4));
    expect(elsewhere.json(`"a@b.io"`)).not.toBe(redacted(rule, `"a@b.io"`));
  });

  it("stay what they are when they are redacted again", () => {
    const once = redacted(rule, `{"a":17,"b":"x a@b.io"}`);
    expect(redacted(rule, once)).toBe(once);
  });
});

it("any JSON stays what it is where nothing is found, and what is found is gone", () => {
  const spaced = fc.tuple(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 1, "\t")).map(([text, space]) => {
    return JSON.stringify(JSON.parse(text), null, space);
  });
  fc.assert(
    fc.property(spaced, (text) => {
      expect(redacted({ paths: ["**.there-is-none"], expressions: ["there-is-none"] }, text)).toBe(text);
      const wrapped = `[${text},"x canary@example.com","y"]`;
      const result = redacted({ patterns: ["email"], paths: ["[2]"] }, wrapped);
      const [, second, third] = parseJsonInput(result) as readonly Json[];
      expect([second, third]).toEqual(["x [redacted]", "[redacted]"]);
    }),
  );
});

describe("a delivery", () => {
  const delivery = {
    headers: { "x-user": "Ada", from: "ada@example.com" },
    query: { email: ["a@b.io", "c@d.io"], page: "1" },
    body: { a: 1 } as Json,
    bodyText: `{"a":1}`,
  };

  it("says how much each rule found, and is the same object where nothing was", () => {
    const redaction = new Redaction(
      [
        { name: "people", headers: ["X-User"], query: ["email"] },
        { name: "mail", patterns: ["email"] },
      ],
      KEY,
    );
    const result = redaction.delivery(delivery);
    expect(result.redacted).toEqual({ people: 3, mail: 1 });
    expect({ ...result.delivery.headers }).toEqual({ "x-user": "[redacted]", from: "[redacted]" });
    expect({ ...result.delivery.query }).toEqual({ email: ["[redacted]", "[redacted]"], page: "1" });
    const none = new Redaction([{ name: "none", paths: ["z"] }], KEY).delivery(delivery);
    expect(none).toEqual({ delivery, redacted: null });
    expect(none.delivery).toBe(delivery);
  });

  it("is refused where it would take too much work", () => {
    const many = JSON.stringify(Array.from({ length: 50_001 }, () => 1));
    expect(() => redacted({ paths: ["[*]"] }, many)).toThrow(RedactionOverrun);
    const long = JSON.stringify("x".repeat(1_000_000));
    expect(() => redacted({ expressions: ["secret"] }, long)).toThrow(RedactionOverrun);
    expect(redacted({ patterns: ["email", "card", "iban", "phone"] }, long)).toBe(long);
  });

  it("keeps its key, unless that holds something to be redacted or comes from the payload", () => {
    const redaction = new Redaction([{ name: "rule", patterns: ["email"], headers: ["x-id"] }], KEY);
    expect(redaction.deliveryKey("evt_1", "idempotency-key")).toBe("evt_1");
    const digests = [
      redaction.deliveryKey("x-id\tevt_1", "x-id"),
      redaction.deliveryKey("ada@example.com", "idempotency-key"),
      redaction.deliveryKey(":expression\tevt_1", null),
    ];
    for (const digest of digests) expect(digest).toMatch(/^:redacted\t[0-9a-f]{64}$/);
    expect(new Set(digests).size).toBe(3);
  });
});
