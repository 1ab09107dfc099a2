import { describe, expect, it } from "vitest";
import { ExpressionSyntaxError } from "./expression-error.ts";
import { expressionFunctions } from "./function-list.ts";
import { parseExpression } from "./parse.ts";

/** The arguments of a signature. */
function kindsOf(signature: string): string[] {
  const list = signature.slice(signature.indexOf("(") + 1, -1);
  return list.replaceAll(/\[.*?\]+/g, "").split(", ");
}

/** A call with an argument of each kind that the signature names, as many as `count` says; the last is repeated. */
function callOf(name: string, signature: string, count: number): string {
  const kinds = kindsOf(signature);
  const args = Array.from({ length: count }, (_, index) => {
    const kind = kinds[index] ?? kinds.at(-1) ?? "";
    return kind.startsWith("&") ? "&x" : "x";
  });
  return `${name}(${args.join(", ")})`;
}

function isAccepted(text: string): boolean {
  try {
    parseExpression(text);
    return true;
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) return false;
    throw error;
  }
}

describe("expressionFunctions", () => {
  it("lists names in order, each once, each with a line about its result", () => {
    const names = expressionFunctions().map(({ name }) => name);
    expect(names).toEqual([...new Set(names)].toSorted());
    expect(names.length).toBeGreaterThan(30);
    for (const { description } of expressionFunctions()) expect(description).toMatch(/^[A-Z][^\n]{8,120}\.$/);
  });

  it.each(expressionFunctions())(
    "$signature can be called as it is written, and not otherwise",
    ({ name, signature }) => {
      const kinds = kindsOf(signature);
      const least = kinds.filter((kind) => !kind.endsWith("?")).length;
      const most = signature.includes("…") ? 9 : kinds.length;
      const accepted = Array.from({ length: 11 }, (_, count) => count).filter((count) =>
        isAccepted(callOf(name, signature, count)),
      );
      expect(accepted[0]).toBe(least);
      expect(accepted.at(-1)).toBe(signature.includes("…") ? 10 : most);
      for (const [index, kind] of kinds.entries()) {
        if (!kind.startsWith("&")) continue;
        const args = callOf(name, signature, kinds.length).replace("&x", "x");
        expect(isAccepted(args), `${args} without the reference at ${index}`).toBe(false);
      }
    },
  );
});
