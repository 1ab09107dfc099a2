import { createCipheriv, randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { Keyring } from "./keyring.ts";
import { SecretBox, secretKeyIdIn, unwrappedPart } from "./secret-box.ts";

const SECRET = "a signing secret, with ümlauts";
const [OLD, NEW] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const oldBox = new SecretBox(new Keyring([OLD]));
const both = new SecretBox(new Keyring([NEW, OLD]));
const newBox = new SecretBox(new Keyring([NEW]));

/** As releases before the vault sealed. */
function sealedDirectly(projectId: string, key: Buffer): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 });
  cipher.setAAD(Buffer.from(`1|${projectId}|endpoint-signature`));
  const sealed = Buffer.concat([cipher.update(SECRET, "utf8"), cipher.final()]);
  return Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), sealed]).toString("base64");
}

describe("a sealed value", () => {
  const sealed = oldBox.seal("project-a", SECRET);

  it("opens to the original, reveals nothing of it, and is a different text every time", () => {
    expect(oldBox.open("project-a", sealed).toString()).toBe(SECRET);
    expect(Buffer.from(sealed, "base64").includes("signing")).toBe(false);
    expect(oldBox.seal("project-a", SECRET)).not.toBe(sealed);
  });

  it("cannot be opened for another project, another name, another version or another use", () => {
    const as = { name: "KEY", version: 2 };
    const secret = oldBox.seal("project-a", SECRET, as);
    expect(oldBox.open("project-a", secret, as).toString()).toBe(SECRET);
    expect(() => oldBox.open("project-b", secret, as)).toThrow("cannot be opened");
    expect(() => oldBox.open("project-a", secret, { ...as, name: "OTHER" })).toThrow("cannot be opened");
    expect(() => oldBox.open("project-a", secret, { ...as, version: 1 })).toThrow("cannot be opened");
    expect(() => oldBox.open("project-a", secret)).toThrow("cannot be opened");
    expect(() => oldBox.open("project-a", sealed, as)).toThrow("cannot be opened");
  });

  it("cannot be opened when any bit of it was changed, or when its end is cut off", () => {
    const bytes = Buffer.from(sealed, "base64");
    const refusal = /damaged|cannot be opened|was stored under/;
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => oldBox.open("project-a", changed.toString("base64"))).toThrow(refusal);
    }
    for (let length = 0; length < bytes.length; length++)
      expect(() => oldBox.open("project-a", bytes.subarray(0, length).toString("base64"))).toThrow(refusal);
  });

  it("that was stored by an earlier release opens with any of the keys", () => {
    const direct = sealedDirectly("project-a", OLD);
    expect(both.open("project-a", direct).toString()).toBe(SECRET);
    expect(() => both.open("project-b", direct)).toThrow(
      "was stored under a secret key that this process does not have",
    );
  });
});

describe("another secret key", () => {
  const sealed = oldBox.seal("project-a", SECRET);

  it("is named, with those that are there and the remedy, where a value needs it", () => {
    const [oldId, newId] = [new Keyring([OLD]).current.id, new Keyring([NEW]).current.id];
    expect(() => newBox.open("project-a", sealed)).toThrow(
      `stored under the secret key ${oldId}; this process has ${newId}. Put the missing key after the first one in MESHHOOK_SECRET_KEY`,
    );
    expect(secretKeyIdIn(sealed.slice(0, 12))).toBe(oldId);
  });

  it("takes over by wrapping the data key, and the value itself stays as it was sealed", () => {
    const wrapped = both.rewrap("project-a", sealed);
    expect(newBox.open("project-a", wrapped).toString()).toBe(SECRET);
    expect(() => oldBox.open("project-a", wrapped)).toThrow("was stored under");
    expect(unwrappedPart(wrapped)).toBe(unwrappedPart(sealed));
    expect(both.rewrap("project-a", wrapped)).toBe(wrapped);
    expect(wrapped.startsWith(both.currentPrefix)).toBe(true);
  });

  it("takes over what an earlier release stored", () => {
    const wrapped = both.rewrap("project-a", sealedDirectly("project-a", OLD));
    expect(newBox.open("project-a", wrapped).toString()).toBe(SECRET);
  });

  it("does not wrap what was moved from another project", () => {
    expect(() => both.rewrap("project-b", sealed)).toThrow("cannot be opened");
  });
});

it("a key of the wrong length is refused with its length", () => {
  expect(() => new Keyring([randomBytes(16)])).toThrow("16 bytes");
});
