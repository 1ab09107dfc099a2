/** A peer's process: its engine, behind the intake that all peers share. Started by `peer-host.ts`. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { openSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Parent } from "../../load/child/parent.ts";
import { unixUs } from "../../measure/clock.ts";
import type { EndedRun, Engine, StartEngine } from "./engine.ts";
import { startIntake } from "./intake.ts";
import type { HostCommand, HostMessage } from "./protocol.ts";
import { workflowOf } from "./workflow.ts";

const programs: ChildProcess[] = [];
// Also when the benchmark is killed: its end closes the channel, and the end of the channel ends this process.
process.on("exit", () => {
  for (const program of programs) program.kill("SIGKILL");
  // Nothing that an engine does at the end of its process may keep it.
  process.kill(process.pid, "SIGKILL");
});

const COMPLAINTS_MAX = 5;
let complaints = 0;

function complain(message: string): void {
  complaints += 1;
  if (complaints <= COMPLAINTS_MAX) process.stderr.write(`${message}\n`);
}

const ended: EndedRun[] = [];
let engine: Engine | null = null;

const parent = new Parent<HostCommand, HostMessage>((command) => {
  answer(command).then(
    (message) => parent.send(message),
    (error: unknown) =>
      parent.send({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
  );
});
parent.send({ kind: "ready" });

async function answer(command: HostCommand): Promise<HostMessage> {
  if (command.kind === "start") return { kind: "listening", port: await start(command) };
  if (engine === null) throw new Error("The engine has not been started.");
  if (command.kind === "count") return { kind: "counted", unfinished: await engine.countUnfinished() };
  if (command.kind === "report") return { kind: "reported", ended: (await engine.readEnded()) ?? ended };
  await engine.stop();
  for (const program of programs.splice(0)) program.kill("SIGKILL");
  return { kind: "stopped" };
}

async function start(command: Extract<HostCommand, { readonly kind: "start" }>): Promise<number> {
  const require = createRequire(join(command.packages, "package.json"));
  const { startEngine } = (await import(command.engine)) as { readonly startEngine: StartEngine };
  const started = await startEngine({
    load: (name) => import(pathToFileURL(require.resolve(name)).href),
    fileOf: (path) => join(command.packages, "node_modules", path),
    databaseUrl: command.databaseUrl,
    directory: command.directory,
    run: workflowOf(command.workflow, command.sinkPort),
    ended: (runId) => void ended.push({ runId, atUs: unixUs() }),
    complain,
    spawn: (program, args, env = {}) => {
      const log = openSync(join(command.directory, "program.log"), "a");
      const child = spawn(program, [...args], {
        cwd: command.directory,
        env: { ...process.env, ...env },
        stdio: ["ignore", log, log],
      });
      child.on("error", (error) => complain(`${program} could not be started: ${error.message}`));
      programs.push(child);
      if (child.pid !== undefined) parent.send({ kind: "spawned", pid: child.pid });
    },
  });
  engine = started;
  return (await startIntake((runId, delivery) => started.enqueue(runId, delivery), complain)).port;
}
