import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { waitFor } from "@meshhook/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";

const LAUNCHER = fileURLToPath(new URL("../../../scripts/launch.mjs", import.meta.url));

let root: string;
const children: ChildProcess[] = [];

/** A small clone: the launcher, a lock file with one package, and an npm that installs it slowly and records that it ran. */
beforeEach(async () => {
  root = await mkdtemp("/tmp/meshhook-launch-");
  await mkdir(join(root, "scripts"));
  await copyFile(LAUNCHER, join(root, "scripts", "launch.mjs"));
  await writeFile(
    join(root, "package-lock.json"),
    JSON.stringify({
      packages: {
        "": {},
        "node_modules/left": { version: "1.0.0" },
        "node_modules/elsewhere": { version: "1.0.0", optional: true },
        "packages/own": { version: "0.1.0" },
      },
    }),
  );
  await writeFile(
    join(root, "npm.js"),
    `const fs = require("node:fs");
     fs.appendFileSync("npm-ran", process.argv.slice(2).join(" ") + "\\n");
     setTimeout(() => {
       fs.mkdirSync("node_modules/.bin", { recursive: true });
       fs.rmSync("node_modules/.bin/node", { force: true });
       fs.symlinkSync(${JSON.stringify(process.execPath)}, "node_modules/.bin/node");
       const version = JSON.parse(fs.readFileSync("package-lock.json", "utf8")).packages["node_modules/left"].version;
       fs.writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages: { "node_modules/left": { version } } }));
     }, 300);`,
  );
  await writeFile(
    join(root, "script.ts"),
    `const [what, ...rest]: string[] = process.argv.slice(2);
     process.on("SIGTERM", () => { process.stdout.write("SIGTERM\\n"); process.exit(7); });
     // It takes its time: several times as long as the launcher takes to see that npm is gone.
     process.on("SIGHUP", () => { process.stdout.write("SIGHUP\\n"); setTimeout(() => process.exit(8), 2_000); });
     process.on("disconnect", () => { process.stdout.write("the launcher is gone\\n"); process.exit(0); });
     process.stdout.write(JSON.stringify({ pid: process.pid, launcher: process.ppid, rest }) + "\\n");
     if (what === "wait") setInterval(() => {}, 1000);
     else if (what === "die") process.kill(process.pid, "SIGKILL");
     else process.exit(Number(what));`,
  );
  await chmod(join(root, "script.ts"), 0o644);
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(root, { recursive: true, force: true });
});

interface Launch {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
  readonly output: () => string;
  errors(): string;
}

function launch(...args: readonly string[]): Launch {
  const child = spawn(process.execPath, [join(root, "scripts", "launch.mjs"), "script.ts", ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"] ?? "", npm_execpath: join(root, "npm.js") },
  });
  children.push(child);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  return { child, exited: once(child, "close"), output: () => output, errors: () => errors };
}

async function npmRuns(): Promise<number> {
  return (await readFile(join(root, "npm-ran"), "utf8")).split("\n").length - 1;
}

test("two launches at once install once, and both scripts run with their arguments and exit codes", async () => {
  const launches = [launch("0", "--out", "a dir"), launch("5")];
  await Promise.all(launches.map(({ exited }) => exited));
  expect(launches.map(({ child }) => child.exitCode)).toEqual([0, 5]);
  expect(JSON.parse(launches[0]!.output()).rest).toEqual(["--out", "a dir"]);
  expect(await npmRuns()).toBe(1);
  const errors = launches.map((each) => each.errors()).join("");
  expect(errors).toContain("Installing the dependencies with `npm ci` (nothing is installed yet)");
  expect(errors).toContain("Another launch is installing the dependencies");
});

test("nothing is installed again until the lock file changes", async () => {
  await launch("0").exited;
  const again = launch("0");
  await again.exited;
  expect([again.errors(), await npmRuns()]).toEqual(["", 1]);
  const lock = join(root, "package-lock.json");
  await writeFile(lock, (await readFile(lock, "utf8")).replace(`left":{"version":"1.0.0"`, `left":{"version":"2.0.0"`));
  const changed = launch("0");
  await changed.exited;
  expect([changed.child.exitCode, await npmRuns()]).toEqual([0, 2]);
  expect(changed.errors()).toContain("node_modules/left does not match package-lock.json");
});

test("a failing install ends the launch with a message", async () => {
  await writeFile(join(root, "npm.js"), "process.exit(3);");
  const failed = launch("0");
  await failed.exited;
  expect([failed.child.exitCode, failed.output()]).toEqual([1, ""]);
  expect(failed.errors()).toContain("`npm ci` failed with exit code 3");
});

test("signals reach the script, and its exit code or signal comes back", async () => {
  const waiting = launch("wait");
  await waitFor("the script runs", () => waiting.output() !== "");
  waiting.child.kill("SIGTERM");
  await waiting.exited;
  expect(waiting.child.exitCode).toBe(7);

  const dying = launch("die");
  await dying.exited;
  expect(dying.child.signalCode).toBe("SIGKILL");
});

test("when the launcher is killed, a script that listens to its channel ends", async () => {
  const waiting = launch("wait");
  await waitFor("the script runs", () => waiting.output() !== "");
  waiting.child.kill("SIGKILL");
  await waiting.exited;
  expect(waiting.output()).toContain("the launcher is gone");
});

test("an npm that is stopped stops the script, although the shell between them passes nothing on", async () => {
  const { shell, script } = await launchByNpm();
  shell.kill("SIGTERM");
  await waitFor("the script is gone", () => !isAlive(script.pid));
});

test("a terminal that is closed ends npm as well, and asks the script only once to stop", async () => {
  const { shell, script, output } = await launchByNpm();
  process.kill(script.launcher, "SIGHUP");
  shell.kill("SIGHUP");
  await waitFor("the script is gone", () => !isAlive(script.pid));
  expect(output().split("\n").slice(1)).toEqual(["SIGHUP", ""]);
});

/** A launcher below a shell, as `npm start` has it. */
async function launchByNpm(): Promise<{
  readonly shell: ChildProcess;
  readonly script: { readonly pid: number; readonly launcher: number };
  readonly output: () => string;
}> {
  const launcher = join(root, "scripts", "launch.mjs");
  // Two commands, so that the shell does not replace itself with the first.
  const shell = spawn("sh", ["-c", `"${process.execPath}" "${launcher}" script.ts wait; true`], {
    cwd: root,
    env: {
      PATH: process.env["PATH"] ?? "",
      npm_execpath: join(root, "npm.js"),
      npm_lifecycle_event: "start",
    },
  });
  children.push(shell);
  let output = "";
  shell.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await waitFor("the script runs", () => output.includes("\n"));
  return { shell, script: JSON.parse(output) as { pid: number; launcher: number }, output: () => output };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
