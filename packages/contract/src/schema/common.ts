import Type, { type Static } from "typebox";

/** A point in time over HTTP. */
export const TimeSchema = Type.String({
  description: "RFC 3339 time in UTC with microseconds.",
  pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{6}Z$",
  examples: ["2026-11-24T00:10:26.123456Z"],
});

/** Text that is stored as it is: without NUL, and without halves of surrogate pairs, which UTF-8 cannot hold. */
export const TEXT_PATTERN = "^[^\\u0000\\p{Cs}]*$";
/** The same in one line. */
export const LINE_PATTERN = "^[^\\u0000-\\u001f\\u007f\\p{Cs}]*$";

/** A name for people: one line. */
export const NameSchema = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: LINE_PATTERN,
  description: "One line of text.",
});

/** Which state of a resource an answer shows. */
export const EtagSchema = Type.String({
  description:
    "Changes whenever this does. Send it as `If-Match` to make a change only if nobody else has made one since.",
});

/** Number of items per page. */
export const LimitSchema = Type.Integer({
  minimum: 1,
  maximum: 200,
  default: 50,
  description: "Number of items per page.",
});

/** Where a page starts: `nextCursor` of the page before. Opaque; bound to the project and the query it came from. */
export const CursorSchema = Type.String({
  minLength: 1,
  maxLength: 1_000,
  description: "The `nextCursor` of the previous page.",
});

/** Null on the last page. */
export const NextCursorSchema = Type.Union([Type.String(), Type.Null()], {
  description: "Pass it as `cursor` to get the next page; null on the last page.",
});

/** One mistake in a request or a definition. */
export const ProblemIssueSchema = Type.Object(
  {
    path: Type.String({
      description: "JSON Pointer into the request. For the query and the path, the first segment names that part.",
    }),
    code: Type.String(),
    message: Type.String(),
    fix: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);
export type ProblemIssue = Static<typeof ProblemIssueSchema>;

/** RFC 9457 problem details. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: "`/problems/<code>`" }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: "Stable code; see the list of problems." }),
    detail: Type.String({ description: "What is wrong in this request, with the value and the remedy." }),
    requestId: Type.Optional(Type.String()),
    issues: Type.Optional(Type.Array(ProblemIssueSchema)),
    runId: Type.Optional(
      Type.String({ description: "For `outcome_unknown`: the id of the run, if the delivery was stored." }),
    ),
    etag: Type.Optional(Type.String({ description: "For `precondition_failed`: the `etag` now." })),
    revision: Type.Optional(Type.Integer({ description: "For `revision_conflict`: the draft's current revision." })),
  },
  { $id: "Problem", description: "RFC 9457 problem details", additionalProperties: false },
);
export type Problem = Static<typeof ProblemSchema>;
