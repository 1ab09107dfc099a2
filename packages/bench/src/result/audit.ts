import { count, flag, list, object, text } from "./schema-builder.ts";

/** The sender's ledger joined with the journal and the side-effect sink, in the same run. */
export interface Audit {
  readonly isClean: boolean;
  readonly sent: number;
  readonly accepted: number;
  readonly rejected: number;
  /** No answer: may or may not have happened. */
  readonly unknown: number;
  readonly runs: number;
  readonly finished: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  readonly stuck: number;
  /** Runs without a request. */
  readonly phantom: number;
  /** Effects at the sink: calls with the same idempotency key beyond the first are repeats; a fault or the target explains them. */
  readonly effects: number;
  readonly effectRepeats: number;
  readonly effectsMissing: number;
  /** Calls for no run of the scenario, beyond those that a run makes, or repeated without a cause. */
  readonly effectsUnexpected: number;
  /** Calls whose body is not what the run's payload leads to. */
  readonly effectsWrong: number;
  /** Answers that left before their commit, and calls that left before the commit they depend on. */
  readonly beforeCommit: number;
  /** Runs whose result was read over the API and compared with what their payload leads to. */
  readonly resultsChecked: number;
  readonly resultsWrong: number;
  readonly details: readonly string[];
}

export const auditSchema = object<Audit>(
  "The sender's ledger joined with the journal and the side-effect sink, in the same run.",
  {
    isClean: flag("Nothing lost, duplicated, out of order, stuck or phantom beyond what the scenario allows."),
    sent: count("Requests sent."),
    accepted: count("Requests answered 2xx."),
    rejected: count("Requests answered otherwise."),
    unknown: count("Requests without an answer: they may or may not have been stored."),
    runs: count("Runs in the journal."),
    finished: count("Runs that ended."),
    lost: count("Accepted requests without a run."),
    duplicated: count("Requests with more than one run."),
    outOfOrder: count("Segments or log lines out of order."),
    stuck: count("Runs that did not end in time."),
    phantom: count("Runs without a request."),
    effects: count("Calls that arrived at the sink."),
    effectRepeats: count(
      "Calls beyond the first with the same idempotency key; what explains them is a fault or the target.",
    ),
    effectsMissing: count("Calls that should have arrived and did not."),
    effectsUnexpected: count(
      "Calls that do not belong to a run of the scenario, that exceed those a run makes, or that were repeated without a cause.",
    ),
    effectsWrong: count("Calls whose body is not what the run's payload leads to."),
    beforeCommit: count("Answers that left before their commit, and calls that left before the commit they depend on."),
    resultsChecked: count("Runs whose result was read over the API and compared with what their payload leads to."),
    resultsWrong: count("Runs that ended with another result."),
    details: list("What was found, in words.", text("One finding of the audit.")),
  },
);
