import type { CatalogueEntry } from "./catalogue-entry.ts";

/** Why a step or a run failed, by code. `docs/reference/errors.md` is made from it. */
export const stepErrorCatalogue = {
  expression_failed: {
    meaning:
      "An expression or a template could not be evaluated on this input: a value has the wrong type, a number is divided by zero, a hole has no value.",
    remedy: "Look at the step's input and change the expression to handle it, for example input.name || 'none'.",
  },
  expression_budget: {
    meaning:
      "An expression exceeded its budget of work, all expressions of a step exceeded the step's, or a result would be too large.",
    remedy: "Select and filter first, process fewer elements, or spread the work over several steps.",
  },
  run_budget: {
    meaning:
      "The run exceeded its budget of work, which counts all its expressions, steps and answers. The run fails; no error port is taken, because the steps behind it would cost more.",
    remedy: "Select and filter first, process fewer elements per delivery, or split the work into several workflows.",
  },
  template_invalid: {
    meaning:
      "A value of a template cannot be written in the form that escape names, such as a control character in XML.",
    remedy: "Look at the step's input and change the value, for example with replace(), or encode it as Base64.",
  },
  xml_invalid: {
    meaning:
      "The value of an xml_json node is not well-formed XML, has a document type, is nested too deep, or cannot be written as XML. The message gives the line and the column, or the element.",
    remedy: "Correct the sender or the value. To go on without it, add an edge from the error port.",
  },
  loop_items_invalid: {
    meaning: "The items of a loop are not an array.",
    remedy: "Correct the expression, or give a default, for example input.lines || `[]`.",
  },
  loop_too_long: {
    meaning: "The items of a loop are more than itemsMax.",
    remedy: "Filter them first, or raise itemsMax (at most 10,000).",
  },
  loop_failed: {
    meaning: "More iterations of a loop failed than it tolerates. The message names the last failure.",
    remedy:
      "Look at the failed iteration. To go on in spite of failures, raise failuresMax or failuresPercentMax, or add an edge from an error port inside the body.",
  },
  child_failed: {
    meaning: "The run that a call_workflow step started has failed. The message names that run and its error.",
    remedy: "Look at that run. To continue this one in spite of it, add an edge from the error port.",
  },
  child_canceled: {
    meaning: "The run that a call_workflow step started was canceled.",
    remedy: "Nothing, if that was intended. To continue this run in spite of it, add an edge from the error port.",
  },
  child_not_found: {
    meaning: "A call_workflow step names a workflow that does not exist in the project, or was deleted.",
    remedy: "Correct the slug, or create the workflow and publish it.",
  },
  child_not_published: {
    meaning: "A call_workflow step names a workflow that has no published version.",
    remedy: "Publish the workflow, then run this one again.",
  },
  child_too_deep: {
    meaning: "A call_workflow step would start a run below 16 other runs that wait for each other.",
    remedy: "Most often a workflow calls itself without end: add a branch that ends the recursion.",
  },
  child_too_many: {
    meaning:
      "A call_workflow step would start a run, but the run above all others that led to it has already led to 100,000 runs, directly or through others.",
    remedy:
      "Most often a workflow calls itself for each item of a list: add a branch that ends the recursion, or send the items as webhooks of their own.",
  },
  child_output_too_large: {
    meaning: "With the output of its child, the run would hold more than runBytesMax of webhook, answers and outputs.",
    remedy: "Let the child return less: end it with a transform or a terminate node that selects what is needed.",
  },
  timeout: {
    meaning: "The complete answer did not arrive within timeoutMs.",
    remedy: "Raise timeoutMs, or find out why the target is slow.",
  },
  network: {
    meaning: "The connection could not be made, or it broke: DNS, connect, reset, a malformed answer.",
    remedy: "Check the URL, and check that the target is running.",
  },
  tls: {
    meaning:
      "The target's certificate was not accepted, the client certificate cannot be used or was not accepted by the target, or the TLS handshake failed for another reason. The call is not retried.",
    remedy:
      "Do what the message says: renew the certificate, correct the host name, name its issuer in `tls.ca` or MESHHOOK_EXTRA_CA_FILE, or give the client certificate that the target demands.",
  },
  forbidden_target: {
    meaning: "The target's address is private, or calls to it are not allowed for another reason.",
    remedy: "Call a public address, or allow this one in MESHHOOK_EGRESS_ALLOW.",
  },
  response_too_large: {
    meaning: "The body of the answer, once decompressed, is larger than responseBytesMax.",
    remedy: "Raise responseBytesMax, or request less data.",
  },
  response_unreadable: {
    meaning: "The answer's content encoding is unknown or corrupt. The call is retried if retry.on contains network.",
    remedy: "Check what the target sends, or request another encoding with an accept-encoding header.",
  },
  redirect_failed: {
    meaning:
      "Redirects formed a loop, exceeded redirectsMax, led from https to http, or led to a URL that cannot be called. The call is not retried.",
    remedy: "Call the URL where the redirects end, or set redirects to none and read the location header.",
  },
  outcome_unknown: {
    meaning:
      "An at-most-once call may have been sent, but there is no usable answer: it timed out, the connection broke, the answer could not be read, or the process ended. The call may or may not have taken effect, and it is never repeated.",
    remedy:
      "Check at the target whether the call took effect. To handle this in the workflow, add an edge from the error port.",
  },
  http_status: {
    meaning:
      "The target answered with an error status that is not retried, or with one that is retried after all attempts were used up. A redirect that is not followed is an error; 304 is not.",
    remedy:
      "Look at the status and the body of the last attempt. To continue the run, add an edge from the error port. For a redirect, correct the URL or set redirects.",
  },
  secret_missing: {
    meaning:
      "The request uses a secret that the project has neither in its vault nor in this process. The request was not sent, and is not tried again.",
    remedy:
      "Store the secret with `meshhook secrets set NAME`, add it to the file that MESHHOOK_SECRETS_FILE names, or correct its name. Every process needs the same file.",
  },
  secret_invalid: {
    meaning:
      "A secret cannot be used where the request has it: it has fewer than 8 characters, a line break in a header, or is not a signing key, or this process lacks the secret key that it was stored under. The request was not sent, and is not tried again.",
    remedy:
      "Correct the value of the secret, or give the process the secret key that the message names. The message says what is wrong, but not the value.",
  },
  link_unavailable: {
    meaning:
      "The request holds a link to a signal, and this process does not know the address at which it is reached. The request was not sent, and is not tried again.",
    remedy: "Set MESHHOOK_PUBLIC_URL in every process to the address at which people reach MeshHook.",
  },
  circuit_open: {
    meaning:
      "The target failed so often that calls to it are held back for a while, and the node asks for its calls to fail meanwhile. The request was not sent.",
    remedy:
      "Find out why the target fails. To let calls wait instead, set circuitBreaker.whenOpen to wait; to go on, add an edge from the error port.",
  },
  request_invalid: {
    meaning:
      "The values of a call do not make a valid request: a header has a line break, the URL is too long, a query parameter or a form field is an object.",
    remedy: "Look at the values that the templates insert.",
  },
  response_invalid: {
    meaning:
      "The values of a terminate node's response do not make a valid HTTP answer: the status is not a whole number from 200 to 599, a header has a line break, the body does not fit the content type, or something is too long.",
    remedy: "Look at the values that the templates insert. The message names the part.",
  },
  delay_invalid: {
    meaning:
      "The duration of a delay is not a whole number of milliseconds from 0 to 366 days, or its time is not a time within the next 366 days.",
    remedy:
      "Set durationMs to such a number, or until to a date with time and zone (2026-12-24T18:00:00Z) or a number since 1970.",
  },
  step_timeout: {
    meaning:
      "A step did not end within its timeoutMs: a call with all its attempts, a delay, a loop, or a wait for a signal without an edge from its timeout port. What it waited for is given up. A call that was under way may have taken effect.",
    remedy:
      "Raise timeoutMs, or find out what took so long. To handle this in the workflow, add an edge from the error port, or from the timeout port of a wait for a signal.",
  },
  run_timeout: {
    meaning:
      "The run did not end within the timeoutMs of its workflow. Its waiting steps were canceled; no error port is taken.",
    remedy:
      "Raise the workflow's timeoutMs, or give timeouts to the steps that may take long, so that the workflow can handle them.",
  },
  signal_name_invalid: {
    meaning:
      "The values of a wait_for_signal node do not make a valid name of a signal: 1 to 200 characters without control characters.",
    remedy: "Look at the values that the name's template inserts.",
  },
  terminated: {
    meaning: "A terminate node ended the run as failed.",
    remedy: "The node's reason says why. If the workflow is meant to fail there, nothing needs to be done.",
  },
} as const satisfies { readonly [code: string]: CatalogueEntry };

export type StepErrorCode = keyof typeof stepErrorCatalogue;
