import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { SecretFile, SecretFileError } from "./secret-file.ts";
import { EnvironmentSecrets, firstSource, SecretFault } from "./secret-source.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshhook-secrets-"));
  path = join(folder, "secrets.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(value: unknown, mode = 0o600): void {
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value), { mode });
  chmodSync(path, mode);
}

describe("SecretFile", () => {
  it("gives each project its own secrets", () => {
    write({ a: { KEY: "key of a" }, b: { KEY: "key of b" } });
    const file = new SecretFile(path);
    expect([file.find("a", "KEY"), file.find("b", "KEY"), file.find("c", "KEY"), file.find("a", "OTHER")]).toEqual([
      "key of a",
      "key of b",
      null,
      null,
    ]);
    expect([file.find("__proto__", "KEY"), file.find("a", "constructor")]).toEqual([null, null]);
  });

  it("sees a changed value, and says so when the file has become unusable", () => {
    write({ a: { KEY: "the first value" } });
    const file = new SecretFile(path);
    expect(file.find("a", "KEY")).toBe("the first value");
    write({ a: { KEY: "another value" } });
    utimesSync(path, 1, 1);
    expect(file.find("a", "KEY")).toBe("another value");
    chmodSync(path, 0o644);
    expect(() => file.find("a", "KEY")).toThrow(SecretFault);
    expect(() => file.find("a", "KEY")).toThrow(/run chmod 600/);
    write({ a: { KEY: "the last value" } });
    expect(file.find("a", "KEY")).toBe("the last value");
  });

  it.each<[what: string, text: unknown, mode: number, message: RegExp]>([
    ["open to others", { a: {} }, 0o640, /mode 640\); run chmod 600/],
    ["not JSON", '{"a": {"KEY": "hush hush"', 0o600, /it is not JSON$/],
    ["a list", [], 0o600, /the file is not an object/],
    ["flat", { KEY: "hush hush" }, 0o600, /"KEY" is not an object/],
    ["with a value that is not text", { a: { KEY: 12345678 } }, 0o600, /"KEY" of "a" is not a text/],
    [
      "with a name that no reference can have",
      { a: { "api-key": "hush hush" } },
      0o600,
      /"api-key" of "a" is not a name/,
    ],
  ])("refuses a file that is %s, and tells no value", (_what, text, mode, message) => {
    write(text, mode);
    expect(() => new SecretFile(path)).toThrow(SecretFileError);
    expect(() => new SecretFile(path)).toThrow(message);
    expect(() => new SecretFile(path)).not.toThrow(/hush|12345678/);
  });

  it("refuses a file that does not exist", () => {
    expect(() => new SecretFile(path)).toThrow(/cannot be opened: ENOENT/);
  });
});

describe("several sources", () => {
  it("ask the file first, and variables for their own project only", () => {
    write({ default: { A: "from the file" } });
    const variables = new EnvironmentSecrets(
      "default",
      new Map([
        ["A", "from a variable"],
        ["B", "from a variable"],
      ]),
    );
    const source = firstSource([new SecretFile(path), variables]);
    expect([source.find("default", "A"), source.find("default", "B"), source.find("other", "B")]).toEqual([
      "from the file",
      "from a variable",
      null,
    ]);
  });
});
