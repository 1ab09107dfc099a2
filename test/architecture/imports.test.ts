import { expect, test } from "vitest";

import { readSources, type SourceFile } from "./source-file.ts";
import { appNames, manifestOf, packageNames } from "./tree.ts";

/** Which packages a package may import. Everything not listed is forbidden, tests apart (see `TEST_ARROWS`). */
const ARROWS: { readonly [packageName: string]: readonly string[] } = {
  core: [],
  contract: ["core"],
  journal: ["core"],
  runtime: ["core", "journal"],
  server: ["core", "contract", "journal", "runtime"],
  bench: ["contract"],
  embedded: [],
  cli: ["core", "contract", "journal", "runtime", "server", "bench", "embedded"],
  testkit: ["core", "journal", "embedded"],
  console: ["core", "contract"],
};

/** What tests may import besides their package's own arrows. */
const TEST_ARROWS: readonly string[] = ["testkit", "embedded"];

const SCOPE = "@meshhook/";
const sources = readSources();

test("every package has its arrows, and every arrow its package", () => {
  expect([...packageNames(), ...appNames()].toSorted()).toEqual(Object.keys(ARROWS).toSorted());
});

test("packages import only along the arrows", () => {
  const broken = workspaceImports().flatMap(({ source, line, target }) => {
    const allowed = [source.packageName, ...(ARROWS[source.packageName] ?? []), ...(source.isTest ? TEST_ARROWS : [])];
    if (allowed.includes(target)) return [];
    const may = ARROWS[source.packageName]?.join(", ") || "no other package";
    return [`${source.path}:${line} imports ${target}, but ${source.packageName} may import ${may}.`];
  });
  expect(broken).toEqual([]);
});

test("packages are entered only by a door that their package.json declares", () => {
  const broken = workspaceImports().flatMap(({ source, line, target, door }) =>
    manifestOf(target).exports?.[door] === undefined
      ? [`${source.path}:${line} enters ${target} by "${door}", which its package.json does not export.`]
      : [],
  );
  expect(broken).toEqual([]);
});

test("no relative import leaves its package", () => {
  const broken = sources.flatMap((source) =>
    source.imports.flatMap(({ text, line }) => {
      const ups = text.match(/\.\.\//g)?.length ?? 0;
      const depth = source.path.split("/").length - 3; // packages/<name>/ or apps/<name>/, and the file itself
      return text.startsWith(".") && ups > depth
        ? [`${source.path}:${line} reaches out of ${source.packageName} with "${text}": import the package by name.`]
        : [];
    }),
  );
  expect(broken).toEqual([]);
});

test("a package declares exactly the workspace packages that its sources import", () => {
  const broken = [...packageNames(), ...appNames()].flatMap((name) => {
    const imported = new Set(
      workspaceImports()
        .filter(
          ({ source, target }) =>
            source.packageName === name && target !== name && (name === "testkit" || !source.isTest),
        )
        .map(({ target }) => target),
    );
    const declared = Object.keys(manifestOf(name).dependencies ?? {})
      .filter((dependency) => dependency.startsWith(SCOPE))
      .map((dependency) => dependency.slice(SCOPE.length));
    return [
      ...[...imported]
        .filter((target) => !declared.includes(target))
        .map((target) => `${name} imports ${target} without declaring it.`),
      ...declared
        .filter((target) => !imported.has(target))
        .map((target) => `${name} declares ${target} and never imports it.`),
    ];
  });
  expect(broken).toEqual([]);
});

test("the engine in core imports nothing of Node", () => {
  const broken = sources
    .filter((source) => source.packageName === "core" && !source.isTest)
    .flatMap((source) =>
      source.imports
        .filter(({ text }) => text.startsWith("node:"))
        .map(
          ({ text, line }) =>
            `${source.path}:${line} imports ${text}: core runs in a browser too; take the value as an argument.`,
        ),
    );
  expect(broken).toEqual([]);
});

function workspaceImports(): readonly { source: SourceFile; line: number; target: string; door: string }[] {
  return sources.flatMap((source) =>
    source.imports
      .filter(({ text }) => text.startsWith(SCOPE))
      .map(({ text, line }) => {
        const [target = "", ...path] = text.slice(SCOPE.length).split("/");
        return { source, line, target, door: [".", ...path].join("/") };
      }),
  );
}
