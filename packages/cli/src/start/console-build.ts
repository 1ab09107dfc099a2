import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface ConsoleBuildOptions {
  /** A clone of MeshHook, where `apps/console` lies below it, or an installed package, which holds the built console only. */
  readonly root: string;
  /** Ends the build. */
  readonly signal: AbortSignal;
  /** Receives lines for people. */
  readonly say: (line: string) => void;
}

/** The inputs of a build, besides apps/console itself. */
const INPUTS = ["packages/core/src", "packages/contract/src", "examples", "package-lock.json"];
/** Outputs of builds and installs, and tests: not part of the inputs. */
const LEFT_OUT = new Set(["node_modules", "build", ".svelte-kit", "test"]);
const RECORD = ".built-from";
const POLL_MS = 200;

/** Where the console is, once it is built. */
export function consoleDirectory(root: string): string {
  return join(root, "apps", "console", "build");
}

/**
 * Gives the console that belongs to the current content of the clone, or that was packed. Builds it if it is missing or was built from something else. If
 * several processes start at the same time, one builds and the others wait.
 *
 * Never rejects: MeshHook works without a console.
 */
export async function buildConsole(
  options: ConsoleBuildOptions,
): Promise<{ readonly directory: string } | { readonly absentBecause: string }> {
  const app = join(options.root, "apps", "console");
  const directory = consoleDirectory(options.root);
  try {
    if (!existsSync(join(app, "package.json")))
      return existsSync(directory)
        ? { directory }
        : { absentBecause: "This installation does not contain apps/console" };
    const sources = await fingerprint(options.root);
    const isCurrent = async (): Promise<boolean> =>
      (await readFile(join(directory, RECORD), "utf8").catch(() => null)) === sources;
    if (await isCurrent()) return { directory };
    await withLock(options, async () => {
      if (!(await isCurrent())) await build(options, app, directory, sources);
    });
    return { directory };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { absentBecause: `The console could not be built: ${message}` };
  }
}

/** sha256 over the names and contents of all inputs of a build. */
async function fingerprint(root: string): Promise<string> {
  const hash = createHash("sha256");
  for (const path of [...(await filesBelow(root, "apps/console")), ...(await inputs(root))]) {
    const content = await readFile(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

async function inputs(root: string): Promise<readonly string[]> {
  const found = await Promise.all(
    INPUTS.map(async (path) => (path.endsWith(".json") ? [path] : filesBelow(root, path))),
  );
  return found.flat();
}

async function filesBelow(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!LEFT_OUT.has(entry.name)) found.push(...(await filesBelow(root, path)));
    } else if (entry.isFile() && !entry.name.endsWith(".test.ts")) found.push(path);
  }
  return found;
}

/** Builds in another folder and renames it when it is complete, so that half a build is never served. */
async function build(
  { say, signal }: ConsoleBuildOptions,
  app: string,
  directory: string,
  sources: string,
): Promise<void> {
  say("Building the console… (about 15 s, only after its sources have changed)");
  // Inside a folder for build outputs: the same file system, and nothing in it is an input.
  const workshop = join(app, ".svelte-kit", "console");
  const [fresh, old] = [join(workshop, "fresh"), join(workshop, "old")];
  await rm(workshop, { recursive: true, force: true });
  await mkdir(workshop, { recursive: true });
  const { code, output } = await runVite(app, fresh, sources, signal);
  if (code !== 0) {
    if (!signal.aborted) say(output.trimEnd());
    throw new Error(signal.aborted ? "MeshHook was stopped during the build" : `vite build exited with ${code}`);
  }
  await writeFile(join(fresh, RECORD), sources);
  if (existsSync(directory)) await rename(directory, old);
  await rename(fresh, directory);
  await rm(workshop, { recursive: true, force: true });
}

/** The build gets none of this process's environment, so that no secret can end up in a page. */
function runVite(
  app: string,
  target: string,
  sources: string,
  signal: AbortSignal,
): Promise<{ readonly code: number | string; readonly output: string }> {
  const vite = join(dirname(createRequire(join(app, "package.json")).resolve("vite/package.json")), "bin", "vite.js");
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [vite, "build"], {
      cwd: app,
      stdio: ["ignore", "pipe", "pipe"],
      env: { NO_COLOR: "1", MESHHOOK_CONSOLE_BUILD: target, MESHHOOK_CONSOLE_VERSION: sources.slice(0, 16) },
    });
    let output = "";
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    const end = (): void => void child.kill();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    child.once("error", reject);
    child.once("close", (code, killedBy) => {
      signal.removeEventListener("abort", end);
      resolve({ code: code ?? String(killedBy), output });
    });
  });
}

/** One process per clone at a time. A lock whose holder is gone is taken over. */
async function withLock({ root, signal, say }: ConsoleBuildOptions, work: () => Promise<void>): Promise<void> {
  const name = createHash("sha256").update(root).digest("hex").slice(0, 16);
  const path = join(tmpdir(), `meshhook-console-${name}.lock`);
  let isWaiting = false;
  while (!tryLock(path)) {
    if (!isWaiting) say("Waiting for another process that is building the console");
    isWaiting = true;
    await delay(POLL_MS, undefined, { signal });
  }
  try {
    await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
  try {
    const holder = Number(readFileSync(path, "utf8"));
    if (holder > 0) process.kill(holder, 0);
  } catch (error) {
    if (hasCode(error, "ESRCH")) rmSync(path, { force: true });
  }
  return false;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
