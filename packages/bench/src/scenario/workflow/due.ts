import { BUILT_IN } from "./built-in.ts";
import type { ScenarioWorkflow } from "./document.ts";

/** When runs of a workflow go on that wait for a common time. */
export interface Due {
  /** For a run that began at an instant; both in Unix microseconds. */
  of(receivedUs: number): number;
}

/** Null for a workflow whose runs do not wait for each other. */
export function dueOf(workflow: ScenarioWorkflow): Due | null {
  if (workflow.kind === "own") return null;
  const { dueEveryMs } = BUILT_IN[workflow.name];
  if (dueEveryMs === undefined) return null;
  // Workflows see whole milliseconds.
  return { of: (receivedUs) => Math.ceil(Math.floor(receivedUs / 1_000) / dueEveryMs) * dueEveryMs * 1_000 };
}
