import { parseDocument, type YAMLError } from "yaml";
import type { IssueCode } from "../error/issue-catalogue.ts";
import type { Issue } from "../error/issue.ts";
import { JsonInputError } from "../json-input-error.ts";
import { parseJsonInput } from "../json-input.ts";
import { DEFINITION_LIMITS, type WorkflowDefinition } from "./definition.ts";
import type { DocumentFormat } from "./format.ts";
import { EXACT_NUMBER_TAG } from "./yaml-numbers.ts";
import { type InvalidDefinition, validateDefinition } from "./validate.ts";

/** A text that is not a valid definition: its issues, and what could be read nevertheless. */
export interface InvalidText extends InvalidDefinition {
  /** The value of a readable document that is not valid; undefined if it is not readable. */
  readonly value: unknown;
}

/** Issues of a whole text rather than of a place in a workflow. */
const UNREADABLE: ReadonlySet<string> = new Set<IssueCode>([
  "document_syntax",
  "document_too_large",
  "document_not_json",
]);

/** One mistake in YAML often causes many errors; those after the first few say nothing new. */
const YAML_MISTAKES_MAX = 5;
/** More references to anchors than this, counted as they multiply, and the document is refused. */
const YAML_ALIASES_MAX = 100;

/**
 * Reads a workflow document from text and checks it like `validateDefinition`. Never throws.
 *
 * YAML is version 1.2 with the core schema: no custom tags, no merge keys, no repeated keys, a bounded number of aliases.
 */
export function parseDefinition(
  text: string,
  format: DocumentFormat,
): { readonly definition: WorkflowDefinition } | InvalidText {
  if (text.length > DEFINITION_LIMITS.textLengthMax) {
    const message = `The document has ${text.length} characters; the limit is ${DEFINITION_LIMITS.textLengthMax}.`;
    const fix = "Split the workflow, or move large samples out of the document.";
    return { issues: [{ path: "", code: "document_too_large", message, fix }], value: undefined };
  }
  const read = format === "json" ? readJson(text) : readYaml(text);
  if ("issues" in read) return { ...read, value: undefined };
  const result = validateDefinition(read.value);
  if (!("issues" in result)) return { definition: result.definition };
  const isReadable = result.issues.every(({ code }) => !UNREADABLE.has(code));
  return { issues: result.issues, value: isReadable ? read.value : undefined };
}

function readJson(text: string): { readonly value: unknown } | InvalidDefinition {
  try {
    return { value: parseJsonInput(text) };
  } catch (error) {
    if (!(error instanceof JsonInputError)) throw error;
    if (error.code === "json_invalid") return { issues: [syntaxIssue(error.message)] };
    const code = error.code === "json_number_range" ? "document_not_json" : "document_too_large";
    return {
      issues: [
        {
          path: "",
          code,
          message: `${error.message}.`,
          fix: "Make the document smaller or less nested, and make its numbers finite.",
        },
      ],
    };
  }
}

function readYaml(text: string): { readonly value: unknown } | InvalidDefinition {
  try {
    const document = parseDocument(text, {
      version: "1.2",
      schema: "core",
      merge: false,
      uniqueKeys: true,
      prettyErrors: true,
      customTags: (tags) => [EXACT_NUMBER_TAG, ...tags],
    });
    const mistakes: readonly YAMLError[] = [...document.errors, ...document.warnings];
    if (mistakes.length > 0)
      return {
        issues: mistakes
          .slice(0, YAML_MISTAKES_MAX)
          .map((mistake) => syntaxIssue(`Not YAML: ${firstLine(mistake.message)}`)),
      };
    const value: unknown = document.toJS({ maxAliasCount: YAML_ALIASES_MAX });
    return { value };
  } catch (error) {
    // Too many aliases, or an alias without its anchor; deep nesting ends in a RangeError.
    return { issues: [syntaxIssue(`Not YAML: ${firstLine(error instanceof Error ? error.message : String(error))}`)] };
  }
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? message;
}

function syntaxIssue(message: string): Issue {
  return {
    path: "",
    code: "document_syntax",
    message: message.replace(/[.:]?$/, "."),
    fix: "Correct the text at this place.",
  };
}
