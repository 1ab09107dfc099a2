import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { SecretBox } from "./secrets.ts";

const SECRET = "a signing secret, with ümlauts";

describe("a sealed secret", () => {
  const box = new SecretBox(randomBytes(32));
  const sealed = box.seal("project-a", SECRET);

  it("decrypts to the original", () => {
    expect(box.open("project-a", sealed).toString()).toBe(SECRET);
  });

  it("reveals nothing of the secret, and is a different text every time", () => {
    expect(Buffer.from(sealed, "base64").includes("signing")).toBe(false);
    expect(box.seal("project-a", SECRET)).not.toBe(sealed);
  });

  it("cannot be decrypted for another project, or with another key", () => {
    expect(() => box.open("project-b", sealed)).toThrow("cannot be decrypted");
    expect(() => new SecretBox(randomBytes(32)).open("project-a", sealed)).toThrow("cannot be decrypted");
  });

  it("cannot be decrypted when any bit of it was changed, or when its end is cut off", () => {
    const bytes = Buffer.from(sealed, "base64");
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => box.open("project-a", changed.toString("base64"))).toThrow(/damaged|cannot be decrypted/);
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(() => box.open("project-a", bytes.subarray(0, length).toString("base64"))).toThrow(
        /damaged|cannot be decrypted/,
      );
    }
  });
});

it("a key of the wrong length is refused with its length", () => {
  expect(() => new SecretBox(randomBytes(16))).toThrow("16 bytes");
});
