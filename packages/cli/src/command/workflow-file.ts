import { readFile } from "node:fs/promises";

import { parseDefinition, type Issue, type WorkflowDefinition } from "@meshhook/core";

import { CommandError } from "../exit-codes.ts";

/** A workflow document read from a file. */
export interface WorkflowFile {
  readonly path: string;
  readonly definition: WorkflowDefinition;
}

/** Reads and validates workflow files. With a mistake in any of them, all mistakes of all of them are reported and none is returned. */
export async function readWorkflowFiles(paths: readonly string[]): Promise<readonly WorkflowFile[]> {
  const files: WorkflowFile[] = [];
  const mistakes: string[] = [];
  for (const path of paths) {
    let text: string;
    try {
      text = decode(await readFile(path));
    } catch (error) {
      mistakes.push(`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    const result = parseDefinition(text, /\.ya?ml$/i.test(path) ? "yaml" : "json");
    if ("issues" in result) mistakes.push(...result.issues.map((issue) => issueText(path, issue)));
    else files.push({ path, definition: result.definition });
  }
  if (mistakes.length > 0) {
    throw new CommandError(
      "badInput",
      `${mistakes.length === 1 ? "One mistake" : `${mistakes.length} mistakes`}, nothing was applied:\n${mistakes.join("\n")}`,
    );
  }
  return files;
}

/** A byte-order mark is left out. Bytes that are not UTF-8 would become other text, silently. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    throw new Error(`it is not UTF-8${isUtf16 ? " but UTF-16" : ""}; save it as UTF-8`, { cause: error });
  }
}

function issueText(path: string, issue: Issue): string {
  return `${path}${issue.path === "" ? "" : ` ${issue.path}`}: ${issue.message} [${issue.code}]\n    ${issue.fix}`;
}
