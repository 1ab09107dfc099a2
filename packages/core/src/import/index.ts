import { type Issue, quote } from "../error/issue.ts";
import type { Json, JsonObject } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { JsonInputError } from "../json-input-error.ts";
import { parseJsonInput } from "../json-input.ts";
import { DEFINITION_LIMITS } from "../definition/definition.ts";
import { validateDefinition } from "../definition/validate.ts";
import { isN8nDocument } from "./n8n/document.ts";
import { importN8n } from "./n8n/import.ts";
import { type ImportNote, Notes } from "./note.ts";
import { isUpstreamDocument } from "./upstream/document.ts";
import { importUpstream } from "./upstream/import.ts";

export type { ImportNote } from "./note.ts";

/** Where a document comes from. `upstream`: documents of nodes and edges as the first MeshHook has them. */
export type ImportFormat = "n8n" | "upstream";
export const IMPORT_FORMATS: readonly ImportFormat[] = ["n8n", "upstream"];

/** A document of another tool as one of ours. */
export interface ImportedDocument {
  readonly from: ImportFormat;
  /** Valid where `issues` is empty; otherwise it can be saved as a draft and be finished in the builder. */
  readonly definition: JsonObject;
  /** Everything that was not understood or works differently here, in the order of the document. */
  readonly notes: readonly ImportNote[];
  /** What validation says about the definition. */
  readonly issues: readonly Issue[];
}

/** A text that is not a document of a known tool. */
export interface UnreadableDocument {
  readonly message: string;
  readonly fix: string;
}

/**
 * Turns a workflow of another tool into a document of ours. Never throws, and guesses nothing silently: what is not understood is in
 * `notes`, and the definition is then not valid at that place.
 *
 * @param text  JSON, as the other tool exports it.
 * @param from  Where it comes from; by default, found out from its shape.
 */
export function importDocument(text: string, from: ImportFormat | null = null): ImportedDocument | UnreadableDocument {
  const read = readText(text);
  if ("message" in read) return read;
  const { document } = read;
  const format = isN8nDocument(document) ? "n8n" : isUpstreamDocument(document) ? "upstream" : null;
  if (format === null || (from !== null && format !== from)) {
    const wanted = from === null ? "a workflow of n8n or a document of nodes and edges" : `a document of ${from}`;
    return {
      message: `The file is not ${wanted}: ${describe(document)}.`,
      fix: "An n8n workflow has nodes and connections, an upstream document nodes and edges. Export the workflow as JSON again.",
    };
  }
  const { nodes } = document;
  const count = isArray(nodes) ? nodes.length : 0;
  if (count > DEFINITION_LIMITS.nodesMax) {
    const message = `The workflow has ${count} nodes; the limit is ${DEFINITION_LIMITS.nodesMax}.`;
    return { message, fix: "Split it into several workflows." };
  }
  const notes = new Notes();
  const definition = format === "n8n" ? importN8n(document, notes) : importUpstream(document, notes);
  const checked = validateDefinition(definition);
  return { from: format, definition, notes: notes.all, issues: "issues" in checked ? checked.issues : [] };
}

function readText(text: string): { readonly document: JsonObject } | UnreadableDocument {
  const { textLengthMax } = DEFINITION_LIMITS;
  if (text.length > 4 * textLengthMax) {
    const message = `The file has ${text.length} characters; the limit is ${4 * textLengthMax}.`;
    return { message, fix: "Export the workflow without its pinned data and its history." };
  }
  let value: Json;
  try {
    value = parseJsonInput(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (!(error instanceof JsonInputError)) throw error;
    return { message: `The file is not JSON: ${error.message}.`, fix: "Export the workflow as JSON again." };
  }
  const [only, ...others] = isArray(value) ? value : [value];
  if (others.length > 0) {
    return {
      message: `The file has ${others.length + 1} workflows.`,
      fix: "Put each workflow into a file of its own.",
    };
  }
  const inner = [only, isObject(only) ? only["data"] : null, isObject(only) ? only["definition"] : null];
  const document = inner.find((item) => isObject(item) && isArray(item["nodes"])) ?? only;
  if (isObject(document)) return { document: named(document, only) };
  return {
    message: `The file is not a workflow: ${describe(document ?? value)}.`,
    fix: "Export the workflow as JSON again.",
  };
}

/** A definition inside of a record has the record's name. */
function named(document: JsonObject, record: Json | undefined): JsonObject {
  const name = isObject(record) ? record["name"] : undefined;
  return document["name"] !== undefined || name === undefined ? document : { ...document, name };
}

function describe(value: Json): string {
  if (!isObject(value)) return `it is ${isArray(value) ? "an empty list" : quote(value)}`;
  const keys = Object.keys(value);
  return keys.length === 0 ? "it is an empty object" : `its fields are ${keys.slice(0, 10).map(quote).join(", ")}`;
}
