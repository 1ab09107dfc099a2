import { problems, problemType, type Problem, type ProblemCode, type ProblemIssue } from "@meshhook/contract";

/** A problem on its way to the caller. Handlers throw it; anything else that is thrown becomes `internal_error`. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly code: ProblemCode;
  readonly issues: readonly ProblemIssue[] | null;
  readonly retryAfterS: number | null;
  /** The draft's revision, when the caller named another. */
  readonly revision: number | null;
  /** The run that may have been stored. */
  readonly runId: string | null;
  /** The state of what a condition was about. */
  readonly etag: string | null;

  constructor(
    code: ProblemCode,
    detail: string,
    more: {
      readonly issues?: readonly ProblemIssue[];
      readonly retryAfterS?: number;
      readonly revision?: number;
      readonly runId?: string;
      readonly etag?: string;
    } = {},
  ) {
    super(detail);
    this.code = code;
    this.issues = more.issues ?? null;
    this.retryAfterS = more.retryAfterS ?? null;
    this.revision = more.revision ?? null;
    this.runId = more.runId ?? null;
    this.etag = more.etag ?? null;
  }

  get status(): number {
    return problems[this.code].status;
  }
}

/** The problem document of RFC 9457. Without its own detail, a problem gives its meaning and its remedy. */
export function problemOf(
  code: ProblemCode,
  more: {
    readonly detail?: string;
    readonly requestId?: string;
    readonly issues?: readonly ProblemIssue[] | null;
    readonly revision?: number | null;
    readonly runId?: string;
    readonly etag?: string | null;
  } = {},
): Problem {
  const { status, title, meaning, remedy } = problems[code];
  return {
    type: problemType(code),
    title,
    status,
    code,
    detail: more.detail ?? `${meaning} ${remedy}`,
    ...(more.requestId === undefined ? {} : { requestId: more.requestId }),
    ...(more.issues === undefined || more.issues === null ? {} : { issues: [...more.issues] }),
    ...(more.runId === undefined ? {} : { runId: more.runId }),
    ...(more.etag === undefined || more.etag === null ? {} : { etag: more.etag }),
    ...(more.revision === undefined || more.revision === null ? {} : { revision: more.revision }),
  };
}
