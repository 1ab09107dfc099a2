import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient } from "@meshhook/contract";
import { expect, onTestFinished, test } from "vitest";

import { listAudit } from "../src/command/audit.ts";
import { listSecretKeys, rotateKey } from "../src/command/secrets/keys.ts";
import { deleteSecret, listSecrets, setSecret } from "../src/command/secrets/values.ts";
import { resolveConfig } from "../src/config/resolve.ts";
import type { Output } from "../src/terminal/output.ts";
import { startInMemory } from "./in-memory.ts";

test("secrets are stored, listed, rotated and deleted, and their changes exported, without a value on any line", async () => {
  const folder = await mkdtemp(join(tmpdir(), "meshhook-secrets-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { url, key } = await startInMemory();
  const resolved = resolveConfig({}, { MESHHOOK_URL: url, MESHHOOK_API_KEY: key });
  if ("mistakes" in resolved) throw new Error(JSON.stringify(resolved));
  const { config } = resolved;
  const lines: string[] = [];
  const output: Output = {
    isClosed: false,
    failure: null,
    settled: () => Promise.resolve(),
    line: (text) => void lines.push(text),
  };
  const said = (): string[] => lines.splice(0);

  expect(await listSecrets(config, output)).toBe("ok");
  expect(said()).toEqual(["The vault of this project has no secrets."]);
  const path = join(folder, "token");
  await writeFile(path, "canary-of-the-cli\n");
  expect(await setSecret({ name: "API_TOKEN", path }, config, output)).toBe("ok");
  expect(said()).toEqual(["Stored version 1 of API_TOKEN. Calls use it within 5 seconds."]);
  await listSecrets(config, output);
  expect(said()).toEqual([expect.stringMatching(/^API_TOKEN {2}version 1 of 2\S+Z, not used yet$/)]);

  expect(await rotateKey(config, output)).toBe("ok");
  expect(said()).toEqual([
    "Values that are now under the current key and were not: 0.",
    expect.stringMatching(/^[0-9a-f]{16} {2}current, 1 value$/),
    "No value needs another key, so former keys can be removed from MESHHOOK_SECRET_KEY.",
  ]);
  expect(await listSecretKeys(config, output)).toBe("ok");
  expect(said()).toHaveLength(1);
  await deleteSecret({ name: "API_TOKEN", force: false }, config, output);
  expect(said()).toEqual(["Deleted API_TOKEN."]);
  expect(await createClient({ url, key }).listSecrets()).toEqual({ items: [] });

  await listAudit({ limit: "all", json: true }, config, output);
  const exported = said();
  expect(exported.map((line) => (JSON.parse(line) as { action: string }).action)).toEqual([
    "deleteSecret",
    "rewrapSecrets",
    "putSecret",
  ]);
  await listAudit({ limit: "2", action: "putSecret" }, config, output);
  const shown = said();
  expect(shown).toEqual([
    expect.stringMatching(
      / {2}putSecret {2}secret API_TOKEN {2}by .* from 127\.0\.0\.1 {2}name: API_TOKEN, version: 1$/,
    ),
  ]);
  expect(JSON.stringify([exported, shown])).not.toContain("canary");
  await expect(listAudit({ limit: "0" }, config, output)).rejects.toThrow('--limit is "0"');
});
