/**
 * Types and markup of the console. It has a TypeScript of its own, because svelte-check does not take TypeScript 7 yet, and looks
 * for its configuration in its own folder. The types of routes are generated first.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { ROOT } from "./step.ts";

const app = join(ROOT, "apps", "console");
const modules = join(app, "node_modules");
const steps = [
  [join(modules, "@sveltejs", "kit", "svelte-kit.js"), "sync"],
  [join(modules, "svelte-check", "bin", "svelte-check"), "--fail-on-warnings", "--output", "human"],
];
for (const step of steps) {
  const { status } = spawnSync(process.execPath, step, { cwd: app, stdio: "inherit" });
  if (status !== 0) {
    process.exitCode = status ?? 1;
    break;
  }
}
