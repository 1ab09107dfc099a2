import { JsonInputError, type Json, parseJsonInput } from "@meshhook/core";

import { CommandError } from "../exit-codes.ts";
import { readText } from "./workflow-file.ts";

/**
 * Reads JSON that was given on the command line: as it is, or in a file after `@`.
 *
 * @param what  What was given, as the start of a sentence, such as `The payload`.
 * @throws CommandError
 */
export async function readJsonArgument(what: string, given: string): Promise<Json> {
  const path = given.startsWith("@") ? given.slice(1) : null;
  const text = path === null ? given : await readText(path);
  try {
    return parseJsonInput(text);
  } catch (cause) {
    if (!(cause instanceof JsonInputError)) throw cause;
    const found = path === null ? what : `The file ${path}`;
    const remedy = path === null ? `; write text as '"text"', and a file as @FILE` : "";
    throw new CommandError("badInput", `${found} is not JSON: ${cause.message}${remedy}.`, { cause });
  }
}
