import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";

/** The top folder of the repository. */
export const ROOT = dirname(import.meta.dirname);

/** One command of a check, with what to do when it fails. */
export interface Step {
  readonly name: string;
  /** A program from `node_modules/.bin`, or `node` for this Node; then its arguments. */
  readonly command: readonly [string, ...string[]];
  /** One sentence: how to mend it. */
  readonly remedy: string;
}

export interface StepOutcome {
  readonly step: Step;
  readonly passed: boolean;
  readonly seconds: number;
}

/**
 * This process's environment, with the repository's own programs first, so that `node` is Node 24 everywhere. What Node compiles is kept in the
 * folder that `meshhook` uses as well: the tests alone start some hundred processes.
 */
function environment(): NodeJS.ProcessEnv {
  const first = [dirname(process.execPath), join(ROOT, "node_modules", ".bin")];
  return {
    ...process.env,
    PATH: [...first, process.env["PATH"] ?? ""].join(delimiter),
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? join(ROOT, "node_modules", ".cache", "meshhook"),
  };
}

/** Runs a command with this terminal as its own and gives its exit code; 1 when a signal ended it. */
export function runAttached(command: readonly [string, ...string[]]): Promise<number> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env: environment(), stdio: "inherit" });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/**
 * Runs steps, at most `concurrency` at once, and prints one line per step as it ends.
 *
 * The output of a step is held back: it is printed only when the step fails, in one piece, followed by the remedy.
 */
export async function runSteps(steps: readonly Step[], concurrency: number): Promise<readonly StepOutcome[]> {
  const waiting = [...steps];
  const outcomes: StepOutcome[] = [];
  const width = Math.max(...steps.map((step) => step.name.length));

  async function work(): Promise<void> {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const startedAt = performance.now();
      const { code, output } = await runQuietly(step.command);
      const seconds = (performance.now() - startedAt) / 1000;
      outcomes.push({ step, passed: code === 0, seconds });
      print(`${code === 0 ? "ok    " : "FAILED"}  ${step.name.padEnd(width)}  ${seconds.toFixed(1).padStart(5)} s`);
      if (code !== 0) print(`\n${indented(output.trim())}\n\n        Remedy: ${step.remedy}\n`);
    }
  }

  await Promise.all(Array.from({ length: concurrency }, work));
  return outcomes;
}

/** Writes one line to standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function runQuietly(command: readonly [string, ...string[]]): Promise<{ code: number; output: string }> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env: environment(), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: string): void => {
      output += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "        ");
}
