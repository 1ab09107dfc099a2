import type { CatalogueEntry } from "./catalogue-entry.ts";

/** What can be wrong with a definition, by code. `docs/reference/errors.md` is made from it. */
export const issueCatalogue = {
  document_syntax: {
    meaning: "The text is not JSON or not YAML.",
    remedy: "Correct the text at the position that the message gives.",
  },
  document_too_large: {
    meaning: "The document exceeds 1 MiB of text, 250,000 values or 64 levels of nesting.",
    remedy: "Split the workflow, or move large samples out of the document.",
  },
  document_not_json: {
    meaning:
      "The document contains something that JSON cannot express: a number that is not finite, a function, a reference to itself.",
    remedy: "Use only objects, arrays, strings, finite numbers, booleans and null.",
  },
  missing_field: { meaning: "A required field is missing.", remedy: "Add the field." },
  unknown_field: {
    meaning: "The field does not exist here. Most often its name is misspelt.",
    remedy: "Remove or rename the field.",
  },
  wrong_type: { meaning: "A value has the wrong JSON type.", remedy: "Use the type that the message names." },
  invalid_value: {
    meaning: "A value has the right type but is not allowed.",
    remedy: "Use a value that the message allows.",
  },
  invalid_node_id: {
    meaning: "A node id is not valid. Expressions refer to nodes by id.",
    remedy: "Use 1 to 48 lower-case letters, digits and underscores, starting with a letter.",
  },
  unknown_node_type: {
    meaning: "There is no node type with this name and major version.",
    remedy: "Use one of the types that the message lists.",
  },
  webhook_missing: {
    meaning: "The workflow has no node that starts it.",
    remedy: "Add a node of type webhook@1 or schedule@1.",
  },
  webhook_several: {
    meaning: "The workflow has several webhooks, or several schedules.",
    remedy: "Keep one node of type webhook@1, and one of type schedule@1.",
  },
  webhook_in_loop: {
    meaning: "The body of a loop has a webhook or a schedule.",
    remedy: "Remove it: an iteration starts at the nodes that no edge leads to.",
  },
  node_id_duplicate: {
    meaning: "Two nodes of the workflow, one of them in the body of a loop, have the same id.",
    remedy: "Give one of them another id: ids are unique over all graphs of a workflow.",
  },
  loop_too_deep: {
    meaning: "Loops are nested more than 8 deep.",
    remedy: "Move the body of the innermost loop to the loop around it.",
  },
  edge_unknown_node: {
    meaning: "An edge starts or ends at a node that does not exist.",
    remedy: "Correct the id, or remove the edge.",
  },
  edge_unknown_port: {
    meaning: "An edge leaves by a port that the node does not have.",
    remedy: "Use one of the ports that the message lists.",
  },
  edge_duplicate: { meaning: "Two edges connect the same port to the same node.", remedy: "Remove one of them." },
  edge_into_webhook: {
    meaning: "An edge ends at a webhook or a schedule, which start the run.",
    remedy: "Connect the edge to another node.",
  },
  edge_from_terminate: {
    meaning: "An edge leaves a terminate node, which ends the run.",
    remedy: "Remove the edge, or the terminate node.",
  },
  cycle: {
    meaning: "The edges form a cycle, so a run could never end.",
    remedy: "Remove one edge of the cycle that the message names.",
  },
  node_unreachable: {
    meaning: "No path leads from the webhook or the schedule to the node, so it could never run.",
    remedy: "Add an edge to the node, or remove it.",
  },
  layout_unknown_node: {
    meaning: "The layout has an entry for a node that does not exist.",
    remedy: "Correct the id, or remove the entry.",
  },
  expression_syntax: {
    meaning: "An expression or a template has a syntax error.",
    remedy: "Correct it at the offset that the message gives.",
  },
  expression_unknown_function: {
    meaning: "An expression calls a function that does not exist.",
    remedy: "Use one of the functions in the guide to expressions.",
  },
  expression_too_large: {
    meaning: "An expression is too long or too deeply nested.",
    remedy: "Split it into several transform nodes.",
  },
  reference_unknown_name: {
    meaning: "An expression uses a name that does not exist in its scope. Its value would always be null.",
    remedy: "Use input, headers, query, nodes, run or now.",
  },
  reference_unknown_node: { meaning: "An expression refers to a node that does not exist.", remedy: "Correct the id." },
  reference_not_upstream: {
    meaning: "An expression refers to a node that may not have run yet when the expression is evaluated.",
    remedy: "Refer to a node on a path that leads to this node, or add an edge.",
  },
  reference_unbounded: {
    meaning: "An expression uses the whole scope or all of `nodes` as a value, which hides what it depends on.",
    remedy: "Name the values that it needs, for example nodes.<id>.output.",
  },
  secret_misplaced: {
    meaning:
      "An expression uses a secret where no request is made, or computes something from it. The values of secrets are known only when a request is sent.",
    remedy:
      "Write {{ secrets.NAME }} as a hole of its own in the URL, the query, a header or the body of http_call or emit.",
  },
  link_misplaced: {
    meaning:
      "An expression uses a link to a signal where no request is made, or computes something from it. Links are made when a request is sent.",
    remedy:
      "Write {{ links.SIGNAL }} or {{ links.SIGNAL.CHOICE }} as a hole of its own in the body, a header or the query of http_call or emit.",
  },
  link_unknown_signal: {
    meaning: "A request holds a link to a signal for which no step of the workflow waits.",
    remedy: "Correct the name of the signal, or add a wait_for_signal node with this name.",
  },
  url_invalid: {
    meaning: "The URL of a call is not an absolute http or https URL with a literal host.",
    remedy: "Write the scheme and the host literally, for example https://api.example.com/items/{{ input.id }}.",
  },
  header_invalid: {
    meaning: "HTTP does not allow the name or the value of a header.",
    remedy: "Use letters, digits and hyphens in names, and no line breaks in values.",
  },
  header_forbidden: {
    meaning:
      "MeshHook sets this header itself, it belongs to the connection, or browsers would apply it to everything at MeshHook's address.",
    remedy: "Remove the header.",
  },
  header_duplicate: { meaning: "Two header names differ only in case.", remedy: "Keep one of them." },
  body_forbidden: {
    meaning: "A request with this method, or an answer with this status, cannot have a body.",
    remedy:
      "Remove the body. A request may have one with POST, PUT, PATCH or DELETE, an answer with most other statuses.",
  },
  cron_invalid: {
    meaning: "The cron line of a schedule cannot be read.",
    remedy: "Write five fields (minute, hour, day of the month, month, day of the week), or six with seconds in front.",
  },
  cron_never: {
    meaning: "The cron line of a schedule names no time that will come, such as 30 February.",
    remedy: "Correct the day, the month or the year.",
  },
  timezone_unknown: {
    meaning: "The time zone of a schedule is not known.",
    remedy: "Use an IANA name such as Europe/Berlin, or UTC.",
  },
  join_impossible: {
    meaning: "A node waits for more taken edges than lead to it, or has a choice of edges where there is none.",
    remedy: "Use a number up to the number of edges, or remove the join.",
  },
  port_duplicate: { meaning: "Two cases of a branch use the same port.", remedy: "Give each case its own port." },
} as const satisfies { readonly [code: string]: CatalogueEntry };

export type IssueCode = keyof typeof issueCatalogue;
