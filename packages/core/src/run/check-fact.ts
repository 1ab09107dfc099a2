import type { Fact } from "./fact.ts";
import { HistoryError } from "./history-error.ts";
import type { RunState } from "./run-state.ts";
import { checkSemantics } from "./semantics.ts";

/** Refuses what this plan cannot have produced. @throws HistoryError */
export function checkFact({ plan, runId, seq: last }: RunState, fact: Fact, seq: number): void {
  if (last === -1) {
    if (seq !== 0 || fact.kind !== "delivery") {
      throw new HistoryError(
        "history_start",
        `Run ${runId} starts with a ${fact.kind} fact in segment ${seq} instead of a delivery in segment 0`,
      );
    }
    checkSemantics(fact.semantics ?? 1, runId);
    return;
  }
  if (seq !== last && seq !== last + 1) {
    throw new HistoryError("history_gap", `Run ${runId} has segment ${seq} after ${last}`);
  }
  if (fact.kind === "delivery") {
    throw new HistoryError("history_start", `Run ${runId} has a second delivery in segment ${seq}`);
  }
  if ("node" in fact && fact.node !== undefined && !plan.nodeById.has(fact.node)) {
    throw new HistoryError(
      "history_unknown_node",
      `Run ${runId} has a ${fact.kind} fact for node "${fact.node}", which plan ${plan.hash} does not have`,
    );
  }
}
