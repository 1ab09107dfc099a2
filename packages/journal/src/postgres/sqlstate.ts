import { JournalUnavailable } from "../journal.ts";
import { POOL_SIZE_REMEDY, POOLER_REMEDY } from "./pooler-remedy.ts";

/**
 * What a failed statement means for its caller.
 *
 * - `retry`: the database could not do it now, or the outcome is unknown; the same statement may be sent again.
 * - `data`: it refuses a value of this statement, and would again.
 * - `refused`: it refuses the statement for another reason (missing table, missing right), which a person must resolve first.
 */
export type Failure = "retry" | "data" | "refused";

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const RETRYABLE_CODES = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "40003", // statement_completion_unknown
  "55P03", // lock_not_available
  "57014", // query_canceled: the statement's time limit
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "57P05", // idle_session_timeout
  "25P03", // idle_in_transaction_session_timeout: this process stalled within a transaction
  "25P04", // transaction_timeout
  "25006", // read_only_sql_transaction: a standby during a failover
]);
// Connection exceptions, insufficient resources (disk full, too many connections).
const RETRYABLE_CLASSES = new Set(["08", "53"]);
// Cardinality, data, integrity, program limits (a value too large for a row or an index).
const DATA_CLASSES = new Set(["21", "22", "23", "54"]);

/** Sorts an error of `pg` into one of three kinds. An error without a SQLSTATE comes from the connection. */
export function classify(error: unknown): Failure {
  const code = sqlstateOf(error);
  if (code === null) return "retry";
  if (RETRYABLE_CODES.has(code) || RETRYABLE_CLASSES.has(code.slice(0, 2))) return "retry";
  return DATA_CLASSES.has(code.slice(0, 2)) ? "data" : "refused";
}

// Connection exceptions, shutdowns, a completion unknown to the server itself, failures of the system below the server.
const UNKNOWN_END_CODES = /^(08...|57P0[1-4]|40003|58...|XX...)$/;

/**
 * True when a statement that failed like this may have been committed nevertheless.
 *
 * Any other error of the server means that the transaction was rolled back. An error without a SQLSTATE comes from the connection or the
 * driver, and the server may still be working on the statement.
 */
export function isEndUnknown(error: unknown): boolean {
  const code = sqlstateOf(error);
  return code === null || UNKNOWN_END_CODES.test(code);
}

/** The five-character SQLSTATE of an error that the server sent; null for errors of the connection. */
export function sqlstateOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : null;
}

/** The name of the violated constraint, if the server sent one. */
export function constraintOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("constraint" in error)) return null;
  return typeof error.constraint === "string" ? error.constraint : null;
}

/**
 * The message of anything that was thrown, with the server's hint. For a failed connection to several addresses, it is one level down.
 */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  if (!(error instanceof Error)) return String(error);
  return "hint" in error && typeof error.hint === "string" ? `${error.message}. ${error.hint}` : error.message;
}

// invalid_sql_statement_name, duplicate_prepared_statement: the session is not the one that prepared the statement.
const SHARED_SESSION_CODES = new Set(["26000", "42P05"]);

// Supavisor and PgBouncer, whose codes say less.
const POOLER_IS_FULL = /max clients reached|no more connections allowed/i;

/** Creates the error that callers of the journal see, with the database's own as its cause. */
export function unavailable(doing: string, error: unknown, mayHaveCommitted = false): JournalUnavailable {
  const code = sqlstateOf(error);
  const hint =
    code !== null && SHARED_SESSION_CODES.has(code)
      ? `. The connection probably goes through a pooler in transaction mode. ${POOLER_REMEDY}`
      : POOLER_IS_FULL.test(messageOf(error))
        ? `. ${POOL_SIZE_REMEDY}`
        : "";
  return new JournalUnavailable(
    `The database could not ${doing}: ${messageOf(error)}${code === null ? "" : ` (SQLSTATE ${code})`}${hint}`,
    { cause: error, mayHaveCommitted },
  );
}
