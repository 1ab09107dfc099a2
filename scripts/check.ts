/**
 * `npm run check`: everything that can be said about the code without running the product. Two steps at a time.
 * Ends 0 when every step passed, 1 otherwise.
 */
import { generateConsoleTypes } from "./console-types.ts";
import { CHECK_STEPS } from "./check-steps.ts";
import { print, runSteps } from "./step.ts";

const startedAt = performance.now();
generateConsoleTypes();
const outcomes = await runSteps(CHECK_STEPS, 2);
const failed = outcomes.filter((outcome) => !outcome.passed).map((outcome) => outcome.step.name);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);

print(
  failed.length === 0 ? `\nAll ${outcomes.length} checks passed in ${seconds} s.` : `\nFailed: ${failed.join("; ")}.`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
