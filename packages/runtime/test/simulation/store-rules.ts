import { decodeFacts, type Plan } from "@meshhook/core";
import type { Report } from "@meshhook/testkit/proof";

import type { StoredRow } from "./database.ts";
import type { Histories } from "./histories.ts";

/**
 * The rules about what is stored that can only be judged at that moment: no more runs of a workflow go on than its limit allows, and a child is
 * stored after its parent has asked for it.
 */
export class StoreRules {
  readonly #planOf: (versionId: string) => Plan;
  readonly #histories: () => Histories;
  readonly #report: Report;
  /** The runs that go on, by workflow; children do not count. */
  readonly #going = new Map<string, Set<string>>();
  readonly #children = new Set<string>();

  constructor(planOf: (versionId: string) => Plan, histories: () => Histories, report: Report) {
    this.#planOf = planOf;
    this.#histories = histories;
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
    const { concurrency } = this.#planOf(versionId);
    if (concurrency === null || this.#children.has(runId)) return;
    const going = this.#going.get(workflowId) ?? new Set();
    this.#going.set(workflowId, going);
    const begins =
      (seq === 0 && delivery?.kind === "delivery" && delivery.held !== true) ||
      facts.some(({ kind }) => kind === "begin");
    if (begins && status === null) going.add(runId);
    if (status !== null) going.delete(runId);
    if (begins && going.size > concurrency)
      this.#report(
        "no more runs go on than their workflow allows",
        `with run ${runId}, ${going.size} of workflow ${workflowId} go on, which allows ${concurrency}: ${[...going].join(" ")}`,
      );
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
