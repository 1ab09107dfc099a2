import {
  formatTime,
  parseTime,
  type Client,
  type EventResource,
  type FactResource,
  type RunResource,
} from "@meshhook/contract";
import { encodeFacts, foldRun, stateHash, validateDefinition, type Fact, type Plan, type Run } from "@meshhook/core";

import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";
import { visibleLine } from "../terminal/visible.ts";
import { differences } from "./differences.ts";

const PAGE_EVENTS = 200;
const FETCHES_MAX = 5;
const SHOWN_MAX = 20;

/** Which runs `meshhook replay --all` folds again. */
export interface ReplayRequest {
  /** Slug or id; null: all workflows of the project. */
  readonly workflow: string | null;
  /** RFC 3339. */
  readonly since: string | null;
}

/**
 * Folds a run's facts again, in this process, and compares state, state hash and events with the server's.
 *
 * They must be equal: the same facts give the same run on any machine.
 */
export async function replay(runId: string, config: Config, output: Output): Promise<ExitName> {
  const history = await withConnection(connect(config), (client) => fetchHistory(client, runId));
  const folded = foldRun(history.plan, segmentsOf(runId, history.facts), { runId, observe: true });
  const found = [
    ...differences(serverState(history.run), foldedState(folded), "/run"),
    ...differences(history.run.stateHash, stateHash(folded), "/stateHash"),
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
    output.line(`State hash ${stateHash(folded)}`);
    return "ok";
  }
  output.line(`Run ${runId}: folding its facts again differs from the server in ${counted(found.length, "place")}:`);
  for (const line of found.slice(0, SHOWN_MAX)) output.line(visibleLine(`  ${line}`));
  if (found.length > SHOWN_MAX) output.line(`  and ${found.length - SHOWN_MAX} more`);
  return "failed";
}

/** Runs between two lines of progress. */
const REPORTED_EVERY = 100;
const PAGE_RUNS = 200;

/**
 * Folds many runs again and compares their state hashes with the server's. Lists those that differ.
 *
 * @param report  Gets a line about the progress now and then.
 */
export async function replayAll(
  { workflow, since }: ReplayRequest,
  config: Config,
  output: Output,
  report: (line: string) => void,
): Promise<ExitName> {
  let [same, differing] = [0, 0];
  const plans = new Map<string, Promise<Plan>>();
  const planOf = (client: Client, versionId: string): Promise<Plan> => {
    const plan = plans.get(versionId) ?? fetchPlan(client, versionId);
    plans.set(versionId, plan);
    return plan;
  };
  await withConnection(connect(config), async (client) => {
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: Awaited<ReturnType<Client["listRuns"]>> = await client.listRuns({
        limit: PAGE_RUNS,
        ...(workflow === null ? {} : { workflow }),
        ...(since === null ? {} : { startedAfter: since }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { id: runId, versionId } of page.items) {
        const { run, facts } = await fetchState(client, runId);
        const folded = foldRun(await planOf(client, versionId), segmentsOf(runId, facts), { runId });
        if (run.stateHash === stateHash(folded)) same += 1;
        else {
          differing += 1;
          output.line(`Run ${runId} differs: server ${run.stateHash}, re-folded ${stateHash(folded)}`);
        }
        if ((same + differing) % REPORTED_EVERY === 0) report(`${same + differing} runs folded again`);
        if (output.isClosed) return;
      }
      cursor = page.nextCursor;
    }
  });
  const rest = differing === 0 ? "all have the same state" : `${differing} differ; meshhook replay <run> shows where`;
  output.line(`${counted(same + differing, "run")} folded again: ${rest}.`);
  return differing === 0 ? "ok" : "failed";
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

async function fetchHistory(client: Client, runId: string): Promise<History> {
  let events: readonly EventResource[] = [];
  const { run, facts } = await fetchState(client, runId, async () => {
    events = await fetchEvents(client, runId);
  });
  return { run, facts, events, plan: await fetchPlan(client, run.versionId) };
}

/** Fetches again until the run did not change while it was read, so that all parts belong together. */
async function fetchState(
  client: Client,
  runId: string,
  fetchMore: () => Promise<void> = () => Promise.resolve(),
): Promise<Pick<History, "run" | "facts">> {
  for (let attempt = 1; ; attempt++) {
    const run = await client.getRun({ runId, stateHash: true });
    await fetchMore();
    const facts = (await client.listFacts({ runId })).items;
    // A run that has ended does not change any more.
    if (run.status !== "running") return { run, facts };
    if ((await client.getRun({ runId, outputs: false, stateHash: true })).stateHash === run.stateHash)
      return { run, facts };
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
