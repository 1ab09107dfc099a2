import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createClient } from "@meshhook/contract";
import { runCli } from "@meshhook/testkit/process";
import { expect, test } from "vitest";

import { closeAfterTest, startInMemory } from "./in-memory.ts";

test("secrets are stored from a file, rotated, and their changes exported, without a value on any stream", async () => {
  const folder = await mkdtemp(join(tmpdir(), "meshhook-secrets-"));
  closeAfterTest(() => rm(folder, { recursive: true }));
  const { url, key } = await startInMemory();
  const environment = { MESHHOOK_URL: url, MESHHOOK_API_KEY: key };
  const path = join(folder, "token");
  await writeFile(path, "canary-of-the-cli\n");
  const stored = await runCli(["secrets", "set", "API_TOKEN", "--from", path], environment);
  expect(stored).toEqual({
    code: 0,
    stdout: "Stored version 1 of API_TOKEN. Calls use it within 5 seconds.\n",
    stderr: "",
  });
  const client = createClient({ url, key });
  expect((await client.listSecrets()).items).toMatchObject([{ name: "API_TOKEN", version: 1 }]);

  const rotated = await runCli(["secrets", "rotate-key"], environment);
  expect([rotated.code, rotated.stdout]).toEqual([
    0,
    expect.stringMatching(
      /^0 values are now under the current key\.\n[0-9a-f]{16} {2}current, 1 values\nNo value needs/,
    ),
  ]);

  const exported = await runCli(["audit", "--limit", "all", "--json"], environment);
  const entries = exported.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { action: string });
  expect(entries.map(({ action }) => action)).toEqual(["rewrapSecrets", "putSecret"]);
  expect(JSON.stringify([rotated, exported])).not.toContain("canary");
});
