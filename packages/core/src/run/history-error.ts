/**
 * `history_gap`: a segment number is missing or goes back. `history_start`: the first fact is not a delivery in segment 0, or a
 * delivery comes later. `history_unknown_node`: a fact names a node that is not in the plan. `history_corrupt`: stored facts cannot
 * be read back. `history_semantics`: a newer version of MeshHook started the run.
 */
export type HistoryErrorCode =
  "history_gap" | "history_start" | "history_unknown_node" | "history_corrupt" | "history_semantics";

/**
 * A history that this plan cannot have produced: a broken invariant, not a user's mistake.
 *
 * Code that catches it stops the run and keeps the process.
 */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
  readonly code: HistoryErrorCode;

  constructor(code: HistoryErrorCode, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}
