import { writeFile } from "node:fs/promises";

import { formatDefinition, type WorkflowDefinition } from "@meshhook/core";
import {
  IMPORT_FORMATS,
  importDocument,
  type ImportedDocument,
  type ImportFormat,
  type ImportNote,
} from "@meshhook/core/import";

import { CommandError, type ExitName } from "../exit-codes.ts";
import { reasonOf } from "../system-error.ts";
import type { Output } from "../terminal/output.ts";
import { visibleLine } from "../terminal/visible.ts";
import { readText } from "./workflow-file.ts";

/** What `meshhook import` was asked to do. */
export interface ImportRequest {
  readonly path: string;
  readonly from: string | null;
  /** Null: the document goes to standard output, and the report to standard error. */
  readonly out: string | null;
}

/**
 * Turns a workflow of another tool into a document of ours, and lists what was not understood.
 *
 * @param report  Where the notes go: standard error where the document itself goes to standard output.
 */
export async function importFile(
  { path, from, out }: ImportRequest,
  output: Output,
  report: (line: string) => void,
): Promise<ExitName> {
  const imported = importDocument(await readText(path), formatOf(from));
  if ("message" in imported) throw new CommandError("badInput", `${path}: ${imported.message} ${imported.fix}`);
  // Not checked yet: it is written as it is, valid or not.
  const text = formatDefinition(imported.definition as unknown as WorkflowDefinition, isYaml(out) ? "yaml" : "json");
  if (out === null) output.line(text.trimEnd());
  else {
    await writeFile(out, text).catch((error: unknown) => {
      throw new CommandError("failed", `Cannot write ${out}: ${reasonOf(error)}`, { cause: error });
    });
  }
  const say = out === null ? report : (line: string): void => output.line(line);
  for (const line of reportLines(path, out, imported)) say(visibleLine(line));
  return imported.issues.length === 0 && !imported.notes.some(isMissing) ? "ok" : "failed";
}

function formatOf(from: string | null): ImportFormat | null {
  if (from === null) return null;
  const known = IMPORT_FORMATS.find((format) => format === from);
  if (known !== undefined) return known;
  throw new CommandError(
    "badInput",
    `--from ${from} is not a format that can be imported. Use ${IMPORT_FORMATS.join(" or ")}.`,
  );
}

function isYaml(out: string | null): boolean {
  return out !== null && /\.ya?ml$/i.test(out);
}

function isMissing({ kind }: ImportNote): boolean {
  return kind === "not_understood";
}

function reportLines(
  path: string,
  out: string | null,
  { from, definition, notes, issues }: ImportedDocument,
): string[] {
  const missing = notes.filter(isMissing);
  const differing = notes.filter((note) => !isMissing(note));
  const { nodes } = definition;
  const count = typeof nodes === "object" && nodes !== null ? Object.keys(nodes).length : 0;
  return [
    `${path} (${from}) became a workflow with ${count} ${count === 1 ? "node" : "nodes"}${out === null ? "" : `: ${out}`}`,
    ...section(missing.length, "was not understood", "were not understood", missing.map(noteText)),
    ...section(differing.length, "works differently here", "work differently here", differing.map(noteText)),
    ...section(
      issues.length,
      "mistake prevents it from being published",
      "mistakes prevent it from being published",
      issues.map((issue) => `${issue.path || "/"}: ${issue.message} [${issue.code}] ${issue.fix}`),
    ),
    issues.length === 0 ? "The result is valid." : "The result can be saved as a draft and finished in the builder.",
  ];
}

function section(count: number, one: string, several: string, lines: readonly string[]): readonly string[] {
  if (count === 0) return [];
  return [`${count} ${count === 1 ? one : several}:`, ...lines.map((line) => `  ${line}`)];
}

function noteText({ node, field, value, message, fix }: ImportNote): string {
  const place = [node, field].filter((part) => part !== null && part !== "").join(" ");
  return `${place === "" ? "" : `${place}: `}${message}${value === "" ? "" : ` (${value})`} ${fix}`;
}
