import type { RunStatus, StepError } from "@meshhook/core";
import type { Journal, RunSummary } from "@meshhook/journal";

import { EXAMINED_MAX, type FailureFilter, type Failures } from "../api/failures.ts";
import type { Rest } from "../api/heavy-work.ts";

/** Which runs a job works on. `code`, `node` and `text` need the status `failed`. */
export interface RunFilter extends FailureFilter {
  /** Absent: any. */
  readonly status?: RunStatus;
}

export interface SelectedRun {
  readonly run: RunSummary;
  /** Known only where errors had to be read. */
  readonly error?: StepError;
}

export interface SelectionPage {
  readonly runs: readonly SelectedRun[];
  /** How many runs were read. */
  readonly examined: number;
  /** Continue with runs below this one; null when there are no more. */
  readonly next: string | null;
}

/** Finds the runs of a filter, newest first, page by page. */
export class RunSelection {
  readonly #journal: Journal;
  readonly #failures: Failures;

  constructor(journal: Journal, failures: Failures) {
    this.#journal = journal;
    this.#failures = failures;
  }

  /** @param limit  1 to 200. */
  async page(
    projectId: string,
    filter: RunFilter,
    { limit, rest }: { readonly limit: number; readonly rest: Rest },
  ): Promise<SelectionPage> {
    const { status, code, node, text, ...range } = filter;
    if (code !== undefined || node !== undefined || text !== undefined) {
      const page = await this.#failures.page(projectId, filter, { limit, rest });
      return { runs: page.failures, examined: page.examined, next: page.next };
    }
    const found = await this.#journal.listRuns({
      projectId,
      ...(status === undefined ? {} : { status }),
      ...range,
      limit,
    });
    const next = found.length < limit ? null : (found.at(-1)?.runId ?? null);
    return { runs: found.map((run) => ({ run })), examined: found.length, next };
  }

  /** Runs up to a bound, to be counted. */
  async all(
    projectId: string,
    filter: RunFilter,
    rest: Rest,
  ): Promise<{ readonly runs: readonly SelectedRun[]; readonly isComplete: boolean }> {
    const readsErrors = filter.code !== undefined || filter.node !== undefined || filter.text !== undefined;
    const most = readsErrors ? EXAMINED_MAX : COUNTED_MAX;
    const runs: SelectedRun[] = [];
    let examined = 0;
    let next = filter.beforeRunId ?? null;
    do {
      const from = next === null ? filter : { ...filter, beforeRunId: next };
      const page = await this.page(projectId, from, { limit: PAGE, rest });
      runs.push(...page.runs);
      examined += page.examined;
      next = page.next;
      await rest();
    } while (next !== null && examined < most);
    return { runs, isComplete: next === null };
  }
}

const COUNTED_MAX = 10_000;
const PAGE = 200;
