import type { CatalogueEntry } from "./catalogue-entry.ts";

/** What can be wrong with a definition, by code. `docs/reference/errors.md` is made from it. */
export const issueCatalogue = {
  document_syntax: {
    meaning: "The text is not JSON or not YAML.",
    remedy: "Correct the text at the place the message names.",
  },
  document_too_large: {
    meaning: "The document has more than 1 MiB of text, 250 000 values or 64 levels.",
    remedy: "Split the workflow, or move large samples out of the document.",
  },
  document_not_json: {
    meaning:
      "The document holds something that JSON cannot: a number that is not finite, a function, a reference to itself.",
    remedy: "Use only objects, arrays, strings, finite numbers, booleans and null.",
  },
  missing_field: { meaning: "A field that must be there is not.", remedy: "Add the field." },
  unknown_field: {
    meaning: "A field has no meaning at its place; most often it is misspelt.",
    remedy: "Remove or rename the field.",
  },
  wrong_type: { meaning: "A value has the wrong JSON type.", remedy: "Use the type that the message names." },
  invalid_value: {
    meaning: "A value is of the right type but not allowed.",
    remedy: "Choose a value within what the message names.",
  },
  invalid_node_id: {
    meaning: "A node's id is not allowed. Ids are used in expressions and never change.",
    remedy: "Use 1 to 48 lower-case letters, digits and underscores, starting with a letter.",
  },
  unknown_node_type: {
    meaning: "No node type has this name and major version.",
    remedy: "Use one of the types that the message lists.",
  },
  webhook_missing: { meaning: "No node starts the workflow.", remedy: "Add one node of type webhook@1." },
  webhook_several: {
    meaning: "More than one node would start the workflow.",
    remedy: "Keep one node of type webhook@1.",
  },
  edge_unknown_node: {
    meaning: "An edge starts or ends at a node that does not exist.",
    remedy: "Correct the id, or remove the edge.",
  },
  edge_unknown_port: {
    meaning: "An edge leaves by a port that the node does not have.",
    remedy: "Use one of the ports that the message lists.",
  },
  edge_duplicate: { meaning: "Two edges join the same port and node.", remedy: "Remove one of them." },
  edge_into_webhook: {
    meaning: "An edge ends at the webhook node, which starts the run.",
    remedy: "Let the edge end at another node.",
  },
  edge_from_terminate: {
    meaning: "An edge leaves a terminate node, which ends the run.",
    remedy: "Remove the edge, or the terminate node.",
  },
  cycle: {
    meaning: "Edges lead back to a node that they came from; a run could not end.",
    remedy: "Remove one edge of the cycle that the message names.",
  },
  node_unreachable: {
    meaning: "No path leads from the webhook to a node; it could never run.",
    remedy: "Add an edge to the node, or remove it.",
  },
  layout_unknown_node: {
    meaning: "The layout places a node that does not exist.",
    remedy: "Correct the id, or remove the entry.",
  },
  expression_syntax: {
    meaning: "An expression or template cannot be read.",
    remedy: "Correct the expression at the offset that the message names.",
  },
  expression_unknown_function: {
    meaning: "An expression calls a function that does not exist.",
    remedy: "Use a function of JMESPath Community.",
  },
  expression_too_large: {
    meaning: "An expression is longer or deeper than allowed.",
    remedy: "Split it over several transform nodes.",
  },
  reference_unknown_name: {
    meaning: "An expression starts at a name that its scope does not have. It would always give null.",
    remedy: "Start at input, headers, query, nodes, run or now.",
  },
  reference_unknown_node: { meaning: "An expression refers to a node that does not exist.", remedy: "Correct the id." },
  reference_not_upstream: {
    meaning: "An expression refers to a node that need not be finished when the expression is evaluated.",
    remedy: "Refer to nodes on paths that lead to this node, or add an edge.",
  },
  reference_unbounded: {
    meaning:
      "An expression uses the whole scope or all of `nodes` as a value, so that nobody can tell what it depends on.",
    remedy: "Name what is needed, as in nodes.<id>.output.",
  },
  url_invalid: {
    meaning: "The URL of an http_call is not an absolute http or https URL with a literal host.",
    remedy: "Write scheme and host literally, as in https://api.example.com/items/{{ input.id }}.",
  },
  header_invalid: {
    meaning: "A header's name or value is not allowed by HTTP.",
    remedy: "Use letters, digits and hyphens in names; no line breaks in values.",
  },
  header_forbidden: {
    meaning: "A header is set by MeshHook itself or belongs to the connection.",
    remedy: "Remove the header.",
  },
  header_duplicate: { meaning: "Two headers differ only in case.", remedy: "Keep one of them." },
  body_forbidden: {
    meaning: "A request with this method has no body.",
    remedy: "Remove the body, or use POST, PUT, PATCH or DELETE.",
  },
  port_duplicate: { meaning: "Two cases of a branch share a port.", remedy: "Give each case its own port." },
} as const satisfies { readonly [code: string]: CatalogueEntry };

export type IssueCode = keyof typeof issueCatalogue;
