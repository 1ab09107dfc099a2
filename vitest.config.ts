import { configDefaults, defineConfig } from "vitest/config";

/** Tests that measure or block their own process, or judge everything that happens in it: it has to be theirs alone. */
const ALONE = [
  "packages/bench/src/measure/latency.test.ts",
  "packages/bench/src/measure/probe/meshhook-probe.test.ts",
  "packages/journal/test/stand-in.test.ts",
  "packages/runtime/src/weigh.test.ts",
  "packages/runtime/test/retention.test.ts",
  "packages/runtime/test/simulation/every-kind.test.ts",
  "packages/runtime/test/simulation/simulation.test.ts",
  "packages/runtime/test/slices.test.ts",
  "packages/runtime/test/stall.test.ts",
  "packages/server/test/content.test.ts",
];

/** What takes minutes: `npm run test:long`, and not part of `npm test`. */
const LONG = "packages/*/test/**/*.long.test.ts";

const each = {
  // How long a test, a step of it or a condition may take, not how long it takes: a busy machine is no failure.
  testTimeout: 60_000,
  // The first file of the console's tests waits for its build.
  hookTimeout: 180_000,
  expect: { poll: { timeout: 30_000 } },
};

// Files share processes, and what they import: to start one and to import everything costs a file about a second. So what a file starts it also ends,
// and helpers register what ends with a test by `onTestFinished`, because they are imported once and not once for each file.
const sharing = { ...each, isolate: false };

// Vitest takes projects in the order of their names. The short files are the last: they fill the workers while the last long one runs.
export default defineConfig({
  test: {
    // One embedded Postgres for the whole run, started by the first test that needs it, stopped at the end.
    globalSetup: ["packages/testkit/src/vitest-global-setup.ts"],
    // Four test files at once on two cores: much of the time they wait for processes, browsers and Postgres.
    maxWorkers: 4,
    projects: [
      { test: { ...each, name: "alone", include: ALONE } },
      {
        // Whole parts, and the whole: databases, servers, processes, browsers.
        test: {
          ...sharing,
          name: "system",
          include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, "packages/core/test/**", ...ALONE, LONG],
        },
      },
      {
        // Beside what they test.
        test: {
          ...sharing,
          name: "units",
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "packages/core/test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...ALONE],
        },
      },
      { test: { ...each, name: "long", include: [LONG] } },
    ],
  },
});
