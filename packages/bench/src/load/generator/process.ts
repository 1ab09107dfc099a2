/** The generator's process: one load, then its ledger and its bill. Started by `generator.ts`. */
import { Parent } from "../child/parent.ts";
import { unixUs } from "../../measure/clock.ts";
import { LoadRun } from "./load-run.ts";
import type { GeneratorCommand, GeneratorMessage, LoadPlan } from "./protocol.ts";

let run: LoadRun | null = null;

const parent = new Parent<GeneratorCommand, GeneratorMessage>((command) => {
  if (command.kind === "stop") run?.stop();
  else void work(command.plan);
});
parent.send({ kind: "ready" });

async function work(plan: LoadPlan): Promise<void> {
  const current = new LoadRun(plan);
  run = current;
  const before = process.cpuUsage();
  const reporting = setInterval(() => parent.send({ kind: "interval", ...current.interval() }), 500);
  await current.finished;
  clearInterval(reporting);
  const cpu = process.cpuUsage(before);
  const finishedAtUs = unixUs();
  current.writeLedger();
  parent.send({
    kind: "finished",
    startedAtUs: current.startedAtUs,
    finishedAtUs,
    cpuUs: cpu.user + cpu.system,
    reopened: current.reopened,
  });
}
