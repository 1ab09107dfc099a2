import { Document, Scalar, visit } from "yaml";
import type { WorkflowDefinition } from "./definition.ts";
import { EXACT_NUMBER_TAG } from "./yaml-numbers.ts";

export type DocumentFormat = "json" | "yaml";

/** Several lines that a block preserves; surrounding space would count as indentation. */
const FIT_FOR_BLOCK = /^\S(?:[^]*\S)?\n?$/;

/**
 * Writes a definition as text for people and files: `parseDefinition` reads the same definition back, with its keys in the same order.
 *
 * JSON is indented by two spaces. YAML is version 1.2 in block style, without anchors, and lines are not folded, so that an expression
 * stays on its line. Ends with a line break.
 *
 * @param definition  May be invalid: an unfinished definition is written unchanged.
 */
export function formatDefinition(definition: WorkflowDefinition, format: DocumentFormat): string {
  if (format === "json") return `${JSON.stringify(definition, null, 2)}\n`;
  const document = new Document(definition, {
    version: "1.2",
    schema: "core",
    aliasDuplicateObjects: false,
    customTags: (tags) => [EXACT_NUMBER_TAG, ...tags],
  });
  visit(document, {
    Scalar: (_, scalar) => {
      const { value } = scalar;
      if (typeof value === "string" && value.includes("\n") && !FIT_FOR_BLOCK.test(value))
        scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0 });
}
