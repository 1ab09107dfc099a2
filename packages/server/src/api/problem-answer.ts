import { HistoryError, InvalidDefinitionError } from "@meshhook/core";
import { JournalUnavailable } from "@meshhook/journal";
import type { Logger } from "@meshhook/runtime";
import type { FastifyReply, FastifyRequest } from "fastify";

import { READ_CODINGS } from "../intake/content-coding.ts";
import { HttpProblem, problemOf } from "../http-problem.ts";

/** What Fastify itself refuses, by its own codes. */
const FRAMEWORK_PROBLEMS = new Map<string, HttpProblem>([
  [
    "FST_ERR_CTP_BODY_TOO_LARGE",
    new HttpProblem("body_too_large", "The body is larger than 2 MiB, the most that the API accepts"),
  ],
  [
    "FST_ERR_CTP_INVALID_MEDIA_TYPE",
    new HttpProblem("content_type_unsupported", "The API accepts application/json in UTF-8"),
  ],
  ["FST_ERR_BAD_URL", new HttpProblem("bad_request", "The path is not a valid URL path; encode special characters")],
  ["FST_ERR_MAX_PARAM_LENGTH", new HttpProblem("not_found", "No id is that long")],
  [
    "FST_ERR_CTP_INVALID_CONTENT_LENGTH",
    new HttpProblem("bad_request", "Content-Length is not the length of the body"),
  ],
]);

/** The problem that the caller gets for a thrown error. For a defect it only says where to look; the log has the details. */
export function problemFrom(error: unknown, requestId: string, log: Logger): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof JournalUnavailable && error.mayHaveCommitted) {
    const detail = "The database did not confirm whether the change was stored. Check before you repeat it";
    return new HttpProblem("outcome_unknown", detail);
  }
  if (error instanceof JournalUnavailable)
    return new HttpProblem("unavailable", "The database cannot be reached; try again", { retryAfterS: 2 });
  if (isOfNewerVersion(error)) return new HttpProblem("run_of_newer_version", error.message);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = FRAMEWORK_PROBLEMS.get(code);
  if (known !== undefined) return known;
  const refusal = refusalOf(error);
  if (refusal !== null) return refusal;
  log.error({ err: error, requestId }, "a request met a defect");
  return new HttpProblem("internal_error", "This is a bug in MeshHook; the log has the details under the request id");
}

/** Says whether a stored run or version cannot be read here, although it is there: it is of a newer version, or its history is broken. */
export function isUnreadable(error: unknown): error is HistoryError | InvalidDefinitionError {
  return error instanceof HistoryError || error instanceof InvalidDefinitionError;
}

/** Stored versions were valid when they were published, so one that is not has node types or settings that are newer. */
function isOfNewerVersion(error: unknown): error is HistoryError | InvalidDefinitionError {
  if (error instanceof InvalidDefinitionError) return true;
  return error instanceof HistoryError && error.code === "history_semantics";
}

/**
 * What a plugin refuses, by the status that it gives its error: paths that climb or that no file can have, conditions and ranges that make
 * no sense. A caller's mistake is not a defect and is not logged as one.
 */
function refusalOf(error: unknown): HttpProblem | null {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : null;
  if (typeof status !== "number" || status < 400 || status >= 500) return null;
  if (status === 403 || status === 404) return new HttpProblem("not_found", "There is nothing at this path");
  if (status === 412) return new HttpProblem("precondition_failed", "The file does not meet the request's condition");
  if (status === 416)
    return new HttpProblem("range_not_satisfiable", "The file does not contain the range that Range requests");
  if (status === 413) return new HttpProblem("body_too_large", "The body is larger than this address accepts");
  if (status === 415) return new HttpProblem("content_type_unsupported", "The Content-Type is not supported here");
  return new HttpProblem("bad_request", "The request's path or headers are not valid here");
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: HttpProblem): FastifyReply {
  reply.code(problem.status).type("application/problem+json");
  if (problem.code === "content_encoding_unsupported") reply.header("accept-encoding", READ_CODINGS);
  if (problem.status === 401) reply.header("www-authenticate", "Bearer");
  if (problem.retryAfterS !== null) reply.header("retry-after", String(problem.retryAfterS));
  if (problem.etag !== null) reply.header("etag", `"${problem.etag}"`);
  return reply.send(
    JSON.stringify(
      problemOf(problem.code, {
        detail: problem.message,
        requestId: request.id,
        issues: problem.issues,
        revision: problem.revision,
        etag: problem.etag,
        ...(problem.runId === null ? {} : { runId: problem.runId }),
      }),
    ),
  );
}
