import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect, test, vi } from "vitest";

import { install, outputOf, pack, startPacked } from "./packed.ts";

// Npm fetches some hundred packages when its cache is empty.
vi.setConfig({ testTimeout: 600_000 });

const BYTES_MAX = 6_000_000;
/** Whatever else is in the package has come there by mistake. */
const EXPECTED =
  /^(LICENSE|README\.md|package\.json|bin\/meshhook\.mjs|apps\/console\/build\/.+|examples\/.+|packages\/cli\/package\.json|packages\/[a-z]+\/src\/.+\.(js|json|css)|packages\/journal\/sql\/(migrations|queries)\/[\w-]+\.sql|packages\/bench\/(metrics|scenarios)\/[\w-]+\.(yaml|txt)|packages\/(bench|core)\/schema\/[\w.]+\.json)$/;
const UNWANTED = /testkit|\.test\.|conformance|\.built-from$|\/test\/|\.ts$/;

test("the packed MeshHook holds what it needs and nothing else, and takes a webhook from an empty folder without its install scripts", async () => {
  const packed = await pack();
  const { stdout } = await promisify(execFile)("tar", ["-tzf", packed]);
  const files = stdout
    .trim()
    .split("\n")
    .map((path) => path.replace("package/", ""));
  expect(files.filter((path) => !EXPECTED.test(path) || UNWANTED.test(path))).toEqual([]);
  expect((await stat(packed)).size).toBeLessThan(BYTES_MAX);

  const folder = await install(packed, "--ignore-scripts");
  const node = process.execPath;
  expect(await outputOf(folder, node, "--version")).toMatch(/^\d+\.\d+\.\d+\nexit code 0$/);
  const { url, welcome, stop } = await startPacked(folder, node);
  expect(welcome).toContain(`Data       ${join(folder, ".meshhook")}`);
  const [, hook = ""] = /(http:\S+\/hooks\/\S+)/.exec(welcome) ?? [];
  const answer = await fetch(hook, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `{"name":"Ada"}`,
  });
  expect([answer.status, await answer.json()]).toEqual([202, expect.objectContaining({ status: "succeeded" })]);
  const page = await fetch(`${url}/`, { headers: { accept: "text/html" } });
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("Loading MeshHook")]);
  expect(await stop()).toBe(0);
});
