import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join, normalize, relative } from "node:path";

import { parseSync, Visitor } from "oxc-parser";

/** One module of the product as it is packed, and what it leads to. */
export interface CompiledModule {
  /** JavaScript, line for line what the TypeScript was: stack traces lead to the sources. */
  readonly code: string;
  /** Modules of MeshHook that it imports or names by their address, from the top of the repository. */
  readonly modules: readonly string[];
  /** Packages from a registry that it imports. */
  readonly packages: readonly string[];
}

/** From `@meshhook/core/import` to the file behind it, from the top of the repository. */
export type Doors = ReadonlyMap<string, string>;

/** A change of the text between two offsets. */
interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Turns a TypeScript file into JavaScript that runs without its workspace.
 *
 * Node does not strip types below `node_modules`, so this happens before: each type becomes blanks, by Node's own function. Addresses of
 * files end in `.js`, and a package of MeshHook's own is named by its file, because the packed tree is one package.
 */
export async function compile(root: string, path: string, doors: Doors): Promise<CompiledModule> {
  const text = stripTypeScriptTypes(await readFile(join(root, path), "utf8"));
  const { program, module, errors } = parseSync(path.replace(/\.ts$/, ".js"), text);
  if (errors.length > 0) throw new Error(`${path} is no JavaScript without its types: ${errors[0]?.message}`);
  const changes: Change[] = [];
  const modules: string[] = [];
  const packages: string[] = [];

  const take = (specifier: string, start: number, end: number): void => {
    const file = specifier.startsWith(".") ? normalize(join(dirname(path), specifier)) : doors.get(specifier);
    if (file === undefined) {
      if (specifier.startsWith("@meshhook/"))
        throw new Error(`${path} imports ${specifier}, which no package exports.`);
      if (!specifier.startsWith("node:")) packages.push(packageOf(specifier));
      return;
    }
    if (!file.endsWith(".ts")) return;
    modules.push(file);
    const address = relative(dirname(path), file).replaceAll("\\", "/").replace(/\.ts$/, ".js");
    changes.push({ start, end, text: JSON.stringify(address.startsWith(".") ? address : `./${address}`) });
  };

  const imported = new Set<number>();
  for (const { value, start, end } of [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest),
    ...module.staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest ?? [])),
  ]) {
    // `export { a, b } from` has one entry for each name.
    if (imported.has(start)) continue;
    imported.add(start);
    take(value, start, end);
  }
  new Visitor({
    Literal(node) {
      // What is left is `import()` and the addresses of processes and threads: `new URL("./process.ts", import.meta.url)`.
      if (imported.has(node.start) || typeof node.value !== "string") return;
      if (/^\.\.?\/.*\.ts$/.test(node.value)) take(node.value, node.start, node.end);
    },
    ImportExpression({ source }) {
      if (source.type === "Literal" && typeof source.value === "string" && !source.value.startsWith("."))
        take(source.value, source.start, source.end);
    },
    CallExpression({ callee, arguments: [first] }) {
      // `require` and `require.resolve`, as `createRequire` makes them.
      if (first?.type !== "Literal" || typeof first.value !== "string") return;
      if (/^(require|createRequire\(import\.meta\.url\))(\.resolve)?$/.test(text.slice(callee.start, callee.end)))
        take(first.value, first.start, first.end);
    },
  }).visit(program);
  return { code: changed(text, changes), modules, packages };
}

function changed(text: string, changes: readonly Change[]): string {
  let code = text;
  for (const { start, end, text: instead } of changes.toSorted((a, b) => b.start - a.start))
    code = code.slice(0, start) + instead + code.slice(end);
  return code;
}

/** From `@fastify/static/types` to `@fastify/static`. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
