import type { Step } from "./step.ts";

const FORMAT: Step = {
  name: "format",
  command: ["prettier", "--check", "--log-level", "warn", "."],
  remedy: "npm run format",
};

const LINT: Step = {
  name: "lint",
  command: ["oxlint"],
  remedy: "mend the code; the rules and the reasons for those that are off are in .oxlintrc.json",
};

const TYPES: Step = {
  name: "types",
  command: ["tsc", "--project", "tsconfig.json"],
  remedy: "mend the types; imports carry .ts, optional properties are never undefined (exactOptionalPropertyTypes)",
};

const CONSOLE_TYPES: Step = {
  name: "types and markup of the console",
  command: ["node", "scripts/check-console.ts"],
  remedy: "mend the component; warnings about accessibility count",
};

const CORE_TYPES: Step = {
  name: "types of core, without Node and DOM",
  command: ["tsc", "--project", "packages/core/tsconfig.json"],
  remedy: "packages/core takes time, randomness and I/O as arguments: pass the value in instead of reaching for it",
};

const ARCHITECTURE: Step = {
  name: "architecture and documents",
  command: ["vitest", "run", "test/architecture", "--reporter=dot"],
  remedy: "each message names the file and the rule; the rules with their reasons are in ARCHITECTURE.md",
};

const UNUSED: Step = {
  name: "unused files, exports, dependencies",
  command: ["knip", "--no-progress"],
  remedy: "delete what is unused, or drop `export` where only the file itself uses it",
};

const GENERATED: Step = {
  name: "generated files are current",
  command: ["node", "scripts/generate.ts", "--check"],
  remedy: "npm run generate",
};

/** Every check, longest first so that two at a time end together. */
export const CHECK_STEPS: readonly Step[] = [
  FORMAT,
  CONSOLE_TYPES,
  LINT,
  GENERATED,
  TYPES,
  UNUSED,
  ARCHITECTURE,
  CORE_TYPES,
];

/** The same without what the test suite runs anyway. */
export const CHECK_STEPS_BEFORE_TESTS: readonly Step[] = CHECK_STEPS.filter((step) => step !== ARCHITECTURE);
