import type { Environment } from "@meshhook/testkit/process";

import type { HarnessBug } from "./harness-bugs.ts";

/** Names the bug that a process of the harness has. Nothing of MeshHook reads it. */
export const BUG_VARIABLE = "MESHHOOK_HARNESS_BUG";

/** Has a process plant a bug into itself before it loads MeshHook. */
export function plantedEnvironment(bug: HarnessBug): Environment {
  return { NODE_OPTIONS: `--import=${new URL("plant.ts", import.meta.url).href}`, [BUG_VARIABLE]: bug };
}
