import { parseSync, Visitor } from "oxc-parser";

import { repositoryFiles, textOf } from "./tree.ts";

/** A source file of a package or an app, read for what the rules ask. Of a Svelte component, its scripts. */
export interface SourceFile {
  /** From the top of the repository. */
  readonly path: string;
  /** The folder under `packages/` or `apps/`. */
  readonly packageName: string;
  /** Tests and what only tests use: other rules hold for them. */
  readonly isTest: boolean;
  /** Every module named in an import, a re-export or an `import()`, type-only ones included. */
  readonly imports: readonly Mention[];
  /** Every identifier that is not a property's name, types included; and `object.property` pairs. */
  readonly names: readonly Mention[];
  /** The text of every string and template literal. */
  readonly strings: readonly Mention[];
}

export interface Mention {
  readonly text: string;
  readonly line: number;
}

/** Reads all TypeScript files and Svelte components under `packages/` and `apps/`. */
export function readSources(): readonly SourceFile[] {
  return repositoryFiles()
    .filter((path) => /^(packages|apps)\/[^/]+\/(src|test)\/.*\.(ts|svelte)$/.test(path))
    .map(readSource);
}

function readSource(path: string): SourceFile {
  const text = path.endsWith(".svelte") ? scriptsOf(textOf(path)) : textOf(path);
  const { program, module, errors } = parseSync(path.replace(/\.svelte$/, ".svelte.ts"), text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);

  const lineOf = (offset: number): number => text.slice(0, offset).split("\n").length;
  const imports = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest),
    ...module.staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest ?? [])),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => ({
      start,
      value: text.slice(start + 1, end - 1),
    })),
  ].map(({ value, start }) => ({ text: value, line: lineOf(start) }));

  const names: Mention[] = [];
  const strings: Mention[] = [];
  const propertyNames = new Set<number>();
  new Visitor({
    MemberExpression(node) {
      if (node.computed) return;
      propertyNames.add(node.property.start);
      if (node.object.type === "Identifier" && node.property.type === "Identifier") {
        names.push({ text: `${node.object.name}.${node.property.name}`, line: lineOf(node.start) });
      }
      names.push({ text: `.${node.property.name}`, line: lineOf(node.property.start) });
    },
    Property(node) {
      if (!node.computed && !node.shorthand) propertyNames.add(node.key.start);
    },
    TSPropertySignature(node) {
      propertyNames.add(node.key.start);
    },
    PropertyDefinition(node) {
      if (!node.computed) propertyNames.add(node.key.start);
    },
    MethodDefinition(node) {
      if (!node.computed) propertyNames.add(node.key.start);
    },
    Identifier(node) {
      if (!propertyNames.has(node.start)) names.push({ text: node.name, line: lineOf(node.start) });
    },
    Literal(node) {
      if (typeof node.value === "string") strings.push({ text: node.value, line: lineOf(node.start) });
    },
    TemplateLiteral(node) {
      strings.push({ text: node.quasis.map((quasi) => quasi.value.raw).join(" … "), line: lineOf(node.start) });
    },
  }).visit(program);

  return {
    path,
    packageName: path.split("/")[1] ?? "",
    isTest: /\.test\.ts$|^packages\/testkit\/|^(packages|apps)\/[^/]+\/test\/|\/conformance(\/|\.ts$)/.test(path),
    imports,
    names,
    strings,
  };
}

/** A component's scripts where they stand, everything else blank, so that line numbers stay true. */
function scriptsOf(component: string): string {
  const blank = (markup: string): string => markup.replaceAll(/[^\n]/g, " ");
  let scripts = "";
  let end = 0;
  for (const script of component.matchAll(/(?<=<script\b[^>]*>)[^]*?(?=<\/script>)/g)) {
    scripts += blank(component.slice(end, script.index)) + script[0];
    end = script.index + script[0].length;
  }
  return scripts + blank(component.slice(end));
}
