import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { prepareOutFolder, takeOutFolder } from "./out-folder.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "meshhook-out-"));
});

afterEach(() => rm(root, { recursive: true }));

test("missing folders are created, and the content of existing ones stays", async () => {
  await prepareOutFolder(join(root, "a", "b"));
  expect(await readdir(join(root, "a", "b"))).toEqual(["dataset"]);
  await writeFile(join(root, "mine.txt"), "mine");
  await prepareOutFolder(root);
  expect((await readdir(root)).toSorted()).toEqual(["a", "dataset", "mine.txt"]);
});

test("a file in place of the folder or one of its parents is named", async () => {
  const file = join(root, "file");
  await writeFile(file, "x");
  for (const folder of [file, join(file, "sub"), join(file, "sub", "deeper")]) {
    await expect(prepareOutFolder(folder)).rejects.toMatchObject({
      exit: "badInput",
      message: expect.stringMatching(
        new RegExp(
          `^The report cannot be written to ${folder}: ${file} is a file, not a folder\\. Nothing was started\\. .*--out`,
        ),
      ) as string,
    });
  }
});

test("a folder in place of a report, and a loop of links, are named", async () => {
  await mkdir(join(root, "report.html"));
  await expect(prepareOutFolder(root)).rejects.toThrow(`${join(root, "report.html")} is a folder`);
  await symlink("circle", join(root, "circle"));
  await expect(prepareOutFolder(join(root, "circle", "x"))).rejects.toThrow("its symbolic links form a loop");
});

// Node's mkdir with `recursive` never returns here.
test.runIf(process.platform === "linux")("a place that accepts no folders is refused at once", async () => {
  await expect(prepareOutFolder("/proc/no-such-process/report")).rejects.toMatchObject({
    exit: "badInput",
    message: expect.stringContaining("the folder cannot be created there") as string,
  });
});

test("a folder belongs to one benchmark at a time, and one that was killed keeps none", async () => {
  await prepareOutFolder(root);
  const giveBack = await takeOutFolder(root);
  await expect(takeOutFolder(root)).rejects.toMatchObject({
    exit: "badInput",
    message: expect.stringContaining(`another benchmark (process ${process.pid}) is writing to it`) as string,
  });
  await giveBack();
  expect(await readdir(join(root, "dataset"))).toEqual([]);
  // No process has this id: it is beyond the largest that Linux gives.
  await writeFile(join(root, "dataset", ".in-use"), "4194305");
  await (
    await takeOutFolder(root)
  )();
});
