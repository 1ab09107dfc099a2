import { formatTime, type RunResource } from "@meshhook/contract";
import { ExactNumber, type Run } from "@meshhook/core";
import { isContainer } from "#lib/json-container.ts";

/** Where the run folded here and the server's answer differ. */
export interface Difference {
  /** As in `steps.3.output.total`. */
  readonly path: string;
  readonly here: unknown;
  readonly server: unknown;
}

/**
 * Compares everything the API says about a run with the same run folded here. Null when they agree.
 *
 * @param hasOutputs  False when the API was asked to leave out the outputs of steps, which may be large.
 */
export function findDifference(run: Run, resource: RunResource, hasOutputs = true): Difference | null {
  return firstDifference(asTheServerSaysIt(run, hasOutputs), factual(resource), []);
}

/** Without what a step waits for: it is told as of the time of the answer. */
function factual({ id, status, startedAt, finishedAt, steps, result }: RunResource): object {
  const folded = steps.map((step) => ({ ...step, waitsFor: undefined }));
  return { id, status, startedAt, finishedAt, steps: folded, result };
}

function asTheServerSaysIt(run: Run, hasOutputs: boolean): object {
  return {
    id: run.runId,
    status: run.status,
    startedAt: formatTime(run.startedAt),
    finishedAt: run.status === "running" ? null : formatTime(run.lastAt),
    steps: run.steps.map((step) => ({
      node: step.node,
      type: step.type,
      status: step.status,
      attempts: step.attempts,
      kept: step.isKept || undefined,
      loop: step.progress ?? undefined,
      output: hasOutputs && (step.status === "succeeded" || step.status === "failed") ? step.output : undefined,
      error: step.error ?? undefined,
      startedAt: step.startedAt === null ? undefined : formatTime(step.startedAt),
      finishedAt: step.endedAt === null ? undefined : formatTime(step.endedAt),
    })),
    result: run.result,
  };
}

/** Undefined members count as absent, as in JSON; the order of members does not matter. */
function firstDifference(here: unknown, server: unknown, path: readonly string[]): Difference | null {
  if (Object.is(here, server)) return null;
  if (here instanceof ExactNumber && server instanceof ExactNumber && here.text === server.text) return null;
  if (!isContainer(here) || !isContainer(server) || Array.isArray(here) !== Array.isArray(server)) {
    // JSON has no −0, so a run that computed one shows 0.
    return here === server ? null : { path: path.join("."), here, server };
  }
  const [ours, theirs] = [here as Members, server as Members];
  for (const name of new Set([...Object.keys(here), ...Object.keys(server)])) {
    const difference = firstDifference(memberOf(ours, name), memberOf(theirs, name), [...path, name]);
    if (difference !== null) return difference;
  }
  return null;
}

interface Members {
  readonly [name: string]: unknown;
}

function memberOf(container: Members, name: string): unknown {
  return Object.hasOwn(container, name) ? container[name] : undefined;
}
