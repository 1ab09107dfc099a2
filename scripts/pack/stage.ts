import { cp, glob, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { compile, type Doors } from "./compile.ts";

/** What `meshhook` starts with; every other module is packed because something leads to it. */
const MAIN = "packages/cli/src/main.ts";

/**
 * Files that the program reads. A test starts what it can of the packed program, and another one lists what is packed.
 */
const ASSETS = [
  "LICENSE",
  "apps/console/build",
  "examples",
  "packages/bench/metrics",
  "packages/bench/scenarios",
  "packages/bench/schema",
  "packages/bench/src/**/*.{css,json}",
  "packages/cli/src/**/*.json",
  "packages/core/schema",
  "packages/journal/sql/migrations",
  "packages/journal/sql/queries",
];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly exports?: { readonly [door: string]: string };
  readonly dependencies?: { readonly [name: string]: string };
}

/** The revision that a package is made from. */
export interface Revision {
  readonly revision: string;
  readonly isDirty: boolean;
}

/**
 * Puts the package `meshhook` into an empty folder: the same folders as in the repository, so that what finds a file beside itself still finds it.
 *
 * @returns The version.
 */
export async function stage(root: string, folder: string, from: Revision | null): Promise<string> {
  const workspaces = await manifestsOf(root);
  const doors: Doors = new Map(
    [...workspaces].flatMap(([path, { name, exports = {} }]) =>
      Object.entries(exports).map(([door, file]) => [join(name, door), join(path, file)] as const),
    ),
  );
  const packages = await stageModules(root, folder, doors);
  for (const asset of ASSETS)
    for await (const path of glob(asset, { cwd: root }))
      // Not the record of what the console was built from, which only a clone compares.
      await cp(join(root, path), join(folder, path), {
        recursive: true,
        filter: (file) => !file.endsWith(".built-from"),
      });

  const { version, description, license, engines } = await manifestOf(root, ".");
  const program = { name: "@meshhook/cli", version, type: "module" };
  await writeJson(join(folder, "packages", "cli", "package.json"), program);
  await writeJson(join(folder, "package.json"), {
    name: "meshhook",
    version,
    description,
    license,
    type: "module",
    engines,
    bin: { meshhook: "bin/meshhook.mjs" },
    files: ["LICENSE", "README.md", "apps", "bin", "examples", "packages"],
    dependencies: versionsOf(packages, [...workspaces.values()]),
    // What `npm publish` writes, and where the program finds what it was made from.
    ...(from === null ? {} : { gitHead: from.revision, isDirty: from.isDirty }),
  });
  const own = join(root, "scripts", "pack", "package");
  await cp(own, folder, { recursive: true });
  return version;
}

/** Packs the modules that the program leads to, and no other: no tests, nor what only tests use. Gives the packages that they import. */
async function stageModules(root: string, folder: string, doors: Doors): Promise<ReadonlySet<string>> {
  const packages = new Set<string>();
  const found = new Set([MAIN]);
  for (const path of found) {
    const module = await compile(root, path, doors);
    for (const next of module.modules) found.add(next);
    for (const name of module.packages) packages.add(name);
    const target = join(folder, path.replace(/\.ts$/, ".js"));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, module.code);
  }
  return packages;
}

/** The exact versions of what is imported, as the workspaces say. */
function versionsOf(packages: ReadonlySet<string>, workspaces: readonly Manifest[]): Record<string, string> {
  const versions: Record<string, string> = {};
  for (const name of [...packages].toSorted()) {
    const wanted = new Set(workspaces.flatMap(({ dependencies = {} }) => dependencies[name] ?? []));
    const [version] = wanted;
    if (version === undefined || wanted.size > 1)
      throw new Error(`${name} is imported, and the workspaces want ${wanted.size} versions of it: one is needed.`);
    versions[name] = version;
  }
  return versions;
}

async function manifestsOf(root: string): Promise<ReadonlyMap<string, Manifest>> {
  const manifests = new Map<string, Manifest>();
  for await (const path of glob("packages/*/package.json", { cwd: root }))
    manifests.set(dirname(path), await manifestOf(root, dirname(path)));
  return manifests;
}

async function manifestOf(root: string, folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, folder, "package.json"), "utf8")) as Manifest;
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
