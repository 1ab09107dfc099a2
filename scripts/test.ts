/**
 * `npm test`: the checks, then every test but those that take minutes (`npm run test:long`). Arguments go to Vitest: `npm test -- packages/core`.
 * The tests run even when a check failed, so that one run tells everything. Ends 0 when all passed, 1 otherwise.
 */
import { generateConsoleTypes } from "./console-types.ts";
import { CHECK_STEPS_BEFORE_TESTS } from "./check-steps.ts";
import { print, runAttached, runSteps } from "./step.ts";

const startedAt = performance.now();
const vitestArguments = process.argv.slice(2);

print("Checks\n");
generateConsoleTypes();
const outcomes = await runSteps(CHECK_STEPS_BEFORE_TESTS, 2);
const failed = outcomes.filter((outcome) => !outcome.passed).map((outcome) => outcome.step.name);

print("\nTests\n");
const testsExitCode = await runAttached(["vitest", "run", "--project", "!long", ...vitestArguments]);
if (testsExitCode !== 0) failed.push("tests");

const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
print(
  failed.length === 0 ? `Checks and tests passed in ${seconds} s.` : `Failed after ${seconds} s: ${failed.join("; ")}.`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
