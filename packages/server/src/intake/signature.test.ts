import { createHmac, randomBytes } from "node:crypto";

import { sign } from "@octokit/webhooks-methods";
import { describe, expect, it } from "vitest";

import { signatureFault } from "./signature.ts";

const SECRET = Buffer.from("It's a Secret to Everybody");

describe("x-hub-signature-256", () => {
  it("is GitHub's own test value", () => {
    const header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    expect(signatureFault(SECRET, Buffer.from("Hello, World!"), header)).toBe(null);
  });

  it("is what GitHub's library signs", async () => {
    const body = '{"text":"grüße \u2028"}';
    expect(signatureFault(SECRET, Buffer.from(body), await sign(SECRET.toString(), body))).toBe(null);
  });

  it.each([
    ["missing", undefined],
    ["empty", ""],
    ["without its prefix", "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"],
    ["in upper case", "sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586C22C46F4379C8B043E17"],
    ["one digit short", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e1"],
    ["one digit long", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e170"],
    ["not hexadecimal", `sha256=${"g".repeat(64)}`],
    ["followed by a line break", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17\n"],
    ["another", `sha256=${"0".repeat(64)}`],
  ])("that is %s is a fault, never an exception", (_name, header) => {
    expect(signatureFault(SECRET, Buffer.from("Hello, World!"), header)).toEqual(expect.any(String));
  });

  it("covers every byte of the body", () => {
    const body = randomBytes(64);
    const header = `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;
    expect(signatureFault(SECRET, body, header)).toBe(null);
    for (let at = 0; at < body.length; at++) {
      const changed = Buffer.from(body);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x80, at);
      expect(signatureFault(SECRET, changed, header)).toEqual(expect.any(String));
    }
  });
});
