/**
 * @packageDocumentation
 * The command line and composition root: the only place where real clocks, databases, sockets and signals come together.
 *
 * It never decides what a workflow does, sends SQL, or reads configuration outside `config/`.
 *
 * Invariants:
 * 1. Every setting is in one table, read once; all mistakes are reported together, and then nothing starts.
 * 2. A secret is never printed, except a generated admin key, once.
 * 3. SIGTERM loses nothing that was accepted; `kill -9` loses nothing either.
 * 4. Exit codes are the table in `exit-codes.ts`.
 *
 * Start reading at `program.ts` (the commands), then `command/start.ts` (how the parts are put together).
 */
export { configurationMarkdown } from "./config/describe.ts";
export { EXIT_CODES } from "./exit-codes.ts";
export { createLauncher, type LauncherOptions } from "./bench/launcher.ts";
