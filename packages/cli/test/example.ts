import { readFile } from "node:fs/promises";

import { parseJsonInput, type Json } from "@meshhook/core";

const EXAMPLES = new URL("../../../examples/", import.meta.url);

/** The text of an example's file. With `host`, every `https://….example.com` in it becomes that address: hosts are literal in documents. */
export async function exampleText(path: string, host: string | null = null): Promise<string> {
  const text = await readFile(new URL(path, EXAMPLES), "utf8");
  return host === null ? text : text.replaceAll(/https:\/\/[a-z]+\.example\.com/g, host);
}

/** An example's payload as the intake would read it. */
export async function examplePayload(path: string): Promise<{ readonly text: string; readonly json: Json }> {
  const text = await exampleText(path);
  return { text, json: parseJsonInput(text) };
}
