import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { BenchResult } from "@meshhook/bench";
import { runCli, type CommandOutcome } from "@meshhook/testkit/process";
import type { TestContext } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** How long a stage may take, in milliseconds: calibration, database and warm-up come first, and are slow on a busy machine. */
export const STAGE_MS_MAX = 240_000;

export interface Bench {
  readonly child: ChildProcess;
  readonly exited: Promise<readonly unknown[]>;
  readonly errors: () => string;
}

export interface Place {
  readonly root: string;
  /** What benchmarks have started and not removed. */
  readonly left: () => Promise<string[]>;
  /** Starts `meshhook bench` with short loads, and a report in the folder `out`. */
  readonly bench: (out: string, args: readonly string[]) => Bench;
  /** Runs a command to its end. */
  readonly run: (...args: readonly string[]) => Promise<CommandOutcome>;
}

/** A folder of the test's own, which is removed after it, with the benchmarks that were started there. */
export async function place({ onTestFinished }: Pick<TestContext, "onTestFinished">): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), "meshhook-bench-"));
  const dataDir = join(root, "data");
  const children: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const child of children) child.kill("SIGKILL");
    await rm(root, { recursive: true, force: true });
  });
  return {
    root,
    left: () => readdir(dataDir).catch(() => []),
    bench: (out, args) => {
      const child = spawn(process.execPath, [MAIN, "bench", ...args, "--out", out, "--duration-scale", "0.05"], {
        cwd: root,
        stdio: ["ignore", "ignore", "pipe"],
        env: { PATH: process.env["PATH"] ?? "", MESHHOOK_DATA_DIR: dataDir },
      });
      children.push(child);
      let errors = "";
      child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
      return { child, exited: once(child, "close"), errors: () => errors };
    },
    run: (...args) => runCli(args, { MESHHOOK_DATA_DIR: dataDir }),
  };
}

/** The process whose command line has a text, among those that another one has started. */
export async function childOf({ pid }: ChildProcess, text: string): Promise<number> {
  const children = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, "utf8");
  for (const child of children.trim().split(" ")) {
    const command = await readFile(`/proc/${child}/cmdline`, "utf8").catch(() => "");
    if (command.includes(text)) return Number(child);
  }
  throw new Error(`None of the processes of the benchmark is its ${text}.`);
}

export async function readResult(...path: readonly string[]): Promise<BenchResult> {
  return JSON.parse(await readFile(join(...path), "utf8")) as BenchResult;
}
