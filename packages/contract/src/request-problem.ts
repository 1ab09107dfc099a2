import type { Problem, ProblemIssue } from "./schema/common.ts";

/** Thrown by the client when the server's answer is not a success. */
export class RequestProblem extends Error {
  override readonly name = "RequestProblem";
  readonly status: number;
  /** A problem code; `unexpected_answer` when the answer was not a problem document (for example a proxy's error page). */
  readonly code: string;
  readonly detail: string;
  readonly issues: readonly ProblemIssue[];
  readonly requestId: string | null;
  /** The draft's current revision, if the change was based on another one. */
  readonly revision: number | null;
  /** The `etag` of what was to be changed, if the change was made for another one. */
  readonly etag: string | null;
  /** From `Retry-After`; null when there was none. */
  readonly retryAfterMs: number | null;

  constructor(
    request: string,
    answer: { readonly status: number; readonly retryAfterMs: number | null; readonly problem: Problem | null },
  ) {
    const { problem, status } = answer;
    const detail = problem?.detail ?? "The answer is not a MeshHook problem document. Check the URL.";
    super(`${request} failed with ${status} ${problem?.code ?? "unexpected_answer"}: ${detail}`);
    this.status = status;
    this.code = problem?.code ?? "unexpected_answer";
    this.detail = detail;
    this.issues = problem?.issues ?? [];
    this.requestId = problem?.requestId ?? null;
    this.revision = problem?.revision ?? null;
    this.etag = problem?.etag ?? null;
    this.retryAfterMs = answer.retryAfterMs;
  }
}
