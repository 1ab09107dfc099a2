import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import { resolveConfig } from "../config/resolve.ts";
import type { Config } from "../config/settings.ts";
import { loadSecretKeys } from "./secret-key.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "meshhook-secret-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function configOf(environment: { readonly [name: string]: string }): Config {
  const resolved = resolveConfig({}, environment);
  if ("mistakes" in resolved) throw new Error(JSON.stringify(resolved.mistakes));
  return resolved.config;
}

test("a generated key is stored for the owner only and read again by the next start", async () => {
  const config = configOf({ MESHHOOK_DATA_DIR: join(directory, "data") });
  const first = await loadSecretKeys(config);
  expect(first.map((key) => key.length)).toEqual([32]);
  expect(await loadSecretKeys(config)).toEqual(first);
  expect((await stat(join(directory, "data", "secret.key"))).mode & 0o777).toBe(0o600);
});

test("a given key is used and nothing is written", async () => {
  const key = Buffer.alloc(32, 7);
  const config = configOf({ MESHHOOK_DATA_DIR: join(directory, "data"), MESHHOOK_SECRET_KEY: key.toString("base64") });
  expect(await loadSecretKeys(config)).toEqual([key]);
  await expect(stat(join(directory, "data"))).rejects.toThrow(/ENOENT/);
});

test("a damaged key file stops the start instead of being replaced", async () => {
  await writeFile(join(directory, "secret.key"), "half a k");
  await expect(loadSecretKeys(configOf({ MESHHOOK_DATA_DIR: directory }))).rejects.toThrow(
    /secret\.key does not contain 32 bytes/,
  );
});

const [NEW, OLD] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const [newText, oldText] = [NEW.toString("base64"), OLD.toString("base64")];

test("former keys follow the current one, in a variable, a file or the output of a command", async () => {
  const path = join(directory, "keys");
  await writeFile(path, `${newText}\n${oldText}\n`, { mode: 0o600 });
  for (const given of [
    { MESHHOOK_SECRET_KEY: `${newText}, ${oldText}` },
    { MESHHOOK_SECRET_KEY_FILE: path },
    { MESHHOOK_SECRET_KEY_COMMAND: `cat '${path}'` },
  ])
    expect(await loadSecretKeys(configOf({ MESHHOOK_DATA_DIR: directory, ...given }))).toEqual([NEW, OLD]);
});

test.each<[what: string, given: { readonly [name: string]: string }, message: RegExp]>([
  [
    "a file that others may read",
    { MESHHOOK_SECRET_KEY_FILE: "open" },
    /Others than its owner .* \(mode 644\)\. Run chmod 600/,
  ],
  [
    "a file that is not there",
    { MESHHOOK_SECRET_KEY_FILE: "none" },
    /cannot be read: ENOENT\. Correct MESHHOOK_SECRET_KEY_FILE/,
  ],
  ["a file without a key", { MESHHOOK_SECRET_KEY_FILE: "wrong" }, /does not contain 32 bytes in base64/],
  [
    "a command that fails",
    { MESHHOOK_SECRET_KEY_COMMAND: "echo hush-hush >&2; exit 3" },
    /ended with exit code 3\. Run the command/,
  ],
  ["a command that prints no key", { MESHHOOK_SECRET_KEY_COMMAND: "echo hush-hush" }, /does not contain 32 bytes/],
  [
    "two sources",
    { MESHHOOK_SECRET_KEY: newText, MESHHOOK_SECRET_KEY_COMMAND: "true" },
    /MESHHOOK_SECRET_KEY and MESHHOOK_SECRET_KEY_COMMAND are set/,
  ],
])("%s is refused, and nothing of a key is shown", async (_what, given, message) => {
  await writeFile(join(directory, "open"), newText);
  await chmod(join(directory, "open"), 0o644);
  await writeFile(join(directory, "wrong"), "hush-hush", { mode: 0o600 });
  const { MESHHOOK_SECRET_KEY_FILE: file } = given;
  const config = configOf({
    ...given,
    ...(file === undefined ? {} : { MESHHOOK_SECRET_KEY_FILE: join(directory, file) }),
  });
  const error: unknown = await loadSecretKeys(config).catch((thrown: unknown) => thrown);
  expect(String(error)).toMatch(message);
  expect(String(error)).not.toMatch(/hush/);
});
