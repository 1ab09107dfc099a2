/**
 * `npm run pack`: makes `meshhook-<version>.tgz`, which `npm install` and `npx` take, in this folder or the one after `--out`. The console is
 * built first when its sources have changed. Prints the file's path, and ends 1 when something is missing.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";

import { ownRevision } from "../packages/cli/src/bench/checkout.ts";
import { buildConsole } from "../packages/cli/src/start/console-build.ts";
import { stage } from "./pack/stage.ts";
import { print, ROOT } from "./step.ts";

const { values } = parseArgs({ options: { out: { type: "string", default: "." } } });
const out = resolve(values.out);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const console = await buildConsole({ root: ROOT, signal: new AbortController().signal, say });
if ("absentBecause" in console) throw new Error(`Nothing was packed. ${console.absentBecause}`);
await mkdir(out, { recursive: true });
const folder = await mkdtemp(join(tmpdir(), "meshhook-pack-"));
try {
  const version = await stage(ROOT, folder, await ownRevision());
  await promisify(execFile)("npm", ["pack", "--silent", "--pack-destination", out], { cwd: folder });
  print(join(out, `meshhook-${version}.tgz`));
} finally {
  await rm(folder, { recursive: true, force: true });
}
