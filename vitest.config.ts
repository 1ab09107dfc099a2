import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "packages/*/test/**/*.test.ts",
      "apps/*/{src,test}/**/*.test.ts",
      "test/**/*.test.ts",
    ],
    // One embedded Postgres for the whole run, started by the first test that needs it, stopped at the end.
    globalSetup: ["packages/testkit/src/vitest-global-setup.ts"],
    testTimeout: 30_000,
    // The first file of the console's tests waits for its build.
    hookTimeout: 180_000,
    // How long a condition may take to come true, not how long it takes: a busy machine is no failure.
    expect: { poll: { timeout: 10_000 } },
    // Three test files at once on two cores: much of the time they wait for processes, browsers and Postgres.
    maxWorkers: 3,
  },
});
