import type { Client, TrialResource, TrialRunResource } from "@meshhook/contract";

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
    ...others.map((run) => `  ${run.runId}  ${run.startedAt}  ${run.verdict.padEnd(10)}  ${reasonOf(run)}`),
  ];
}

const STOPPED = { time: "the work took too long", size: "the runs are too large together" } as const;

/** Where a run parts from the recorded one. */
function reasonOf({ differences: [first], differencesCount, before, after, problem }: TrialRunResource): string {
  if (problem !== undefined) return problem;
  const more = differencesCount > 1 ? `, and ${differencesCount - 1} more` : "";
  if (first !== undefined) return `${placeOf(first)}: ${differenceText(first)}${more}`;
  return `ends as ${endingText(after)} instead of ${endingText(before)}`;
}

type Difference = TrialRunResource["differences"][number];

function placeOf({ node, iteration }: Difference): string {
  return iteration === undefined ? node : `${node}[${iteration.join("][")}]`;
}

const UNKNOWN = {
  never_called: "makes a call that was never made, so its answer is unknown",
  no_such_attempt: "makes one more attempt, whose answer is unknown",
  waits: "waits for something that is not recorded",
} as const;

function differenceText({ kind, before, after, parts, reason }: Difference): string {
  switch (kind) {
    case "port":
      return `takes port ${String(after)} instead of ${String(before)}`;
    case "request":
      return `sends another request (${parts?.join(", ") ?? ""})`;
    case "status":
      return `${stepText(after)} instead of ${stepText(before)}`;
    case "output":
      return `output ${shown(after)} instead of ${shown(before)}`;
    case "unknown":
    default:
      return reason === undefined ? "unknown" : UNKNOWN[reason];
  }
}

function stepText(end: unknown): string {
  if (typeof end !== "object" || end === null) return "not there";
  const { status, code } = end as { readonly status?: string; readonly code?: string };
  return code === undefined ? String(status) : `${String(status)} (${code})`;
}

function endingText(ending: TrialRunResource["before"]): string {
  if (ending === undefined) return "unknown";
  const { status, code, output, outputLength } = ending;
  const rest = code ?? (outputLength === undefined ? shown(output) : `${outputLength} characters`);
  return `${status} (${rest})`;
}

const SHOWN_CHARACTERS_MAX = 80;

function shown(value: unknown): string {
  const text = value === undefined ? "that is too long to show" : JSON.stringify(value);
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX - 1)}…`;
}
