import type { ImportedDocument } from "@meshhook/core/import";
import type { BenchClient } from "#lib/expression/bench-client.ts";
import { isRecord } from "#lib/json-container.ts";

import { readDraft, type ReadDraft } from "./draft.ts";

/** A document that somebody gave, as a draft. */
export interface ReadDocument extends ReadDraft {
  /** Of another tool's workflow: which tool, and what was not understood or works differently here. Null for a document of ours. */
  readonly imported: Pick<ImportedDocument, "from" | "notes"> | null;
}

/**
 * Reads a document of ours, or a workflow of another tool.
 *
 * @returns What is wrong in sentences; null when a later document took this one's place.
 */
export async function readDocument(
  text: string,
  bench: BenchClient,
): Promise<ReadDocument | { readonly faults: readonly string[] } | null> {
  const foreign = mayBeForeign(text) ? await readForeign(text) : null;
  if (foreign !== null && "draft" in foreign) return foreign;
  const asked = await bench.ask("read", [text]);
  if (asked.kind === "replaced") return null;
  if (asked.kind === "failed") return { faults: [asked.message] };
  const { value, issues } = asked.answer;
  const draft = readDraft(value);
  // A document with a list of nodes is not one of ours, so what is said about the other tools helps more.
  if (foreign !== null && !(isRecord(value) && isRecord(value["nodes"]))) return foreign;
  if (draft !== null) return { ...draft, imported: null };
  return {
    faults:
      issues.length === 0
        ? ["This is not a workflow document: it must be an object."]
        : issues.map(({ message, fix }) => `${message} ${fix}`),
  };
}

/** Other tools keep their nodes in a list, ours are an object. A sample may have such a field too. */
function mayBeForeign(text: string): boolean {
  return /^\s*[[{]/.test(text) && /"nodes"\s*:\s*\[/.test(text);
}

/** The importer comes with a parser of JavaScript, so it is loaded when it is needed. */
async function readForeign(text: string): Promise<ReadDocument | { readonly faults: readonly string[] }> {
  const { importDocument } = await import("@meshhook/core/import");
  const read = importDocument(text);
  if ("message" in read) return { faults: [`${read.message} ${read.fix}`] };
  const draft = readDraft(read.definition);
  if (draft === null) return { faults: ["Nothing in this document could be read."] };
  return { ...draft, imported: { from: read.from, notes: read.notes } };
}
