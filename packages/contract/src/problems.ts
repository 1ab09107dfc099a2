/** One kind of problem a caller can meet. */
export interface ProblemDefinition {
  /** HTTP status; the same for every occurrence. */
  readonly status: number;
  readonly title: string;
  /** What it means. */
  readonly meaning: string;
  /** What to do. */
  readonly remedy: string;
}

/** Every problem MeshHook answers with, by stable code. `docs/reference/errors.md` and the OpenAPI document are made from it. */
export const problems = {
  // Any request ---------------------------------------------------------------------------------------------------------
  bad_request: {
    status: 400,
    title: "Malformed HTTP request",
    meaning: "The bytes on the connection are not a valid HTTP/1.1 request.",
    remedy: "Use an HTTP client library; check lengths, line ends and header names.",
  },
  request_timeout: {
    status: 408,
    title: "Request took too long",
    meaning: "The headers did not arrive within 10 seconds or the whole request not within 30 seconds.",
    remedy: "Send the request at once, and again if it was cut off.",
  },
  headers_too_large: {
    status: 431,
    title: "Request headers too large",
    meaning: "The request line and headers are larger than 16 KiB.",
    remedy: "Send fewer or shorter headers.",
  },
  not_found: {
    status: 404,
    title: "Not found",
    meaning: "There is no such path, or the thing it names does not exist in this project.",
    remedy: "Check the path and the id; see /docs for all routes.",
  },
  body_too_large: {
    status: 413,
    title: "Body too large",
    meaning: "The request body has more bytes than are accepted here.",
    remedy: "Send less, or raise the endpoint's bodyBytesMax.",
  },
  content_type_unsupported: {
    status: 415,
    title: "Content type not supported",
    meaning: "The Content-Type is missing, malformed or of a kind that is not read here.",
    remedy: "Send application/json in UTF-8; webhooks may also be form data or plain text.",
  },
  content_encoding_unsupported: {
    status: 415,
    title: "Content encoding not supported",
    meaning: "The body is compressed. Bodies are taken as they are.",
    remedy: "Send the body without Content-Encoding.",
  },
  body_not_utf8: {
    status: 400,
    title: "Body is not UTF-8",
    meaning: "The body holds bytes that are not valid UTF-8.",
    remedy: "Encode the body in UTF-8.",
  },
  json_invalid: {
    status: 400,
    title: "Body is not JSON",
    meaning: "The body does not parse as JSON (RFC 8259).",
    remedy: "Correct the body at the offset that the detail names.",
  },
  json_too_deep: {
    status: 400,
    title: "JSON nested too deeply",
    meaning: "The JSON body has more than 64 levels.",
    remedy: "Flatten the body.",
  },
  json_too_large: {
    status: 400,
    title: "JSON has too many values",
    meaning: "The JSON body holds more than 250 000 values.",
    remedy: "Split the body over several requests.",
  },
  json_number_range: {
    status: 400,
    title: "JSON number out of range",
    meaning: "A number in the body does not fit a double and would become infinite.",
    remedy: "Send such numbers as strings.",
  },
  request_invalid: {
    status: 422,
    title: "Request is not valid",
    meaning: "Fields are missing, unknown, or hold values that are not allowed; `issues` lists all of them.",
    remedy: "Correct every issue and send the request again.",
  },
  cursor_invalid: {
    status: 422,
    title: "Cursor is not valid",
    meaning: "The cursor was changed, or belongs to another project, query or run.",
    remedy: "Start again without a cursor.",
  },
  unauthenticated: {
    status: 401,
    title: "API key missing or not valid",
    meaning:
      "There is neither an `Authorization: Bearer mh_…` header nor a session, or the key is unknown or revoked, or the session is over.",
    remedy: "Send a valid API key, or sign in again.",
  },
  cross_site_request: {
    status: 403,
    title: "Request from another site",
    meaning: "A session's request that changes something did not come from a page of this very MeshHook.",
    remedy:
      "Programs send an API key instead of the cookie; proxies must pass the Host, Origin and Sec-Fetch-Site headers on.",
  },
  scope_insufficient: {
    status: 403,
    title: "API key may not do this",
    meaning: "The key's scope does not cover this request.",
    remedy: "Use a key with the scope that the detail names.",
  },
  overloaded: {
    status: 503,
    title: "Too much work at once",
    meaning: "A queue is full. Nothing was stored.",
    remedy: "Send the request again after the seconds in Retry-After.",
  },
  unavailable: {
    status: 503,
    title: "Temporarily unavailable",
    meaning: "The database cannot be reached or the process is stopping. Nothing was stored.",
    remedy: "Send the request again after the seconds in Retry-After.",
  },
  outcome_unknown: {
    status: 504,
    title: "Outcome unknown",
    meaning:
      "The connection to the database broke while the request was being committed. It may have been stored and may run, or not.",
    remedy:
      "Send it again with the same idempotency key: if it was stored, the answer is the first run. Without a key, look the run up before sending again.",
  },
  internal_error: {
    status: 500,
    title: "Internal error",
    meaning: "A bug in MeshHook.",
    remedy: "Report it with the request id; the log has the details.",
  },

  // Webhooks ------------------------------------------------------------------------------------------------------------
  method_not_allowed: {
    status: 405,
    title: "Method not allowed",
    meaning: "Webhooks are taken by POST only.",
    remedy: "Use POST.",
  },
  signature_invalid: {
    status: 401,
    title: "Signature is not valid",
    meaning:
      "The endpoint wants a signature, and this request has none or not the right one. The answer is the same for every cause.",
    remedy: "Sign the raw body with the endpoint's secret; the endpoint's rejections tell its owner the cause.",
  },
  idempotency_key_invalid: {
    status: 400,
    title: "Idempotency key is not valid",
    meaning: "The key is empty, longer than 255 characters, or has characters outside printable ASCII.",
    remedy: "Send a key of 1 to 255 printable ASCII characters.",
  },
  idempotency_key_reused: {
    status: 409,
    title: "Idempotency key used for another body",
    meaning: "The same key came before with a different body. Nothing was stored.",
    remedy: "Use a new key for a new delivery.",
  },
  endpoint_not_published: {
    status: 409,
    title: "Workflow has no published version",
    meaning: "The endpoint's workflow was never published, so that there is nothing to run.",
    remedy: "Publish the workflow, then send the webhook again.",
  },

  // API -----------------------------------------------------------------------------------------------------------------
  definition_invalid: {
    status: 422,
    title: "Workflow definition is not valid",
    meaning: "The definition cannot be run; `issues` lists everything that is wrong.",
    remedy: "Correct every issue; each names its place and a fix.",
  },
  slug_mismatch: {
    status: 422,
    title: "Slug belongs to another workflow",
    meaning: "The definition's slug is not the slug of the workflow that is to be changed. Slugs never change.",
    remedy: "Give the definition the workflow's slug, or create another workflow.",
  },
  workflow_exists: {
    status: 409,
    title: "Workflow exists already",
    meaning: "The project has a workflow with this slug.",
    remedy: "Change it with PUT /api/v1/workflows/{workflow}, or choose another slug.",
  },
  revision_conflict: {
    status: 409,
    title: "Draft has changed",
    meaning: "Somebody saved the draft after the revision that this change was made from.",
    remedy: "Read the workflow, make the change again, and send the new revision.",
  },
  project_exists: {
    status: 409,
    title: "Project exists already",
    meaning: "There is a project with this slug.",
    remedy: "Choose another slug.",
  },
  secret_missing: {
    status: 422,
    title: "Signing secret missing",
    meaning: "The endpoint checks signatures but has no secret, or has a secret but checks no signatures.",
    remedy: "Give `secret` together with `signature: github-sha256`, and only then.",
  },
  too_many_streams: {
    status: 429,
    title: "Too many streams",
    meaning: "The project has as many open event streams as are allowed.",
    remedy: "Close streams that are not needed, then connect again after the seconds in Retry-After.",
  },
} as const satisfies { readonly [code: string]: ProblemDefinition };

export type ProblemCode = keyof typeof problems;

/** The `type` of a problem: a relative URI reference that stays the same. */
export function problemType(code: ProblemCode): string {
  return `/problems/${code}`;
}
