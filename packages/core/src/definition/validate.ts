import { didYouMean, type Issue, pointer, quote } from "../error/issue.ts";
import type { Json } from "../json.ts";
import { isObject } from "../json-kind.ts";
import { ConfigReader, type FoundReferences } from "../node/config-reader.ts";
import { nodeTypes } from "../node/registry.ts";
import { planOf } from "../plan/compile.ts";
import type { Plan, PlanStep } from "../plan/plan.ts";
import { checkReferences } from "./check-references.ts";
import { copyJson, NotADocumentError } from "./copy-json.ts";
import type { WorkflowDefinition } from "./definition.ts";
import { checkGraph } from "./graph.ts";
import { isJsonSchema } from "./is-json-schema.ts";
import { neighbours } from "./reach.ts";
import { type ReadablePart, readablePartOf, UNREADABLE, wholeOf } from "./readable-part.ts";
import { schemaGuard } from "./schema-guard.ts";
import { envelopeSchema } from "./schema.ts";

/** A valid definition, with its plan and hash. */
export interface ValidDefinition {
  /** A frozen copy; its objects have no prototype. */
  readonly definition: WorkflowDefinition;
  readonly plan: Plan;
  /** `definitionHash(definition)`. */
  readonly hash: string;
}

/** All issues, in the order of the checks; never empty. */
export interface InvalidDefinition {
  readonly issues: readonly Issue[];
}

const isEnvelope = schemaGuard<WorkflowDefinition>(envelopeSchema);

/**
 * Checks a workflow document and compiles it.
 *
 * Never throws: for any value, the result is a valid definition or all of its issues. The graph and the expressions are checked as
 * far as the document's shape allows, even where parts of it are wrong.
 *
 * @param value  Any value; for text use `parseDefinition`.
 */
export function validateDefinition(value: unknown): ValidDefinition | InvalidDefinition {
  const copy = copyDocument(value);
  if ("issues" in copy) return copy;
  const issues: Issue[] = [];
  if (!isEnvelope(copy.json, [], (issue) => void issues.push(named(issue)))) {
    checkInput(copy.json, issues);
    const part = readablePartOf(copy.json);
    if (part !== null) checkPart(part, issues);
    return { issues };
  }
  const definition = copy.json;
  checkInput(definition, issues);
  const steps = checkPart(wholeOf(definition), issues);
  if (issues.length > 0) return { issues };
  const plan = planOf(definition, steps);
  return { definition, plan, hash: plan.hash };
}

/** Checks configs, graph and expressions. Returns the steps of the nodes without mistakes. */
function checkPart(part: ReadablePart, issues: Issue[]): Map<string, PlanStep> {
  const { steps, found } = readConfigs(part, issues);
  const graph = checkGraph(part);
  issues.push(...graph.issues);
  const before = neighbours(graph.links, "from");
  for (const [id, references] of found) issues.push(...checkReferences(id, references, part, before));
  return steps;
}

function copyDocument(value: unknown): { readonly json: Json } | InvalidDefinition {
  try {
    return { json: copyJson(value) };
  } catch (error) {
    if (!(error instanceof NotADocumentError)) throw error;
    const fix =
      error.code === "document_too_large"
        ? "Split the workflow, or move large samples out of the document."
        : "Use only objects, arrays, strings, finite numbers, booleans and null.";
    return { issues: [{ path: pointer(...error.path), code: error.code, message: error.message, fix }] };
  }
}

/** A bad key below `nodes` is a bad node id. */
function named(issue: Issue): Issue {
  const id = /^\/nodes\/([^/]*)$/.exec(issue.path)?.[1];
  if (id === undefined || issue.code !== "invalid_value") return issue;
  return {
    path: issue.path,
    code: "invalid_node_id",
    message: `${quote(id.replaceAll("~1", "/").replaceAll("~0", "~"))} is not a valid node id.`,
    fix: "Use 1 to 48 lower-case letters, digits and underscores, starting with a letter.",
  };
}

function checkInput(document: Json, issues: Issue[]): void {
  const input = isObject(document) ? document["input"] : undefined;
  const schema = isObject(input) ? input["schema"] : undefined;
  if (schema !== undefined && !isJsonSchema(schema)) {
    issues.push({
      path: "/input/schema",
      code: "invalid_value",
      message: "The input schema is not a valid JSON Schema 2020-12.",
      fix: "Correct its keywords. They are described at https://json-schema.org.",
    });
  }
}

function readConfigs(
  definition: ReadablePart,
  issues: Issue[],
): { steps: Map<string, PlanStep>; found: Map<string, readonly FoundReferences[]> } {
  const steps = new Map<string, PlanStep>();
  const found = new Map<string, readonly FoundReferences[]>();
  for (const [id, node] of Object.entries(definition.nodes)) {
    if (node === UNREADABLE) continue;
    const read = readConfig(id, node.type, node.config);
    issues.push(...read.issues);
    found.set(id, read.found);
    if (read.step !== null) steps.set(id, read.step);
  }
  return { steps, found };
}

interface ReadConfig {
  readonly step: PlanStep | null;
  readonly issues: readonly Issue[];
  readonly found: readonly FoundReferences[];
}

function readConfig(id: string, type: string, config: Json): ReadConfig {
  const nodeType = nodeTypes.get(type);
  if (nodeType === undefined) {
    const known = [...nodeTypes.keys()];
    return {
      step: null,
      issues: [
        {
          path: pointer("nodes", id, "type"),
          code: "unknown_node_type",
          message: `The node ${quote(id)} has the unknown type ${quote(type)}${didYouMean(type, known) || "."}`,
          fix: `Use one of ${known.join(", ")}.`,
        },
      ],
      found: [],
    };
  }
  const reader = new ConfigReader(["nodes", id, "config"]);
  const step = nodeType.compile(config, reader);
  return { step, issues: reader.issues, found: reader.found };
}
