import { setTimeout as delay } from "node:timers/promises";

import type { Client, JobPreview, JobResource, RerunAnswer } from "@meshhook/contract";

import { connect, withConnection } from "../../api/connect.ts";
import type { Config } from "../../config/settings.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import { visibleLine } from "../../terminal/visible.ts";

const LOOK_MS = 500;

/** Shows a job's progress until it ends. The job does not need this. */
export async function followJob(client: Client, job: JobResource, output: Output): Promise<ExitName> {
  output.line(`Job ${job.id}`);
  let shown = "";
  for (let now = job; ; now = await client.getJob({ jobId: job.id })) {
    const line = jobLine(now);
    if (line !== shown) output.line(line);
    shown = line;
    // The reader is gone, but the job continues without one.
    if (output.isClosed || now.state === "done" || now.state === "stopped") return "ok";
    await delay(LOOK_MS);
  }
}

export async function listJobs(config: Config, output: Output): Promise<ExitName> {
  const { items } = await withConnection(connect(config), (client) => client.listJobs());
  if (items.length === 0) output.line("The project has no jobs.");
  for (const job of items) output.line(`${job.createdAt}  ${job.id}  ${job.kind}  ${jobLine(job)}`);
  return "ok";
}

export async function stopJob(jobId: string, config: Config, output: Output): Promise<ExitName> {
  const job = await withConnection(connect(config), (client) => client.stopJob({ jobId }));
  output.line(
    job.state === "stopping" ? `Job ${jobId} stops within seconds.` : `Job ${jobId} had already ended: ${job.state}.`,
  );
  return "ok";
}

function jobLine({ kind, state, done, refused, message }: JobResource): string {
  const verb = { replay: "replayed", cancel: "asked to stop", erase: "erased" }[kind];
  const rest = refused === 0 ? "" : `, ${refused} refused`;
  return visibleLine(`${state}: ${done} ${verb}${rest}${message === null ? "" : ` (${message})`}`);
}

/** What a job would do, in lines. `verb`: what happens to the runs. */
export function previewLines({ runs, isComplete, calls, examples }: JobPreview, verb: string): string[] {
  const many = `${isComplete ? "" : "more than "}${runs} ${runs === 1 ? "run" : "runs"}`;
  return [
    `${many} would be ${verb}.`,
    ...calls.map((call) => `  ${call.method} ${call.url}  (${call.node}, up to ${call.runs} runs)`),
    ...examples.map(
      ({ runId, status, startedAt, error }) =>
        `  ${startedAt}  ${runId}  ${status}${error === undefined ? "" : `  ${error.code}: ${error.message}`}`,
    ),
  ].map(visibleLine);
}

/** Which run a replay or a resume started. */
export function rerunLine({ runId, duplicate }: RerunAnswer): string {
  return `Run ${runId}${duplicate === true ? " (started by an earlier request with this idempotency key)" : ""}`;
}
