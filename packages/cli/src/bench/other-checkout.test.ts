import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { otherCheckout } from "./other-checkout.ts";

const MAIN = "packages/cli/src/main.ts";
const LOCK = "package-lock.json";

let root: string;

/** A small checkout with dependencies, as a clone after `npm ci` has them. */
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "meshhook-checkout-test-")));
  await write(MAIN, "");
  await write("package.json", '{"version":"0.2.0"}');
  await write(LOCK, "{}");
  await write(".gitignore", "node_modules/\n");
  await write("node_modules/pg/index.js", "");
  await write("node_modules/@meshhook/cli/stale.ts", "");
  git("init", "-q", "-b", "main");
  commit("first");
});

afterEach(() => rm(root, { recursive: true }));

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}

function git(...args: readonly string[]): string {
  return execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@example.org", ...args], {
    cwd: root,
    encoding: "utf8",
  }).trim();
}

function commit(message: string): void {
  git("add", "-A");
  git("commit", "-q", "-m", message);
}

test("a revision is checked out with the dependencies of here, but its own packages, and removed again", async () => {
  const first = git("rev-parse", "HEAD");
  await write(MAIN, "// changed");
  commit("second");
  const checkout = await otherCheckout("--a", "HEAD~1", root);
  expect(checkout).toMatchObject({
    commit: { revision: first, isDirty: false },
    description: `revision ${first.slice(0, 10)} (HEAD~1)`,
    version: "0.2.0",
  });
  const { folder } = checkout;
  expect(await realpath(join(folder, "node_modules/pg"))).toBe(join(root, "node_modules/pg"));
  expect(await realpath(join(folder, "node_modules/@meshhook/cli"))).toBe(await realpath(join(folder, "packages/cli")));
  await checkout.remove();
  expect(existsSync(dirname(folder))).toBe(false);
  expect(git("worktree", "list").split("\n")).toHaveLength(1);
});

test("dependencies that differ and cannot be installed are said clearly, and nothing stays behind", async () => {
  // Not a lock file that npm takes, so it fails without a network.
  await write(LOCK, "no lock");
  commit("another lock file");
  await write(LOCK, "{}");
  await expect(otherCheckout("--b", "main", root)).rejects.toMatchObject({
    exit: "badInput",
    message: expect.stringMatching(
      /^--b main: The dependencies of this revision differ .* cannot be installed: [^]*\nCheck the revision out yourself \(git worktree add <folder> main\)/,
    ) as string,
  });
  expect(git("worktree", "list").split("\n")).toHaveLength(1);
});

test("a folder is taken as it is, and must be a checkout with dependencies", async () => {
  const checkout = await otherCheckout("--a", root, null);
  expect(checkout).toMatchObject({ folder: root, commit: { isDirty: false } });
  await checkout.remove();
  expect(await readdir(root)).toContain("packages");
  await expect(otherCheckout("--a", join(root, "packages"), null)).rejects.toThrow(`There is no ${MAIN} in it`);
  await rm(join(root, "node_modules"), { recursive: true });
  await expect(otherCheckout("--a", root, null)).rejects.toThrow("Run `npm ci` in it.");
});

test("a word that is neither a folder nor a revision is named", async () => {
  await expect(otherCheckout("--a", "no-such-branch", root)).rejects.toMatchObject({
    exit: "badInput",
    message: expect.stringContaining('--a "no-such-branch" is neither a folder nor a git revision') as string,
  });
  await expect(otherCheckout("--a", "v9", null)).rejects.toThrow("is not a git checkout");
});
