import { readFile } from "node:fs/promises";

import { parseDefinition, type Issue, type WorkflowDefinition } from "@meshhook/core";

import { CommandError } from "../exit-codes.ts";
import { reasonOf } from "../system-error.ts";

/** A workflow document read from a file. */
export interface WorkflowFile {
  readonly path: string;
  readonly definition: WorkflowDefinition;
}

/** Reads and validates workflow files. If any file has a mistake, all mistakes in all files are reported and none is returned. */
export async function readWorkflowFiles(paths: readonly string[]): Promise<readonly WorkflowFile[]> {
  const files: WorkflowFile[] = [];
  const mistakes: string[] = [];
  for (const path of paths) {
    let text: string;
    try {
      text = decode(await readFile(path));
    } catch (error) {
      mistakes.push(`${path}: Cannot read the file: ${reasonOf(error)}`);
      continue;
    }
    const result = parseDefinition(text, /\.ya?ml$/i.test(path) ? "yaml" : "json");
    if ("issues" in result) mistakes.push(...result.issues.map((issue) => issueText(path, issue)));
    else files.push({ path, definition: result.definition });
  }
  if (mistakes.length > 0) {
    throw new CommandError(
      "badInput",
      `${mistakes.length === 1 ? "One mistake was" : `${mistakes.length} mistakes were`} found, so nothing was applied:\n${mistakes.join("\n")}`,
    );
  }
  return files;
}

/** Reads a text file. @throws CommandError */
export async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  return decodeText(path, bytes);
}

/** Reads the bytes of a text. `path`: where they come from. @throws CommandError */
export function decodeText(path: string, bytes: Uint8Array): string {
  try {
    return decode(bytes);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): CommandError {
  return new CommandError("badInput", `${path}: Cannot read the file: ${reasonOf(error)}`, { cause: error });
}

/** Drops a byte-order mark. Bytes that are not UTF-8 are refused, because decoding would silently change them. */
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    throw new Error(
      `${isUtf16 ? "it is encoded in UTF-16, not UTF-8" : "it is not encoded in UTF-8"}. Save it as UTF-8.`,
      { cause: error },
    );
  }
}

function issueText(path: string, issue: Issue): string {
  return `${path}${issue.path === "" ? "" : ` ${issue.path}`}: ${issue.message} [${issue.code}]\n    ${issue.fix}`;
}
