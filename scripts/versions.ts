/**
 * `npm run test:versions`: folds the golden histories under several versions of Node, each in several languages and time zones, and holds that all
 * of them give the same bytes. Versions are arguments: `npm run test:versions -- 22.18.0 26`; npm fetches those that it does not have yet into
 * its cache, and nothing is installed here. Ends 0 when all are the same, 1 otherwise.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { print } from "./step.ts";

const PROGRAM = "packages/core/test/fold-histories.ts";
/** The oldest that runs TypeScript without a build, the one that the project brings with it, and newer ones. */
const VERSIONS = ["22.18.0", "24.21.0", "26"];
const ENVIRONMENTS = [
  { LC_ALL: "C", TZ: "UTC" },
  { LC_ALL: "tr_TR.UTF-8", TZ: "America/St_Johns" },
  { LC_ALL: "ar_EG.UTF-8", TZ: "Pacific/Apia" },
];

const run = promisify(execFile);
const given = process.argv.slice(2);
const hashes = new Set<string>();
for (const version of given.length === 0 ? VERSIONS : given) {
  for (const environment of ENVIRONMENTS) {
    const args = ["exec", "--yes", `--package=node@${version}`, "--", "node", PROGRAM];
    const { stdout } = await run("npm", args, { env: { ...process.env, ...environment } });
    const [node, count, hash = ""] = stdout.trim().split(" ");
    hashes.add(hash);
    print(`Node ${node}, ${environment.LC_ALL}, ${environment.TZ}: ${count} histories, ${hash}`);
  }
}
print(hashes.size === 1 ? "All give the same bytes." : `There are ${hashes.size} different results.`);
process.exitCode = hashes.size === 1 ? 0 : 1;
