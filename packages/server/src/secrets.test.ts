import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { SecretBox } from "./secrets.ts";

const SECRET = "a signing secret, with ümlauts";

describe("a sealed secret", () => {
  const box = new SecretBox(randomBytes(32));
  const sealed = box.seal("project-a", SECRET);

  it("opens to what was sealed", () => {
    expect(box.open("project-a", sealed).toString()).toBe(SECRET);
  });

  it("shows nothing of the secret, and is another text every time", () => {
    expect(Buffer.from(sealed, "base64").includes("signing")).toBe(false);
    expect(box.seal("project-a", SECRET)).not.toBe(sealed);
  });

  it("does not open for another project, nor with another key", () => {
    expect(() => box.open("project-b", sealed)).toThrow("does not open");
    expect(() => new SecretBox(randomBytes(32)).open("project-a", sealed)).toThrow("does not open");
  });

  it("does not open when any bit of it was changed, nor with its end cut off", () => {
    const bytes = Buffer.from(sealed, "base64");
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => box.open("project-a", changed.toString("base64"))).toThrow(/damaged|does not open/);
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(() => box.open("project-a", bytes.subarray(0, length).toString("base64"))).toThrow(
        /damaged|does not open/,
      );
    }
  });
});

it("a key of another length is refused by its length", () => {
  expect(() => new SecretBox(randomBytes(16))).toThrow("16 bytes");
});
