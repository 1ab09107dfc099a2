import { chmod, cp, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";

import { nativeDirectory, packagedNative } from "./placement.ts";
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
