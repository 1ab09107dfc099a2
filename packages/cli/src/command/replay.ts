import {
  formatTime,
  parseTime,
  type Client,
  type EventResource,
  type FactResource,
  type RunResource,
} from "@meshhook/contract";
import { encodeFacts, foldRun, validateDefinition, type Fact, type Plan, type Run } from "@meshhook/core";

import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";
import { visibleLine } from "../terminal/visible.ts";
import { differences } from "./differences.ts";

const PAGE_EVENTS = 200;
const FETCHES_MAX = 5;
const SHOWN_MAX = 20;

/**
 * Folds a run's facts again, in this process, and compares state and events with the server's.
 *
 * They must be equal: the same facts give the same run on any machine.
 */
export async function replay(runId: string, config: Config, output: Output): Promise<ExitName> {
  const history = await withConnection(connect(config), (client) => fetchHistory(client, runId));
  const folded = foldRun(history.plan, segmentsOf(runId, history.facts), { runId, observe: true });
  const found = [
    ...differences(serverState(history.run), foldedState(folded), "/run"),
    ...differences(
      history.events,
      folded.takeEvents().map((event) => ({ ...event, at: formatTime(event.at) })),
      "/events",
    ),
  ];
  if (found.length === 0) {
    output.line(
      `Run ${runId}: folding ${counted(history.facts.length, "fact")} again gives the same state (${folded.status}) and the same ${counted(history.events.length, "event")}.`,
    );
    return "ok";
  }
  output.line(`Run ${runId}: folding its facts again differs from the server in ${counted(found.length, "place")}:`);
  for (const line of found.slice(0, SHOWN_MAX)) output.line(visibleLine(`  ${line}`));
  if (found.length > SHOWN_MAX) output.line(`  and ${found.length - SHOWN_MAX} more`);
  return "failed";
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

interface History {
  readonly run: RunResource;
  readonly facts: readonly FactResource[];
  readonly events: readonly EventResource[];
  readonly plan: Plan;
}

/** Fetches again until the run did not change while it was read, so that all parts belong together. */
async function fetchHistory(client: Client, runId: string): Promise<History> {
  for (let attempt = 1; ; attempt++) {
    const before = (await client.listFacts({ runId })).items;
    const run = await client.getRun({ runId });
    const events = await fetchEvents(client, runId);
    const facts = (await client.listFacts({ runId })).items;
    if (before.length === facts.length) return { run, facts, events, plan: await fetchPlan(client, run.versionId) };
    if (attempt === FETCHES_MAX) {
      throw new CommandError(
        "failed",
        `Run ${runId} is changing faster than it can be read. Try again when it has ended.`,
      );
    }
  }
}

async function fetchEvents(client: Client, runId: string): Promise<readonly EventResource[]> {
  const events: EventResource[] = [];
  for (let after: string | null = null; ;) {
    const page: Awaited<ReturnType<Client["listEvents"]>> = await client.listEvents({
      runId,
      limit: PAGE_EVENTS,
      ...(after === null ? {} : { after }),
    });
    events.push(...page.items);
    if (page.next === null) return events;
    after = page.next;
  }
}

async function fetchPlan(client: Client, versionId: string): Promise<Plan> {
  const version = await client.getVersion({ versionId });
  const result = validateDefinition(version.definition);
  if ("issues" in result) {
    throw new CommandError(
      "failed",
      `Version ${versionId} is not valid in this release of MeshHook: ${result.issues[0]?.message ?? ""}`,
    );
  }
  if (result.hash !== version.hash) {
    throw new CommandError(
      "failed",
      `Version ${versionId} has the hash ${version.hash} on the server but ${result.hash} here, so its definition was changed.`,
    );
  }
  return result.plan;
}

function segmentsOf(
  runId: string,
  facts: readonly FactResource[],
): readonly { runId: string; seq: number; facts: string }[] {
  const bySeq = new Map<number, Fact[]>();
  for (const fact of facts) {
    const segment = bySeq.get(fact.seq) ?? [];
    // The resource is a fact whose time and other members are separate; `foldRun` checks the result.
    segment.push({ ...fact.data, kind: fact.kind, at: parseTime(fact.at) } as Fact);
    bySeq.set(fact.seq, segment);
  }
  return [...bySeq].map(([seq, segment]) => ({ runId, seq, facts: encodeFacts(segment) }));
}

/** The part of the server's answer that is folded from facts. */
function serverState(run: RunResource): unknown {
  const { status, startedAt, finishedAt, result } = run;
  const steps = run.steps.map(({ node, type, status, attempts, output, error, startedAt, finishedAt }) => ({
    node,
    type,
    status,
    attempts,
    output: output ?? null,
    error: error ?? null,
    startedAt: startedAt ?? null,
    finishedAt: finishedAt ?? null,
  }));
  return { status, startedAt, finishedAt, result, steps };
}

function foldedState(run: Run): unknown {
  const time = (at: number | null): string | null => (at === null ? null : formatTime(at));
  return {
    status: run.status,
    startedAt: time(run.startedAt),
    finishedAt: run.status === "running" ? null : time(run.lastAt),
    result: run.result,
    steps: run.steps.map(({ node, type, status, attempts, output, error, startedAt, endedAt }) => ({
      node,
      type,
      status,
      attempts,
      output,
      error,
      startedAt: time(startedAt),
      finishedAt: time(endedAt),
    })),
  };
}
