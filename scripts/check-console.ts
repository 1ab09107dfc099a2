/**
 * Types and markup of the console. It has a TypeScript of its own, because svelte-check does not take TypeScript 7 yet, and looks
 * for its configuration in its own folder.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { CONSOLE } from "./console-types.ts";

const program = join(CONSOLE, "node_modules", "svelte-check", "bin", "svelte-check");
const options = ["--fail-on-warnings", "--output", "human"];
const { status } = spawnSync(process.execPath, [program, ...options], { cwd: CONSOLE, stdio: "inherit" });
process.exitCode = status ?? 1;
