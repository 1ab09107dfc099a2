import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { onTestFinished } from "vitest";

const execute = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const READY_MS_MAX = 90_000;

/** Packs MeshHook into a new folder and gives the path of the package. */
export async function pack(): Promise<string> {
  const { stdout } = await execute(process.execPath, ["scripts/pack.ts", "--out", await emptyFolder()], { cwd: ROOT });
  return stdout.trim();
}

/** A folder for a test; it goes with it, once its MeshHook has ended. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "meshhook-packed-"));
  // The account of the database server must be able to pass, or 60 MB are copied elsewhere.
  await chmod(folder, 0o711);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Installs a package into an empty folder. @param options  Options of `npm install`. */
export async function install(packed: string, ...options: readonly string[]): Promise<string> {
  const folder = await emptyFolder();
  await execute("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...options, packed], { cwd: folder });
  return folder;
}

/** Runs the installed `meshhook` under a Node. */
function meshhook(folder: string, node: string, args: readonly string[]): ChildProcess {
  const child = spawn(node, ["node_modules/.bin/meshhook", ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", PORT: "0" },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** The output of a command of the installed `meshhook`. */
export async function outputOf(folder: string, node: string, ...args: readonly string[]): Promise<string> {
  const child = meshhook(folder, node, args);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await once(child, "close");
  return `${output.trim()}\nexit code ${child.exitCode}`;
}

/** An installed MeshHook that is ready. */
export interface StartedMeshHook {
  readonly url: string;
  /** What it says to people. */
  readonly welcome: string;
  /** Stops it and gives its exit code. */
  readonly stop: () => Promise<number | null>;
}

/** Starts an installed MeshHook in its folder. */
export async function startPacked(folder: string, node: string, ...args: readonly string[]): Promise<StartedMeshHook> {
  const child = meshhook(folder, node, ["start", ...args]);
  const ended = once(child, "exit");
  let welcome = "";
  child.stderr?.on("data", (chunk: Buffer) => (welcome += chunk.toString()));
  const ready = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready within ${READY_MS_MAX} ms:\n${welcome}`)), READY_MS_MAX);
    void ended.then(() => {
      clearTimeout(timer);
      reject(new Error(`ended before it was ready:\n${welcome}`));
    });
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const entry = JSON.parse(line) as { readonly msg: string; readonly url?: string };
      if (entry.msg !== "ready" || entry.url === undefined) return;
      clearTimeout(timer);
      resolve(entry.url);
    });
  });
  const url = await ready;
  while (!welcome.includes("Ctrl-C stops MeshHook")) await once(child.stderr!, "data");
  return {
    url,
    welcome,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
      return child.exitCode;
    },
  };
}
