import { type Client, partingOf, type TrialResource } from "@meshhook/contract";

import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";
import { visibleLine } from "../terminal/visible.ts";
import { readWorkflowFiles } from "./workflow-file.ts";

/** What `meshhook try` was asked to do. */
export interface TryRequest {
  /** `draft`, the number of a version, or a file. */
  readonly tried: string;
  /** Slug or id. */
  readonly workflow: string;
  readonly runs: string | null;
  readonly runId: string | null;
  /** RFC 3339. */
  readonly since: string | null;
}

/** Tries a draft, a version or a file against recorded runs, and lists those that would do or decide something else. */
export async function tryVersion(request: TryRequest, config: Config, output: Output): Promise<ExitName> {
  const { workflow, runs, runId, since } = request;
  const body = {
    ...(await triedPart(request.tried)),
    ...(runs === null ? {} : { runs: wholeNumber(runs) }),
    ...(runId === null ? {} : { runId }),
    ...(since === null ? {} : { startedAfter: since }),
  };
  const trial = await withConnection(connect(config), (client: Client) => client.tryWorkflow({ workflow, body }));
  for (const line of trialLines(request.tried, workflow, trial)) output.line(visibleLine(line));
  return trial.runs.length === trial.same && trial.stoppedBy === null ? "ok" : "failed";
}

async function triedPart(tried: string): Promise<{ version?: number; definition?: unknown }> {
  if (tried === "draft") return {};
  if (/^\d{1,9}$/.test(tried)) return { version: Number(tried) };
  const [file] = await readWorkflowFiles([tried]);
  return { definition: file?.definition };
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= 200) return Number(text);
  throw new CommandError("badInput", `--runs ${text} is not a whole number from 1 to 200.`);
}

function trialLines(tried: string, workflow: string, trial: TrialResource): readonly string[] {
  const { runs, same, different, unknown, unreadable, stoppedBy } = trial;
  if (runs.length === 0) return [`The workflow ${workflow} has no runs in this period, so nothing was tried.`];
  const what = tried === "draft" ? "The draft" : /^\d+$/.test(tried) ? `Version ${tried}` : tried;
  const others = runs.filter(({ verdict }) => verdict !== "same");
  return [
    `${what} was tried against ${runs.length} ${runs.length === 1 ? "run" : "runs"} of ${workflow}: ${same} the same, ${different} different, ${unknown} unknown${unreadable === 0 ? "" : `, ${unreadable} unreadable`}.`,
    ...(stoppedBy === null ? [] : [`The server stopped early: ${STOPPED[stoppedBy]}. Try fewer runs with --runs.`]),
    ...others.map((run) => `  ${run.runId}  ${run.startedAt}  ${run.verdict.padEnd(10)}  ${partingOf(run)}`),
  ];
}

const STOPPED = { time: "the work took too long", size: "the runs are too large together" } as const;
