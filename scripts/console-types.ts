import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { ROOT } from "./step.ts";

/** The folder of the console. */
export const CONSOLE = join(ROOT, "apps", "console");

/**
 * Generates the types of the console's routes, which lint and type checks read; a second or so.
 *
 * @throws Error  with SvelteKit's own words.
 */
export function generateConsoleTypes(): void {
  const program = join(CONSOLE, "node_modules", "@sveltejs", "kit", "svelte-kit.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "sync"], { cwd: CONSOLE, encoding: "utf8" });
  if (status !== 0) throw new Error(`svelte-kit sync failed in apps/console:\n${stdout}${stderr}`);
}
