import type { BenchResult } from "../result/result.ts";

/** The benchmark could not go on, for the reason in `cause`. What it had measured until then is not lost. */
export class BenchBroken extends Error {
  override readonly name = "BenchBroken";
  // Private: whoever prints the error does not print thousands of figures.
  readonly #result: BenchResult;

  constructor(cause: unknown, result: BenchResult) {
    super(`The benchmark broke off. ${reasonsOf(cause)}`, { cause });
    this.#result = result;
  }

  /** With at least one scenario. */
  get result(): BenchResult {
    return this.#result;
  }
}

/** The messages of an error and of what caused it, as one text. */
export function reasonsOf(error: unknown): string {
  const texts: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause) texts.push(current.message);
  return texts.length === 0 ? String(error) : texts.join(" ");
}
