import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect, test, vi } from "vitest";

import { emptyFolder, install, outputOf, pack, startPacked } from "./packed.ts";

vi.setConfig({ testTimeout: 900_000 });

/** The program of another version of Node, which npm fetches. */
async function nodeOf(version: string): Promise<string> {
  const args = ["exec", "--yes", `--package=node@${version}`, "--", "node", "-p", "process.execPath"];
  return (await promisify(execFile)("npm", args, { cwd: await emptyFolder() })).stdout.trim();
}

test.for(["24.21.0", "22.18.0"])(
  "an installed MeshHook starts as two processes, migrates and measures itself under Node %s",
  async (version) => {
    const node = await nodeOf(version);
    const folder = await install(await pack());
    const { welcome, stop } = await startPacked(folder, node, "--processes", "2");
    const [, hook = ""] = /(http:\S+\/hooks\/\S+)/.exec(welcome) ?? [];
    const answer = await fetch(hook, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"name":"Ada"}`,
    });
    expect(answer.status).toBe(202);
    expect(await stop()).toBe(0);

    expect(await outputOf(folder, node, "migrate")).toMatch(/exit code 0$/);
    const scenario = ["run", "webhook-ack-nominal", "--duration", "2s", "--repeat", "1", "--out", "report"];
    // A busy machine misses thresholds or is found disturbed. What counts is that all was measured and nothing was lost.
    expect(await outputOf(folder, node, "bench", ...scenario)).toMatch(/Report: .*report\.html[^]*exit code [0489]$/);
    const result = JSON.parse(await readFile(join(folder, "report", "result.json"), "utf8")) as {
      readonly scenarios: readonly { readonly audit: { readonly isClean: boolean } }[];
    };
    expect(result.scenarios.map(({ audit }) => audit.isClean)).toEqual([true]);
  },
);

test("an older Node is told which version MeshHook needs", async () => {
  const folder = await install(await pack(), "--engine-strict=false");
  expect(await outputOf(folder, await nodeOf("20"), "--version")).toMatch(
    /^MeshHook needs Node 22\.19 or later, and this is Node 20\.\d+\.\d+\. .*\nexit code 1$/,
  );
});
