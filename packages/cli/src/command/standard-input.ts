import { CommandError } from "../exit-codes.ts";
import { decodeText } from "./workflow-file.ts";

/** Reads a confidential text from standard input. `what`: as in "the value". @throws CommandError  It is a terminal, which would show it. */
export async function readConfidential(what: string): Promise<string> {
  if (process.stdin.isTTY)
    throw new CommandError(
      "badInput",
      `${what} is read from standard input, which is a terminal that would show it. Write it to a file, and add < FILE.`,
    );
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return decodeText("standard input", Buffer.concat(chunks));
}
