import { isRunId } from "@meshhook/core";
import { isUuid, type Catalog, type Journal, type StoredSegment, type Workflow } from "@meshhook/journal";

import type { Caller } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";

/** What cannot be a slug is not looked up: PostgreSQL rejects some of it (a NUL, for example) with an error. */
const SLUG = /^[a-z0-9-]{1,64}$/;

/** The segments of a run, of which there is at least one. */
export type FoundSegments = readonly [StoredSegment, ...StoredSegment[]];

/** Finds what a route names, in the caller's project, or rejects with `not_found`. */
export interface Lookups {
  /** By id or slug. */
  readonly workflowOf: (caller: Caller, name: string) => Promise<Workflow>;
  readonly segmentsOf: (caller: Caller, runId: string) => Promise<FoundSegments>;
}

export function createLookups(catalog: Catalog, journal: Journal): Lookups {
  return {
    workflowOf: async (caller, name) => {
      const key = isUuid(name) ? { id: name } : SLUG.test(name) ? { slug: name } : null;
      const found = key === null ? null : await catalog.findWorkflow(caller.projectId, key);
      if (found === null) throw new HttpProblem("not_found", `There is no workflow "${name}" in this project`);
      return found;
    },
    segmentsOf: async (caller, runId) => {
      const [first, ...rest] = isRunId(runId) ? await journal.readRun(runId, { projectId: caller.projectId }) : [];
      if (first === undefined) throw new HttpProblem("not_found", `There is no run "${runId}" in this project`);
      return [first, ...rest];
    },
  };
}
