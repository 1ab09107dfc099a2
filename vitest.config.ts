import { configDefaults, defineConfig } from "vitest/config";

/** Tests that measure their own process, which has to be theirs alone. */
const ALONE = [
  "packages/bench/src/measure/latency.test.ts",
  "packages/bench/src/measure/probe/meshhook-probe.test.ts",
  "packages/runtime/src/weigh.test.ts",
];

/** What takes minutes: `npm run test:long`, and not part of `npm test`. */
const LONG = "packages/*/test/**/*.long.test.ts";

const each = {
  testTimeout: 30_000,
  // The first file of the console's tests waits for its build.
  hookTimeout: 180_000,
  // How long a condition may take to come true, not how long it takes: a busy machine is no failure.
  expect: { poll: { timeout: 10_000 } },
};

export default defineConfig({
  test: {
    // One embedded Postgres for the whole run, started by the first test that needs it, stopped at the end.
    globalSetup: ["packages/testkit/src/vitest-global-setup.ts"],
    // Four test files at once on two cores: much of the time they wait for processes, browsers and Postgres.
    maxWorkers: 4,
    projects: [
      {
        // Beside what they test: many short files, which share processes and what they import.
        test: {
          ...each,
          name: "units",
          include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "packages/core/test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...ALONE],
          isolate: false,
        },
      },
      {
        test: {
          ...each,
          name: "whole",
          include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "test/**/*.test.ts", ...ALONE],
          exclude: [...configDefaults.exclude, "packages/core/test/**", LONG],
        },
      },
      { test: { ...each, name: "long", include: [LONG] } },
    ],
  },
});
