import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { waitFor } from "@meshhook/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";

import { buildConsole } from "./console-build.ts";

let root: string;
let said: string[];

/** A small clone: sources, and a vite that builds slowly, records its environment, and fails when a source says so. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "meshhook-clone-"));
  said = [];
  await write("apps/console/package.json", "{}");
  await write("apps/console/src/page.svelte", "first");
  await write("packages/core/src/index.ts", "core");
  await write("packages/contract/src/index.ts", "contract");
  await write("examples/one/workflow.json", "{}");
  await write("package-lock.json", "{}");
  await write("node_modules/vite/package.json", `{ "name": "vite", "version": "1.0.0" }`);
  await write(
    "node_modules/vite/bin/vite.js",
    `const fs = require("node:fs");
     fs.appendFileSync("../../vite-ran", process.argv.slice(2).join(" ") + "\\n");
     fs.writeFileSync("../../vite-environment", JSON.stringify(process.env));
     const page = fs.readFileSync("src/page.svelte", "utf8");
     if (page === "broken") { process.stderr.write("page.svelte: unexpected end\\n"); process.exit(1); }
     setTimeout(() => {
       const target = process.env.MESHHOOK_CONSOLE_BUILD;
       fs.mkdirSync(target, { recursive: true });
       fs.writeFileSync(target + "/shell.html", page);
     }, page === "slow" ? 600_000 : 200);`,
  );
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

const build = (signal = new AbortController().signal): ReturnType<typeof buildConsole> =>
  buildConsole({ root, signal, say: (line) => said.push(line) });
const builds = async (): Promise<number> =>
  (await readFile(join(root, "vite-ran"), "utf8").catch(() => "")).split("\n").length - 1;
const shell = (): Promise<string> => readFile(join(root, "apps/console/build/shell.html"), "utf8");

test("a console is built once, and again after each change to its inputs", async () => {
  const directory = join(root, "apps", "console", "build");
  expect(await build()).toEqual({ directory });
  expect([await shell(), await builds()]).toEqual(["first", 1]);
  expect(said).toEqual([expect.stringContaining("Building the console")]);
  await build();
  expect(await builds()).toBe(1);
  let wanted = 1;
  for (const path of [
    "apps/console/src/page.svelte",
    "apps/console/static/new.svg",
    "packages/core/src/index.ts",
    "packages/contract/src/index.ts",
    "examples/one/workflow.json",
    "package-lock.json",
  ]) {
    await write(path, `changed ${path}`);
    await build();
    expect([path, await builds()]).toEqual([path, ++wanted]);
  }
  for (const path of ["apps/console/node_modules/x.js", "apps/console/.svelte-kit/x.js", "packages/server/src/x.ts"])
    await write(path, "no source");
  await build();
  expect([await builds(), await shell()]).toEqual([wanted, "changed apps/console/src/page.svelte"]);
  expect(await readdir(join(root, "apps/console"))).not.toContain("fresh");
});

test("two processes that start at once build once, and both get the console", async () => {
  const both = await Promise.all([build(), build()]);
  expect(both[0]).toEqual(both[1]);
  expect([await shell(), await builds()]).toEqual(["first", 1]);
  expect(said.filter((line) => line.startsWith("Building"))).toHaveLength(1);
  expect(said).toContain("Waiting for another process that is building the console");
});

test("a failed build shows its output and leaves the last console in place", async () => {
  await build();
  said = [];
  await write("apps/console/src/page.svelte", "broken");
  expect(await build()).toEqual({ absentBecause: "The console could not be built: vite build exited with 1" });
  expect(said.at(-1)).toBe("page.svelte: unexpected end");
  expect(await shell()).toBe("first");
  await write("apps/console/src/page.svelte", "repaired");
  expect(await build()).toHaveProperty("directory");
  expect(await shell()).toBe("repaired");
});

test("a stopped build ends at once", async () => {
  await write("apps/console/src/page.svelte", "slow");
  const stopping = new AbortController();
  const building = build(stopping.signal);
  await waitFor("the build runs", async () => (await builds()) === 1);
  stopping.abort();
  expect(await building).toEqual({
    absentBecause: "The console could not be built: MeshHook was stopped during the build",
  });
});

test("a build sees none of MeshHook's own settings", async () => {
  process.env["MESHHOOK_ADMIN_KEY"] = "mh_canary";
  try {
    await build();
  } finally {
    delete process.env["MESHHOOK_ADMIN_KEY"];
  }
  expect(await readFile(join(root, "vite-environment"), "utf8")).not.toContain("mh_canary");
});

test("an installation without the console's sources says so", async () => {
  await rm(join(root, "apps"), { recursive: true });
  expect(await build()).toEqual({ absentBecause: "This installation does not contain apps/console" });
});
