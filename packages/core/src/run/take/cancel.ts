import type { CancelFact } from "../fact.ts";
import { endRun } from "../pass/end.ts";
import type { RunState } from "../run-state.ts";

export function takeCancel(state: RunState, { at, reason }: CancelFact): void {
  if (state.status !== "running") {
    state.ignored = "run_over";
    return;
  }
  state.moveTo(at);
  endRun(state, { status: "canceled", output: null, ...(reason === undefined ? {} : { reason }) });
}
