/**
 * Loaded into a process before MeshHook (`--import`): puts another journal in the place of its own, and spoils its clocks. The program itself has
 * no place for a bug.
 */
import { registerHooks } from "node:module";

import { BUG_VARIABLE } from "./planted-environment.ts";

const FAST = 1.2;
const BUGGY_JOURNAL = new URL("buggy-journal.ts", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier === "@meshhook/journal" && context.parentURL?.endsWith("/cli/src/start/parts.ts") === true
      ? nextResolve(BUGGY_JOURNAL, context)
      : nextResolve(specifier, context),
});

if (process.env[BUG_VARIABLE] === "timer-early") {
  const [wallMs, monotonicMs] = [Date.now.bind(Date), performance.now.bind(performance)];
  const startMs = wallMs();
  Date.now = () => Math.floor(startMs + (wallMs() - startMs) * FAST);
  performance.now = () => monotonicMs() * FAST;
}
