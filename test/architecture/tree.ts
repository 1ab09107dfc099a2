import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** The top folder of the repository. */
export const ROOT = dirname(dirname(import.meta.dirname));

/** What no rule looks at: other people's code, and what programs leave behind. */
const SKIPPED_FOLDERS = new Set([
  "node_modules",
  ".git",
  ".meshhook",
  ".svelte-kit",
  "build",
  "bench-results",
  "coverage",
]);

/** Every file of the repository, as a path from its top with forward slashes, sorted. */
export function repositoryFiles(): readonly string[] {
  const files: string[] = [];
  const folders = [ROOT];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isFile()) files.push(relative(ROOT, path).split(sep).join("/"));
      else if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) folders.push(path);
    }
  }
  return files.toSorted();
}

/** The text of a file given by its path from the top. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Names of the folders under `packages/`. */
export function packageNames(): readonly string[] {
  return foldersOf("packages");
}

/** Names of the folders under `apps/`: programs that nobody imports. */
export function appNames(): readonly string[] {
  return foldersOf("apps");
}

function foldersOf(path: string): readonly string[] {
  return readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

/** What the rules read in a `package.json`. */
export interface Manifest {
  readonly name: string;
  readonly exports?: { readonly [door: string]: string };
  readonly dependencies?: { readonly [name: string]: string };
  readonly devDependencies?: { readonly [name: string]: string };
}

/** The manifest of a package or an app by its folder's name. */
export function manifestOf(name: string): Manifest {
  const folder = appNames().includes(name) ? "apps" : "packages";
  return JSON.parse(textOf(`${folder}/${name}/package.json`)) as Manifest;
}
