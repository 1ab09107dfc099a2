import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";

import { CommandError } from "../exit-codes.ts";
import { HOME, IS_CLONE } from "../installation.ts";
import { checkoutRevision } from "./checkout.ts";

const execute = promisify(execFile);

/** A checkout whose MeshHook is measured beside this one's. */
export interface OtherCheckout {
  readonly folder: string;
  readonly commit: { readonly revision: string; readonly isDirty: boolean } | null;
  /** In words, as in `revision 9d8c049f12`. */
  readonly description: string;
  readonly version: string;
  /** Removes what was checked out for it; does nothing for a folder that somebody named. */
  remove(): Promise<void>;
}

const MAIN = join("packages", "cli", "src", "main.ts");
/** Installing from a registry can take minutes. */
const INSTALL_MS_MAX = 600_000;
const TAIL_LINES = 8;

/**
 * Finds the checkout that a word stands for: a folder with a checkout of MeshHook, or a git revision, which is checked out into a temporary
 * worktree. Dependencies of a revision are linked from this checkout when its `package-lock.json` is the same, and installed otherwise.
 *
 * @param own  The checkout that knows the revision; null outside one.
 * @throws CommandError  badInput, when the word is neither, or when a checkout has no dependencies and they cannot be installed.
 */
export async function otherCheckout(option: string, word: string, own: string | null): Promise<OtherCheckout> {
  if (existsSync(word)) return fromFolder(option, resolve(word));
  const revision = own === null ? null : await git(own, "rev-parse", "--verify", "--quiet", `${word}^{commit}`);
  if (own === null || revision === null)
    throw new CommandError(
      "badInput",
      own === null
        ? `${option} "${word}" is not an existing folder, and this installation is not a git checkout, so it cannot be a revision. Name the folder of a checkout.`
        : `${option} "${word}" is neither a folder nor a git revision of ${own}. Name the folder of a checkout, or a commit, branch or tag that \`git rev-parse\` knows.`,
    );
  return fromRevision(option, own, revision, word);
}

async function fromFolder(option: string, folder: string): Promise<OtherCheckout> {
  refuseWithoutMain(option, folder, folder);
  if (!existsSync(join(folder, "node_modules")))
    throw new CommandError(
      "badInput",
      `${option} ${folder}: The dependencies of this checkout are not installed. Run \`npm ci\` in it.`,
    );
  const commit = await checkoutRevision(folder);
  return {
    folder,
    commit,
    description: `checkout ${basename(folder)}${commit === null ? "" : ` at ${shortRevision(commit)}`}`,
    version: await versionOf(folder),
    remove: () => Promise.resolve(),
  };
}

async function fromRevision(option: string, own: string, revision: string, word: string): Promise<OtherCheckout> {
  const parent = await mkdtemp(join(tmpdir(), "meshhook-ab-"));
  const folder = join(parent, revision.slice(0, 10));
  const remove = async () => {
    await git(own, "worktree", "remove", "--force", folder);
    await rm(parent, { recursive: true, force: true });
    await git(own, "worktree", "prune");
  };
  try {
    await execute("git", ["worktree", "add", "--detach", folder, revision], { cwd: own });
    refuseWithoutMain(option, folder, `revision ${word}`);
    await bringDependencies(option, own, folder, word);
    const commit = { revision, isDirty: false };
    const name = revision.startsWith(word) ? "" : ` (${word})`;
    return {
      folder,
      commit,
      description: `revision ${shortRevision(commit)}${name}`,
      version: await versionOf(folder),
      remove,
    };
  } catch (error) {
    await remove();
    if (error instanceof CommandError) throw error;
    throw new CommandError("failed", `${option} ${word}: The revision cannot be checked out: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function refuseWithoutMain(option: string, folder: string, what: string): void {
  if (existsSync(join(folder, MAIN))) return;
  throw new CommandError(
    "badInput",
    `${option} ${what}: There is no ${MAIN} in it, so it is not a checkout of MeshHook that can be started.`,
  );
}

async function bringDependencies(option: string, own: string, folder: string, word: string): Promise<void> {
  const lockOf = (root: string) => readFile(join(root, "package-lock.json"), "utf8").catch(() => null);
  const [here, there] = [await lockOf(own), await lockOf(folder)];
  if (here !== null && here === there && existsSync(join(own, "node_modules"))) return linkDependencies(own, folder);
  try {
    await execute("npm", ["ci", "--no-audit", "--no-fund", "--prefer-offline"], {
      cwd: folder,
      timeout: INSTALL_MS_MAX,
      maxBuffer: 64 * 1_048_576,
    });
  } catch (error) {
    throw new CommandError(
      "badInput",
      `${option} ${word}: The dependencies of this revision differ from those installed here, and they cannot be installed: ${reasonOf(error)}\nCheck the revision out yourself (git worktree add <folder> ${word}), install its dependencies there, and name the folder instead.`,
      { cause: error },
    );
  }
}

/** MeshHook's own packages. They must come from the worktree, everything else may be shared. */
const OWN_SCOPE = "@meshhook";

async function linkDependencies(own: string, folder: string): Promise<void> {
  const [from, to] = [join(own, "node_modules"), join(folder, "node_modules")];
  await mkdir(join(to, OWN_SCOPE), { recursive: true });
  for (const name of await readdir(from)) if (name !== OWN_SCOPE) await symlink(join(from, name), join(to, name));
  for (const workspaces of ["packages", "apps"])
    for (const name of await readdir(join(folder, workspaces)).catch(() => []))
      await symlink(join(folder, workspaces, name), join(to, OWN_SCOPE, name));
}

/** The checkout that this program runs from; null outside one, and for an installed package, whatever checkout it lies in. */
export async function ownRoot(): Promise<string | null> {
  return IS_CLONE ? git(HOME, "rev-parse", "--show-toplevel") : null;
}

/** What git prints; null when it fails or is not there. */
async function git(cwd: string, ...args: readonly string[]): Promise<string | null> {
  try {
    return (await execute("git", args, { cwd })).stdout.trim();
  } catch {
    return null;
  }
}

async function versionOf(folder: string): Promise<string> {
  const document: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const version = typeof document === "object" && document !== null && "version" in document ? document.version : null;
  return typeof version === "string" ? version : "unknown";
}

function shortRevision({ revision, isDirty }: { readonly revision: string; readonly isDirty: boolean }): string {
  return `${revision.slice(0, 10)}${isDirty ? " with changes" : ""}`;
}

/** The end of what a command printed, which says why it failed. */
function reasonOf(error: unknown): string {
  const printed = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
  const text = printed === "" ? (error instanceof Error ? error.message : String(error)) : printed;
  return text.split("\n").slice(-TAIL_LINES).join("\n");
}
