import { decodeFacts, type Plan } from "@meshhook/core";
import type { Report } from "@meshhook/testkit/proof";

import type { StoredRow } from "./database.ts";
import type { Histories } from "./histories.ts";

/**
 * The rules about what is stored that can only be judged at that moment: no more runs of a workflow or a project go on than its limit allows, and
 * a child is stored after its parent has asked for it.
 */
export class StoreRules {
  readonly #planOf: (versionId: string) => Plan;
  readonly #histories: () => Histories;
  readonly #report: Report;
  readonly #projectLimit: number | "changing" | null;
  /** The runs that go on, by workflow; children do not count. */
  readonly #going = new Map<string, Set<string>>();
  readonly #goingInProject = new Set<string>();
  readonly #children = new Set<string>();

  /** @param projectLimit  Of runs of the only project that go on at the same time; null when there is none. */
  constructor(
    planOf: (versionId: string) => Plan,
    histories: () => Histories,
    projectLimit: number | "changing" | null,
    report: Report,
  ) {
    this.#planOf = planOf;
    this.#histories = histories;
    this.#projectLimit = projectLimit;
    this.#report = report;
  }

  judge(row: StoredRow): void {
    const { runId, seq, status, versionId, workflowId } = row;
    const facts = decodeFacts(row.facts);
    const [delivery] = facts;
    const origin = delivery?.kind === "delivery" ? delivery.origin : undefined;
    if (origin?.kind === "child") {
      this.#children.add(runId);
      this.#judgeChild(runId, origin.runId);
    }
    const projectLimit = this.#projectLimit;
    // When a limit comes or goes, the runs before and after it are counted in different places (docs/decisions/0068).
    if (projectLimit === "changing" || this.#children.has(runId)) return;
    const begins =
      (seq === 0 && delivery?.kind === "delivery" && delivery.held !== true) ||
      facts.some(({ kind }) => kind === "begin");
    const count = (going: Set<string>, limit: number | null, whose: string): void => {
      if (begins && status === null) going.add(runId);
      if (status !== null) going.delete(runId);
      if (begins && limit !== null && going.size > limit)
        this.#report(
          `no more runs go on than their ${whose} allows`,
          `with run ${runId} of workflow ${workflowId}, ${going.size} go on, but only ${limit} may: ${[...going].join(" ")}`,
        );
    };
    const ofWorkflow = this.#going.get(workflowId) ?? new Set();
    this.#going.set(workflowId, ofWorkflow);
    count(ofWorkflow, this.#planOf(versionId).concurrency, "workflow");
    count(this.#goingInProject, projectLimit, "project");
  }

  #judgeChild(runId: string, parentId: string): void {
    const parent = this.#histories().of(parentId);
    if (parent?.run.children.some((child) => child.runId === runId) !== true)
      this.#report(
        "no effect before its facts are durable",
        `run ${runId} was started as a child of ${parentId}, of which nothing that is stored asks for it`,
      );
  }
}
