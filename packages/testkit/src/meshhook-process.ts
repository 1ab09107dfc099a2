import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../cli/src/main.ts", import.meta.url));
const READY_MS_MAX = 90_000;

/** Settings of the process. Of the test's environment it gets only the path. */
export type Environment = { readonly [variable: string]: string };

/** The outcome of a command. */
export interface CommandOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command of the command line to its end. */
export async function runCli(args: readonly string[], environment: Environment): Promise<CommandOutcome> {
  const child = spawnCli(args, environment);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

/** A `meshhook start` that is ready. */
export interface RunningMeshHook {
  readonly url: string;
  readonly pid: number;
  /** The key that was shown at the first start; null at later ones. */
  readonly shownKey: string | null;
  /** Everything on standard error and output so far. */
  output(): string;
  /** Sends a signal and resolves with the exit code; null when the signal ended the process. */
  end(signal: "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGKILL"): Promise<number | null>;
}

/** Starts MeshHook and waits for its "ready" line. */
export async function startMeshHook(environment: Environment): Promise<RunningMeshHook> {
  const child = spawnCli(["start"], environment);
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready within ${READY_MS_MAX} ms:\n${output}`)), READY_MS_MAX);
    void exited.then(() => reject(new Error(`ended before it was ready:\n${output}`)));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      output += `${line}\n`;
      const entry = JSON.parse(line) as { readonly msg: string; readonly url?: string };
      if (entry.msg !== "ready" || entry.url === undefined) return;
      clearTimeout(timer);
      resolve(entry.url);
    });
  });
  // The text for people follows the "ready" line.
  while (!output.includes("Ctrl-C stops MeshHook")) await once(child.stderr!, "data");
  return {
    url,
    pid: child.pid!,
    shownKey: /export MESHHOOK_ADMIN_KEY=(mh_\S+)/.exec(output)?.[1] ?? null,
    output: () => output,
    end: async (signal) => {
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

/** Starts a command and leaves its streams to the caller. Only callers that ask for the console wait for its build. */
export function spawnCli(args: readonly string[], environment: Environment): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", MESHHOOK_CONSOLE: "off", ...environment },
  });
}
