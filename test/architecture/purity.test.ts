import { expect, test } from "vitest";

import { readSources, type Mention, type SourceFile } from "./source-file.ts";

const sources = readSources();
const code = sources.filter((source) => !source.isTest);

/** What would make the same facts give different states: time, chance, locale, and whatever the process happens to be. */
const IMPURE: ReadonlySet<string> = new Set([
  "Date",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "Math.random",
  "crypto",
  "Intl",
  ".localeCompare",
  ".toLocaleString",
  ".toLocaleLowerCase",
  ".toLocaleUpperCase",
  "process",
  "console",
  "globalThis",
  "Buffer",
  "fetch",
]);

test("core reads no clock, no chance, no locale and no process", () => {
  expect(
    complaints({
      where: (source) => source.packageName === "core",
      what: ({ text }) => IMPURE.has(text),
      say: (name) => `uses ${name}: core gets such values inside facts or as arguments`,
    }),
  ).toEqual([]);
});

/** Who may see the environment: the edge that turns it into settings, and those who hand it on to a program that they start. */
const ENVIRONMENT_READERS: readonly string[] = [
  "packages/cli/src/main.ts",
  "packages/cli/src/config/",
  // NO_COLOR and the like belong to the terminal, not to MeshHook.
  "packages/cli/src/terminal/",
  "packages/bench/src/report/terminal-summary.ts",
  "packages/cli/src/bench/launcher.ts",
  "packages/cli/src/bench/driver.ts",
  "packages/bench/src/load/",
  "packages/bench/src/peers/",
  "packages/embedded/src/command.ts",
  // The variables are those of OpenTelemetry, whose exporter reads them too.
  "packages/cli/src/start/tracing.ts",
];

test("the environment is read at the edge only", () => {
  expect(
    complaints({
      where: (source) => !ENVIRONMENT_READERS.some((path) => source.path.startsWith(path)),
      what: ({ text }) => text === "process.env",
      say: (name) => `reads ${name}: settings are read once by packages/cli/src/config and passed on`,
    }),
  ).toEqual([]);
});

test("only the command line and the benchmark's progress print", () => {
  expect(
    complaints({
      where: (source) => !/^packages\/(cli|bench)\/src\//.test(source.path),
      what: ({ text }) => /^console\.(log|info|debug|warn|error|trace|table)$/.test(text),
      say: (name) => `calls ${name}: log through the logger that was passed in`,
    }),
  ).toEqual([]);
});

test("SQL is written only where the database is the subject", () => {
  const SQL_HOMES =
    /^packages\/(journal|embedded|testkit)\/|^packages\/bench\/src\/(database|measure|audit|peers|roof|system|suite\/quiet)\b/;
  const SQL =
    /\bselect\s[^]+\sfrom\s+[a-z_."]+|\binsert\s+into\s+[a-z_."]+\s*[(\s]|\bupdate\s+[a-z_."]+\s+set\s|\bdelete\s+from\s|\b(create|drop|alter)\s+(table|index|schema|role|database|view|extension)\s/i;
  const broken = code
    .filter((source) => !SQL_HOMES.test(source.path))
    .flatMap((source) =>
      source.strings
        .filter(({ text }) => SQL.test(text))
        .map(
          ({ text, line }) =>
            `${source.path}:${line} holds SQL ("${text.trim().slice(0, 40)}…"): it belongs in packages/journal.`,
        ),
    );
  expect(broken).toEqual([]);
});

test("the rules look at something", () => {
  // Guards against a rule that passes because nothing was read.
  expect(code.length).toBeGreaterThan(50);
  expect(code.flatMap((source) => source.imports).length).toBeGreaterThan(100);
  expect(code.flatMap((source) => source.names).some(({ text }) => text === "process.env")).toBe(true);
  expect(code.flatMap((source) => source.names).some(({ text }) => text === "Date")).toBe(true);
});

function complaints(rule: {
  readonly where: (source: SourceFile) => boolean;
  readonly what: (mention: Mention) => boolean;
  readonly say: (name: string) => string;
}): readonly string[] {
  return code
    .filter(rule.where)
    .flatMap((source) =>
      source.names.filter(rule.what).map(({ text, line }) => `${source.path}:${line} ${rule.say(text)}.`),
    );
}
