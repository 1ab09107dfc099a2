import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import { resolveConfig } from "../config/resolve.ts";
import type { Config } from "../config/settings.ts";
import { loadSecretKey } from "./secret-key.ts";

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
  const first = await loadSecretKey(config);
  expect(first).toHaveLength(32);
  expect(await loadSecretKey(config)).toEqual(first);
  expect((await stat(join(directory, "data", "secret.key"))).mode & 0o777).toBe(0o600);
});

test("a given key is used and nothing is written", async () => {
  const key = Buffer.alloc(32, 7);
  const config = configOf({ MESHHOOK_DATA_DIR: join(directory, "data"), MESHHOOK_SECRET_KEY: key.toString("base64") });
  expect(await loadSecretKey(config)).toEqual(key);
  await expect(stat(join(directory, "data"))).rejects.toThrow(/ENOENT/);
});

test("a damaged key file stops the start instead of being replaced", async () => {
  await writeFile(join(directory, "secret.key"), "half a k");
  await expect(loadSecretKey(configOf({ MESHHOOK_DATA_DIR: directory }))).rejects.toThrow(
    /secret\.key does not contain 32 bytes/,
  );
});
