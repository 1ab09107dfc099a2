// Runs a script of this repository under the Node that the repository brings with it (node_modules/.bin/node), after making sure
// that the dependencies are installed: `node scripts/launch.mjs <script> [arguments…]`.
//
// Every npm script starts here, so this file must run on any Node that npm runs on (20 and later) and import nothing but Node's
// own modules.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
const POLL_MS = 200;
const PARENT_POLL_MS = 500;

const [script, ...args] = process.argv.slice(2);
if (script === undefined) {
  process.stderr.write("Usage: node scripts/launch.mjs <script> [arguments…]\n");
  process.exit(2);
}
await ensureInstalled();
run(script, args);

/** Installs the dependencies when the lock file says otherwise than what is there; launches that come meanwhile wait. */
async function ensureInstalled() {
  if (whyInstall() === null) return;
  const lock = join(tmpdir(), `meshhook-install-${createHash("sha256").update(root).digest("hex").slice(0, 16)}.lock`);
  let isWaiting = false;
  while (!tryLock(lock)) {
    if (!isWaiting) process.stderr.write("Another launch is installing the dependencies; waiting for it to finish.\n");
    isWaiting = true;
    await delay(POLL_MS);
  }
  try {
    const reason = whyInstall();
    if (reason === null) return;
    process.stderr.write(`Installing the dependencies with \`npm ci\` (${reason}); this takes about half a minute.\n`);
    const code = await npmCi();
    if (code !== 0) {
      process.stderr.write(`\`npm ci\` failed with exit code ${code}. Run it in ${root} to see the details.\n`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(lock, { force: true });
  }
  const reason = whyInstall();
  if (process.exitCode === undefined && reason !== null) {
    process.stderr.write(`\`npm ci\` succeeded, but ${reason}. Remove node_modules and try again.\n`);
    process.exitCode = 1;
  }
  if (process.exitCode !== undefined) process.exit();
}

/**
 * Says why the dependencies must be installed; null when they are as the lock file wants them.
 *
 * npm writes node_modules/.package-lock.json at the end of an install: an interrupted one has none, one by hand has one.
 * Packages for other platforms are optional and missing there.
 */
function whyInstall() {
  if (!existsSync(node)) return "nothing is installed yet";
  const wanted = readPackages(join(root, "package-lock.json"));
  const installed = readPackages(join(root, "node_modules", ".package-lock.json"));
  if (installed === null) return "the last install did not finish";
  for (const [path, entry] of Object.entries(wanted ?? {})) {
    // Workspaces are links to folders that are always there.
    if (!path.startsWith("node_modules/")) continue;
    const found = installed[path];
    if (
      found === undefined
        ? entry.optional !== true
        : found.version !== entry.version || found.integrity !== entry.integrity
    )
      return `${path} does not match package-lock.json`;
  }
  return null;
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return null;
  }
}

/** True when the lock is ours now. A lock whose holder is gone is removed, so that the next try can take it. */
function tryLock(path) {
  try {
    const file = openSync(path, "wx");
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  try {
    const holder = Number(readFileSync(path, "utf8"));
    if (holder > 0) process.kill(holder, 0);
  } catch (error) {
    if (error.code === "ESRCH") rmSync(path, { force: true });
  }
  return false;
}

function npmCi() {
  // Under `npm run` that very npm is used; its warnings about the system's older Node do not apply to what we start.
  const npm = process.env.npm_execpath;
  const options = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const child = npm?.endsWith(".js")
    ? spawn(process.execPath, [npm, ...options], { cwd: root, stdio: ["ignore", 2, 2] })
    : spawn("npm", options, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  return new Promise((done) => {
    child.once("error", (error) => {
      process.stderr.write(`${error.message}\n`);
      done(127);
    });
    child.once("close", (code) => done(code ?? 1));
  });
}

/**
 * Becomes, as far as possible, the script: its output, its signals, its exit code.
 *
 * The fourth stream is a channel that closes when this process dies, however that happens: `meshhook start` takes that for a
 * SIGTERM, so that `kill -9` on the launcher leaves nothing behind.
 */
function run(script, args) {
  const child = spawn(node, [resolve(root, script), ...args], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  let isAsked = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      isAsked = true;
      child.kill(signal);
    });
  }
  // A closed terminal ends npm, too: the script has been asked already, and a second request means that it should not wait.
  stopWithNpm(() => isAsked || child.kill("SIGTERM"));
  child.once("error", (error) => {
    process.stderr.write(`Cannot start ${node}: ${error.message}\n`);
    process.exit(127);
  });
  child.once("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    // Dies of the same signal, which is what the caller's shell looks at; with the usual code where that is impossible.
    process.removeAllListeners(signal);
    process.exitCode = 128 + constants.signals[signal];
    process.kill(process.pid, signal);
  });
}

/**
 * npm passes signals to the shell that it started, and the shell dies without passing them on; a killed npm passes nothing. Either
 * way this process gets another parent: whoever stopped npm wanted to stop us.
 */
function stopWithNpm(stop) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, PARENT_POLL_MS);
  watch.unref();
}
