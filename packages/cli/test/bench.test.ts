import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { waitFor } from "@meshhook/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Calibration, database and warm-up come first, and are slow on a busy machine. */
const STAGE_MS_MAX = 120_000;

let root: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "meshhook-bench-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(root, { recursive: true, force: true });
});

interface Bench {
  readonly child: ChildProcess;
  readonly exited: Promise<readonly unknown[]>;
  readonly errors: () => string;
}

function bench(out: string, ...command: readonly string[]): Bench {
  const child = spawn(
    process.execPath,
    [MAIN, "bench", ...command, "--out", out, "--scenarios", "webhook-ack-nominal", "--duration-scale", "0.05"],
    {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
      env: { PATH: process.env["PATH"] ?? "", MESHHOOK_DATA_DIR: join(root, "data") },
    },
  );
  children.push(child);
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  return { child, exited: once(child, "close"), errors: () => errors };
}

test.each([
  ["bench", []],
  ["bench run", ["run"]],
])("%s: if no report can be written, the benchmark ends before anything is started", async (_, command) => {
  await writeFile(join(root, "file"), "x");
  const { exited, errors } = bench("file/report", ...command);
  expect(await exited).toEqual([2, null]);
  expect(errors()).toContain(`${join(root, "file")} is a file, not a folder. Nothing was started.`);
  expect(await readdir(root)).toEqual(["file"]);
});

test.each([
  ["while the database starts", "starting PostgreSQL and MeshHook", "SIGHUP", 1],
  ["under load", "webhook-ack-nominal: measuring", "SIGTERM", 1],
  ["under load, asked twice", "webhook-ack-nominal: measuring", "SIGTERM", 2],
] as const)(
  "a signal %s ends the benchmark and what it started, and removes it",
  async (_, stage, signal, times) => {
    const { child, exited, errors } = bench("report");
    await waitFor(`the benchmark says "${stage}"`, () => errors().includes(stage), { timeoutMs: STAGE_MS_MAX });
    child.kill(signal);
    if (times === 2) {
      // Within half a second a second signal counts as the echo of the first.
      const again = setInterval(() => child.kill("SIGINT"), 100);
      await exited;
      clearInterval(again);
    }
    expect((await exited)[0]).toBe(1);
    expect(await readdir(join(root, "data")).catch(() => [])).toEqual([]);
  },
  2 * STAGE_MS_MAX,
);
