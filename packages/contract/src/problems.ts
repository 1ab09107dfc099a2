/** One kind of problem that a caller can get. */
export interface ProblemDefinition {
  /** HTTP status; the same for every occurrence. */
  readonly status: number;
  readonly title: string;
  /** What the problem means. */
  readonly meaning: string;
  /** What to do. */
  readonly remedy: string;
}

/** Every problem MeshHook answers with, by stable code. `docs/reference/errors.md` and the OpenAPI document are generated from it. */
export const problems = {
  // Any request ---------------------------------------------------------------------------------------------------------
  bad_request: {
    status: 400,
    title: "Malformed HTTP request",
    meaning: "The bytes received are not a valid HTTP/1.1 request.",
    remedy: "Use an HTTP client library, or check lengths, line endings and header names.",
  },
  http_version_unsupported: {
    status: 505,
    title: "HTTP version not supported",
    meaning: "The request line names an HTTP version that MeshHook does not support.",
    remedy: "Use HTTP/1.1.",
  },
  transfer_coding_unsupported: {
    status: 501,
    title: "Transfer coding not supported",
    meaning: "The request has a Transfer-Encoding other than `chunked`.",
    remedy: "Send the body chunked or with a Content-Length. To compress it, use Content-Encoding.",
  },
  method_not_implemented: {
    status: 501,
    title: "Method not implemented",
    meaning: "MeshHook does not implement the request's method.",
    remedy: "Use a method that the path allows. /docs lists all routes.",
  },
  method_not_allowed: {
    status: 405,
    title: "Method not allowed",
    meaning:
      "The path exists but does not accept this method. Webhooks are sent with POST, unless the endpoint's `methods` says otherwise.",
    remedy: "Use a method listed in the Allow header.",
  },
  precondition_failed: {
    status: 412,
    title: "Precondition failed",
    meaning:
      "What the path names is not as the request's If-Match, If-None-Match or If-Unmodified-Since requires. Nothing was changed.",
    remedy: "Read it again, make the change again if it still applies, and send the new `etag`.",
  },
  range_not_satisfiable: {
    status: 416,
    title: "Range not satisfiable",
    meaning: "The Range header asks for bytes that the file does not have.",
    remedy: "Ask for a range within the length that Content-Range names, or for the whole file.",
  },
  expectation_failed: {
    status: 417,
    title: "Expectation cannot be met",
    meaning: "The Expect header is not 100-continue.",
    remedy: "Leave out the header, or send 100-continue.",
  },
  request_timeout: {
    status: 408,
    title: "Request timeout",
    meaning: "The headers did not arrive within 10 seconds, or the whole request did not arrive within 30 seconds.",
    remedy: "Send the whole request without pausing. If the connection was interrupted, send it again.",
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
    meaning: "The path does not exist, or the resource it names does not exist in this project.",
    remedy: "Check the path and the id. /docs lists all routes.",
  },
  body_too_large: {
    status: 413,
    title: "Body too large",
    meaning: "The request body is larger than this address accepts.",
    remedy: "Send a smaller body, or raise the endpoint's `bodyBytesMax`.",
  },
  content_type_unsupported: {
    status: 415,
    title: "Content type not supported",
    meaning:
      "The Content-Type is missing or malformed, or names a type or charset that MeshHook does not support, or a type that the endpoint does not accept.",
    remedy: "Send JSON. Webhooks may also be forms, text or XML; the Accept header of the answer lists the types.",
  },
  content_encoding_unsupported: {
    status: 415,
    title: "Content encoding not supported",
    meaning: "The body is compressed with a coding that MeshHook does not support.",
    remedy: "Send the body uncompressed, or use a coding listed in the Accept-Encoding header of the answer.",
  },
  content_encoding_invalid: {
    status: 400,
    title: "Body does not match its Content-Encoding",
    meaning: "The body cannot be decompressed with the coding that Content-Encoding names, or is truncated.",
    remedy:
      "Compress the body with the coding that Content-Encoding names, or send it uncompressed without that header.",
  },
  body_not_utf8: {
    status: 400,
    title: "Body is not UTF-8",
    meaning: "The body contains bytes that are not valid UTF-8.",
    remedy: "Encode the body in UTF-8, or name its charset in Content-Type.",
  },
  body_not_in_charset: {
    status: 400,
    title: "Body is not in its charset",
    meaning: "The body contains bytes that are not valid in the charset named by its Content-Type.",
    remedy: "Name the charset the body is encoded in, or encode it in UTF-8.",
  },
  query_not_utf8: {
    status: 400,
    title: "Query string is not UTF-8",
    meaning: "The query string contains percent-encoded bytes that are not valid UTF-8.",
    remedy: "Encode the query string in UTF-8.",
  },
  multipart_invalid: {
    status: 400,
    title: "Body is not multipart/form-data",
    meaning: "The body does not use the boundary from its Content-Type, is truncated, or has a part without a name.",
    remedy: "Send multipart/form-data as defined in RFC 7578.",
  },
  too_many_fields: {
    status: 400,
    title: "Form has too many fields",
    meaning: "The form has more than 20,000 fields, or the multipart body has more than 1,000 parts.",
    remedy: "Split the form into several requests.",
  },
  json_invalid: {
    status: 400,
    title: "Body is not valid JSON",
    meaning: "The body cannot be parsed as JSON (RFC 8259).",
    remedy: "Correct the body at the offset given in `detail`.",
  },
  json_too_deep: {
    status: 400,
    title: "JSON is nested too deeply",
    meaning: "The JSON body is nested more than 64 levels deep.",
    remedy: "Flatten the body.",
  },
  json_too_large: {
    status: 400,
    title: "JSON has too many values",
    meaning:
      "The JSON body contains more than 250,000 values, or more than 20,000 numbers with more digits than a double holds.",
    remedy: "Split the body into several requests. Send long numbers, such as ids, as strings.",
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
    meaning: "Fields are missing, unknown, or have values that are not allowed. `issues` lists every one.",
    remedy: "Correct every issue and send the request again.",
  },
  cursor_invalid: {
    status: 422,
    title: "Cursor is not valid",
    meaning: "The cursor was altered, or belongs to another project, query or run.",
    remedy: "Start again without a cursor.",
  },
  unauthenticated: {
    status: 401,
    title: "API key is missing or not valid",
    meaning:
      "The request has neither an `Authorization: Bearer mh_…` header nor a session, the key is unknown or revoked, or the session has ended.",
    remedy: "Send a valid API key, or sign in again.",
  },
  cross_site_request: {
    status: 403,
    title: "Request from another site",
    meaning: "A request that uses a session to make a change did not come from a page of this MeshHook installation.",
    remedy:
      "In programs, send an API key instead of the cookie. Behind a proxy, forward the Host, Origin and Sec-Fetch-Site headers.",
  },
  scope_insufficient: {
    status: 403,
    title: "API key has insufficient scope",
    meaning: "The scope of the API key does not allow this request.",
    remedy: "Use a key with the scope named in `detail`.",
  },
  key_expired: {
    status: 401,
    title: "API key has expired",
    meaning: "The API key was good until the time that it was created for.",
    remedy: "Create a new key, in the settings of the project.",
  },
  token_invalid: {
    status: 401,
    title: "Token is not accepted",
    meaning: "The signed token in the Authorization header does not meet the settings of this installation.",
    remedy: "Send a token of the configured issuer that has not expired, or an API key.",
  },
  sign_in_failed: {
    status: 401,
    title: "Address or password is wrong",
    meaning: "No user with this address and this password may sign in.",
    remedy: "Check both. An administrator of the installation can set another password.",
  },
  sign_in_delayed: {
    status: 429,
    title: "Too many failed sign-ins",
    meaning: "Sign-ins for this address, or from this network, have failed several times in a row.",
    remedy:
      "Sign in after the number of seconds in Retry-After. A browser in which the person has signed in before does not wait for others.",
  },
  role_insufficient: {
    status: 403,
    title: "Role does not allow this",
    meaning: "The person's role in the project does not allow this request.",
    remedy: "Ask an owner of the project, or for the role named in `detail`.",
  },
  project_closed: {
    status: 403,
    title: "No role in the project",
    meaning:
      "The caller may not use the project that the session or the header `meshhook-project` names, or any project.",
    remedy: "Choose another project, or ask an owner of the project to add you.",
  },
  person_required: {
    status: 403,
    title: "Only for people",
    meaning: "The request is about the account of a person, but an API key was sent.",
    remedy: "Sign in with an e-mail address.",
  },
  provider_refused: {
    status: 403,
    title: "Identity provider did not sign in",
    meaning: "The identity provider did not confirm who the person is, or the person may not sign in here.",
    remedy: "Do what `detail` says; then sign in again.",
  },
  provider_unavailable: {
    status: 503,
    title: "Identity provider is unavailable",
    meaning: "The identity provider cannot be reached, or does not answer as it should.",
    remedy: "Try again; if that does not help, check `MESHHOOK_OIDC_ISSUER`.",
  },
  users_exist: {
    status: 409,
    title: "There are users already",
    meaning: "The first administrator can be created only while there are no users.",
    remedy: "Sign in, or have an administrator create the user.",
  },
  user_exists: {
    status: 409,
    title: "User already exists",
    meaning: "A user with this e-mail address already exists.",
    remedy: "Use the user that exists.",
  },
  identity_linked: {
    status: 409,
    title: "Identity is linked already",
    meaning: "The identity belongs to another user, or the user has another identity of the same issuer.",
    remedy: "Check the subject; an identity is linked to one user for good.",
  },
  organisation_exists: {
    status: 409,
    title: "Organisation already exists",
    meaning: "An organisation with this slug already exists.",
    remedy: "Choose another slug.",
  },
  last_owner: {
    status: 409,
    title: "Last owner",
    meaning: "The organisation would have no owner any more.",
    remedy: "Make somebody else an owner of the organisation first.",
  },
  last_admin: {
    status: 409,
    title: "Last administrator",
    meaning: "The installation would have no administrator any more.",
    remedy: "Make somebody else an administrator first.",
  },
  overloaded: {
    status: 503,
    title: "Overloaded",
    meaning: "A queue is full. Nothing was stored.",
    remedy: "Send the request again after the number of seconds in Retry-After.",
  },
  unavailable: {
    status: 503,
    title: "Temporarily unavailable",
    meaning:
      "The database cannot be reached, the process is stopping, it cannot read the endpoint's workflow, for example because a newer version published it, or it cannot get the public keys of the sender. Nothing was stored.",
    remedy: "Send the request again after the number of seconds in Retry-After.",
  },
  run_failed: {
    status: 500,
    title: "Run failed",
    meaning:
      "The webhook was stored, but its run failed or was canceled before the workflow made the answer that the endpoint sends.",
    remedy:
      "Look up the run named by `runId`. Sending the webhook again with the same idempotency key gives the same answer; without a key it starts another run.",
  },
  outcome_unknown: {
    status: 504,
    title: "Outcome unknown",
    meaning:
      "The connection to the database was lost while the request was being committed. The request may or may not have been stored, and may or may not run.",
    remedy:
      "Send it again with the same idempotency key: if it was stored, the answer is the first run. Without a key, look up the run before sending again.",
  },
  internal_error: {
    status: 500,
    title: "Internal error",
    meaning: "The request failed because of a bug in MeshHook.",
    remedy: "Report it with the request id. The log has the details.",
  },

  // Webhooks ------------------------------------------------------------------------------------------------------------
  signature_invalid: {
    status: 401,
    title: "Signature is not valid",
    meaning:
      "The endpoint requires a signature, and the request's signature is missing, wrong or too old. The answer is the same in every case.",
    remedy: "Sign the request as the endpoint's `signature` says. The endpoint's rejections show its owner the cause.",
  },
  verify_token_wrong: {
    status: 403,
    title: "Verification refused",
    meaning: "The token in the verification request is not the endpoint's `verifyToken`.",
    remedy: "Enter the endpoint's `verifyToken` at the provider.",
  },
  verification_unrecognized: {
    status: 400,
    title: "Verification request not recognized",
    meaning:
      "A GET has a query, and it is not a verification request that is answered here. Webhooks are sent by POST.",
    remedy: "Send webhooks by POST; the guide to webhooks lists the verification requests that are answered.",
  },
  idempotency_key_invalid: {
    status: 400,
    title: "Idempotency key is not valid",
    meaning:
      "The key is empty, is longer than 255 characters, contains characters other than printable ASCII, or was sent twice with different values.",
    remedy: "Send one key of 1 to 255 printable ASCII characters.",
  },
  idempotency_key_reused: {
    status: 409,
    title: "Idempotency key already used with another body",
    meaning:
      "An earlier request used the same key with a different body, and bodies are compared: by the API always, by an endpoint according to its `sameKey`. Nothing was stored.",
    remedy: "Use a new key for a new request. For webhooks, you can also change the endpoint's `sameKey`.",
  },
  request_differs: {
    status: 422,
    title: "Idempotency key already used for another request",
    meaning:
      "An earlier request to this route of the API used the same key, with other parameters or another body. Nothing was changed.",
    remedy: "Use a new key for a new request. To repeat a request, send it unchanged.",
  },
  request_in_progress: {
    status: 409,
    title: "Request is being carried out",
    meaning:
      "A request with the same idempotency key is being carried out, or the process that was at it ended less than a minute ago. This one changed nothing.",
    remedy: "Send the request again after the number of seconds in Retry-After.",
  },
  endpoint_paused: {
    status: 503,
    title: "Endpoint is paused",
    meaning: "The endpoint's owner has paused it. Nothing was stored.",
    remedy: "Send the webhook again later. The owner resumes the endpoint in the console or with `meshhook resume`.",
  },
  rate_limited: {
    status: 429,
    title: "Too many requests",
    meaning:
      "The endpoint or its project has accepted as many webhooks as its `rateLimit` allows. Nothing was stored. The RateLimit headers say how many are left.",
    remedy: "Send the webhook again after the number of seconds in Retry-After, or raise the limit.",
  },
  address_not_allowed: {
    status: 403,
    title: "Address is not allowed",
    meaning: "The request comes from an address that is not among the endpoint's `allowedAddresses`.",
    remedy:
      "Send from an allowed address, or add this one: the endpoint's rejections show it. Behind a proxy, set MESHHOOK_TRUSTED_PROXIES.",
  },
  body_not_allowed: {
    status: 400,
    title: "Body is not allowed",
    meaning: "A GET or DELETE request delivers its query, and this one also has a body.",
    remedy: "Leave the body out, or send it with POST, PUT or PATCH.",
  },
  cloudevent_invalid: {
    status: 400,
    title: "Not a CloudEvent",
    meaning:
      "The endpoint accepts CloudEvents 1.0, and the request is none: an attribute is missing, empty or sent twice, or the request is in neither of the two modes.",
    remedy:
      "Send `specversion`, `id`, `source` and `type`: as members of application/cloudevents+json, or as headers with the prefix `ce-`.",
  },
  payload_invalid: {
    status: 422,
    title: "Payload does not match the schema",
    meaning:
      "The endpoint has a `payloadSchema`, and the payload does not match it. `issues` lists the first faults, each with its place in the payload.",
    remedy: "Send a payload that matches. If it is right as it is, change the endpoint's `payloadSchema`.",
  },
  delivery_key_invalid: {
    status: 422,
    title: "Delivery cannot be identified",
    meaning:
      "The endpoint's `dedupeExpression` fails for this request, or yields something else than a text or a number.",
    remedy: "Change the expression; the endpoint's rejections show its owner the cause. Or send `idempotency-key`.",
  },
  redaction_impossible: {
    status: 422,
    title: "Delivery cannot be redacted",
    meaning:
      "Rules say what of the delivery must not be stored, and applying them would take more work than one delivery may. Nothing was stored.",
    remedy: "Send less at once, or name paths instead of patterns in the rules of the endpoint and its project.",
  },
  signing_impossible: {
    status: 422,
    title: "Delivery cannot be signed here",
    meaning:
      "The endpoint checks signatures with the sender's public key, and only the sender has the key that signs. Nothing was sent.",
    remedy:
      "Use the sender's own test button or command. To try the workflow, send with `sign: false` to another endpoint of it that checks no signatures.",
  },
  endpoint_not_published: {
    status: 409,
    title: "Workflow has no published version",
    meaning: "The endpoint's workflow has never been published, so there is nothing to run.",
    remedy: "Publish the workflow, then send the webhook again.",
  },

  // API -----------------------------------------------------------------------------------------------------------------
  definition_invalid: {
    status: 422,
    title: "Workflow definition is not valid",
    meaning: "The definition cannot be run. `issues` lists every mistake.",
    remedy: "Correct every issue. Each one names its location and a fix.",
  },
  slug_mismatch: {
    status: 422,
    title: "Slug does not match the workflow",
    meaning:
      "The slug in the definition is not the slug of the workflow being changed. A workflow's slug never changes.",
    remedy: "Use the workflow's slug in the definition, or create another workflow.",
  },
  workflow_exists: {
    status: 409,
    title: "Workflow already exists",
    meaning: "The project already has a workflow with this slug.",
    remedy: "Change it with PUT /api/v1/workflows/{workflow}, or choose another slug.",
  },
  revision_conflict: {
    status: 409,
    title: "Draft has changed",
    meaning: "The draft was saved again after the revision that this change is based on.",
    remedy: "Read the workflow, make the change again, and send the new `revision`.",
  },
  project_exists: {
    status: 409,
    title: "Project already exists",
    meaning: "A project with this slug already exists.",
    remedy: "Choose another slug.",
  },
  alias_taken: {
    status: 409,
    title: "Alias already taken",
    meaning: "Another endpoint of the project has this alias.",
    remedy: "Choose another alias, or change that of the other endpoint first.",
  },
  secret_missing: {
    status: 422,
    title: "Signing secret does not match the signature setting",
    meaning:
      "The endpoint checks signatures but would have no secret, or has a secret but does not check signatures with one.",
    remedy:
      "Send `secret` if `signature` needs one: every kind except `none`, and `jwt` with a `jwksUrl`. The newest signing key cannot be removed; add another one first.",
  },
  secret_in_use: {
    status: 409,
    title: "Secret is in use",
    meaning: "The active versions of workflows name the secret, so that their calls would fail. Nothing was deleted.",
    remedy: "Publish these workflows without the secret, or delete it with `?force=true`.",
  },
  secrets_full: {
    status: 409,
    title: "Too many secrets",
    meaning: "The project has as many secrets as a project may have. Nothing was stored.",
    remedy: "Delete secrets that are no longer used; their `usedAt` says when that was last.",
  },
  alerts_full: {
    status: 409,
    title: "Too many alert rules or channels",
    meaning: "The project has as many rules or channels for alerts as a project may have. Nothing was stored.",
    remedy: "Delete some that are no longer used.",
  },
  mail_off: {
    status: 409,
    title: "Mail is not set up",
    meaning: "A channel for alerts by e-mail needs a mail server, and this installation names none.",
    remedy: "Set MESHHOOK_SMTP_URL and MESHHOOK_MAIL_FROM and start again, or use a webhook.",
  },
  run_over: {
    status: 409,
    title: "Run is over",
    meaning: "The run has ended, so that it takes no more signals. Nothing was stored.",
    remedy: "Look at the run with GET /api/v1/runs/{runId}; its result says how it ended.",
  },
  signal_too_large: {
    status: 413,
    title: "Signal too large",
    meaning:
      "The payload of a signal is larger than 64 kB, or that of a link to one larger than 1 kB. Nothing was stored.",
    remedy: "Send what the workflow needs, for example an id, and let the workflow fetch the rest.",
  },
  signals_full: {
    status: 409,
    title: "Run has too many signals",
    meaning:
      "The run has been sent 1,000 signals, or 4 MiB of payloads, which is as much as one run takes. Nothing was stored.",
    remedy: "Use a run for each event instead of one that collects them.",
  },
  run_of_newer_version: {
    status: 409,
    title: "Run of a newer version",
    meaning:
      "A newer version of MeshHook started the run or published its workflow, and the version that answers cannot fold it. Nothing is lost.",
    remedy: "Ask a process of the newer version, or update this one.",
  },
  run_not_set_aside: {
    status: 409,
    title: "Run is not set aside",
    meaning: "Only a run that is set aside can be released, and this one is not. Nothing was changed.",
    remedy: "List the runs that are set aside with GET /api/v1/runs/set-aside.",
  },
  job_filter_invalid: {
    status: 422,
    title: "Filter does not fit the job",
    meaning: "The filter selects runs that this kind of job does not work on, or contradicts itself.",
    remedy:
      "For `replay` select runs that have ended, for `cancel` running ones; use `code`, `node` and `text` for failed runs only.",
  },
  run_not_failed: {
    status: 409,
    title: "Run has not failed",
    meaning: "Only a failed run has an error to show, and this run has not failed.",
    remedy: "Look at the run with GET /api/v1/runs/{runId}, or list failed runs with GET /api/v1/failures.",
  },
  run_in_progress: {
    status: 409,
    title: "Run is in progress",
    meaning:
      "Only a run that has ended can be resumed from a step or erased, and this one goes on. Nothing was changed.",
    remedy: "Wait until it has ended, or cancel it first.",
  },
  step_unknown: {
    status: 422,
    title: "Step does not exist",
    meaning: "The run has no step at this place: no such node, or no such iteration of a loop.",
    remedy: "Name a node of the run's version and, inside loops, the numbers of the iterations, outermost first.",
  },
  step_not_reached: {
    status: 409,
    title: "Step was never reached",
    meaning: "The step never ran in this run, so there is nothing to continue from. Nothing was changed.",
    remedy: "Resume from a step that ran, or replay the run.",
  },
  step_outcome_unknown: {
    status: 409,
    title: "Outcome of another step is unknown",
    meaning:
      "The at-most-once call of another step may have been sent, and its answer was not recorded. It can neither be kept nor be repeated.",
    remedy: "Resume from the step named in `detail` if its call may be sent again.",
  },
  output_not_kept: {
    status: 422,
    title: "Output cannot be edited",
    meaning: "An output was given for a step that is not kept, or that the resumed step does not see.",
    remedy: "Give outputs only for steps that ended before the resumed step and are not inside another iteration.",
  },
  workflow_deleted: {
    status: 409,
    title: "Workflow was deleted",
    meaning: "The run's workflow was deleted, and a deleted workflow starts no runs.",
    remedy: "Create the workflow again and send the webhook to its endpoint.",
  },
  too_many_streams: {
    status: 429,
    title: "Too many streams",
    meaning: "The project has reached its limit of open event streams.",
    remedy: "Close streams you no longer need, then connect again after the number of seconds in Retry-After.",
  },
} as const satisfies { readonly [code: string]: ProblemDefinition };

export type ProblemCode = keyof typeof problems;

/** The `type` of a problem: a relative URI reference that stays the same. */
export function problemType(code: ProblemCode): string {
  return `/problems/${code}`;
}
