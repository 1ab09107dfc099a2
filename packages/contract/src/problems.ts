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
  http_version_unsupported: {
    status: 505,
    title: "HTTP version not supported",
    meaning: "The request line names a version of HTTP that is not spoken here.",
    remedy: "Use HTTP/1.1.",
  },
  transfer_coding_unsupported: {
    status: 501,
    title: "Transfer coding not supported",
    meaning: "The request has a Transfer-Encoding other than chunked.",
    remedy: "Send the body chunked or with a Content-Length; compress it with Content-Encoding.",
  },
  method_not_implemented: {
    status: 501,
    title: "Method not implemented",
    meaning: "The request's method is not one that anything here knows.",
    remedy: "Use a method that the path allows; see /docs for all routes.",
  },
  method_not_allowed: {
    status: 405,
    title: "Method not allowed",
    meaning: "The path exists, and takes other methods: the header Allow names them. Webhooks are sent by POST.",
    remedy: "Use a method that the header Allow names.",
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
    meaning: "The request line and headers are larger than 16 KiB, or there are more than 100 header lines.",
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
    meaning: "The Content-Type is missing, malformed, or names a type or a charset that is not read here.",
    remedy: "Send JSON; webhooks may also be forms, text or XML. The header Accept of the answer lists the types.",
  },
  content_encoding_unsupported: {
    status: 415,
    title: "Content encoding not supported",
    meaning: "The body is packed in a way that is not undone here.",
    remedy: "Send the body as it is, or in a coding that the header Accept-Encoding of the answer names.",
  },
  content_encoding_invalid: {
    status: 400,
    title: "Body is not what its Content-Encoding says",
    meaning: "The body cannot be unpacked as its Content-Encoding says, or ends too early.",
    remedy: "Pack the body as its Content-Encoding says, or send it without one.",
  },
  body_not_utf8: {
    status: 400,
    title: "Body is not UTF-8",
    meaning: "The body holds bytes that are not valid UTF-8.",
    remedy: "Encode the body in UTF-8, or name its charset in Content-Type.",
  },
  body_not_in_charset: {
    status: 400,
    title: "Body is not in its charset",
    meaning: "The body holds bytes that are not valid in the charset that it names.",
    remedy: "Name the charset that the body is in, or encode it in UTF-8.",
  },
  query_not_utf8: {
    status: 400,
    title: "Query is not UTF-8",
    meaning: "The query of the address holds percent-encoded bytes that are not valid UTF-8.",
    remedy: "Encode the query in UTF-8.",
  },
  multipart_invalid: {
    status: 400,
    title: "Body is not multipart/form-data",
    meaning:
      "The body is not divided by the boundary of its Content-Type, ends too early, or has a part without a name.",
    remedy: "Send multipart/form-data as RFC 7578 says.",
  },
  too_many_fields: {
    status: 400,
    title: "Form has too many fields",
    meaning: "The form holds more than 20 000 fields, or the multipart body more than 1 000 parts.",
    remedy: "Split the form over several requests.",
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
    meaning: "A number in the body has an exponent beyond ±1,000,000.",
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
  signature_invalid: {
    status: 401,
    title: "Signature is not valid",
    meaning:
      "The endpoint wants a signature, and this request has none or not the right one. The answer is the same for every cause.",
    remedy: "Sign the raw body with the endpoint's secret; the endpoint's rejections tell its owner the cause.",
  },
  verify_token_wrong: {
    status: 403,
    title: "Verification refused",
    meaning: "The token of a verification request is not the endpoint's.",
    remedy: "Give the provider the endpoint's verifyToken.",
  },
  idempotency_key_invalid: {
    status: 400,
    title: "Idempotency key is not valid",
    meaning:
      "The key is empty, longer than 255 characters, has characters outside printable ASCII, or came twice with different values.",
    remedy: "Send one key of 1 to 255 printable ASCII characters.",
  },
  idempotency_key_reused: {
    status: 409,
    title: "Idempotency key used for another body",
    meaning: "The same key came before with a different body, and the endpoint compares them. Nothing was stored.",
    remedy: "Use a new key for a new delivery, or set the endpoint's sameKey.",
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
