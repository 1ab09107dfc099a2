import { mergeConfig } from "vitest/config";

import config from "./vitest.config.ts";

/**
 * `npm run test:coverage`: which branches of what decides about runs no test takes. There is none: a branch that no test reaches is either
 * missing a test or cannot be reached and goes.
 */
export default mergeConfig(config, {
  test: {
    coverage: {
      enabled: true,
      provider: "v8",
      include: [
        "packages/core/src/run/**/*.ts",
        "packages/journal/src/segment-check.ts",
        "packages/journal/src/postgres/append.ts",
        "packages/journal/src/postgres/batch.ts",
        "packages/runtime/src/writer.ts",
      ],
      reporter: [["text", { skipFull: true }]],
      thresholds: { branches: 100 },
    },
  },
});
