import { didYouMean, type Issue, pointer, quote } from "../error/issue.ts";
import type { Json } from "../json.ts";
import { isObject } from "../json-kind.ts";
import { ConfigReader, type FoundLink, type FoundReferences } from "../node/config-reader.ts";
import type { NodeType } from "../node/node-type.ts";
import { nodeTypes } from "../node/registry.ts";
import { planOf } from "../plan/compile.ts";
import type { Plan, PlanStep } from "../plan/plan.ts";
import { checkLinks } from "./check-links.ts";
import { checkReferences } from "./check-references.ts";
import { copyJson, NotADocumentError } from "./copy-json.ts";
import { DEFINITION_LIMITS, type NodeDefinition, type WorkflowDefinition } from "./definition.ts";
import { checkGraph } from "./graph.ts";
import { type GraphPart, graphsOf } from "./graph-part.ts";
import { isJsonSchema } from "./is-json-schema.ts";
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

/** Checks configs, graphs and expressions. Returns the steps of the nodes without mistakes. */
function checkPart(root: ReadablePart, issues: Issue[]): Map<string, PlanStep> {
  const graphs = graphsOf(root);
  const steps = new Map<string, PlanStep>();
  const links: FoundLink[] = [];
  const found = graphs.map((graph) => readConfigs(graph, steps, links, issues));
  const known = checkIds(graphs, issues);
  for (const graph of graphs) issues.push(...checkGraph(graph));
  for (const [index, graph] of graphs.entries()) {
    for (const [id, references] of found[index] ?? []) {
      const inside = graphs.find(({ opener }) => opener?.id === id && opener.outside === graph) ?? null;
      issues.push(...checkReferences(id, references, { graph, inside, known }));
    }
  }
  issues.push(...checkLinks(links, [...steps.values()]));
  return steps;
}

/** Checks what holds over all graphs together. Returns the ids of all nodes. */
function checkIds(graphs: readonly GraphPart[], issues: Issue[]): ReadonlySet<string> {
  const places = new Map<string, string>();
  for (const { part, path, loops } of graphs) {
    const { loopDepthMax, nodesMax } = DEFINITION_LIMITS;
    if (loops.length === loopDepthMax + 1) {
      const message = `The loop ${quote(loops[0])} is inside ${loopDepthMax} other loops; that is one too many.`;
      issues.push({
        path: pointer(...path),
        code: "loop_too_deep",
        message,
        fix: "Move its body to the loop around it.",
      });
    }
    for (const id of Object.keys(part.nodes)) {
      const place = pointer(...path, "nodes", id);
      const first = places.get(id);
      if (first === undefined) places.set(id, place);
      else {
        const message = `The id ${quote(id)} is also the id of ${first}.`;
        issues.push({
          path: place,
          code: "node_id_duplicate",
          message,
          fix: "Give it another id: ids are unique over all graphs of a workflow.",
        });
      }
    }
    if (places.size > nodesMax && places.size - Object.keys(part.nodes).length <= nodesMax && path.length > 0) {
      const message = `The workflow has more than ${nodesMax} nodes, those in loops included.`;
      issues.push({ path: pointer(...path), code: "invalid_value", message, fix: "Split it into several workflows." });
    }
  }
  return new Set(places.keys());
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
  const id = /(?:^|\/config\/body)\/nodes\/([^/]*)$/.exec(issue.path)?.[1];
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
  { part, path }: GraphPart,
  steps: Map<string, PlanStep>,
  links: FoundLink[],
  issues: Issue[],
): Map<string, readonly FoundReferences[]> {
  const found = new Map<string, readonly FoundReferences[]>();
  for (const [id, node] of Object.entries(part.nodes)) {
    if (node === UNREADABLE) continue;
    const read = readConfig([...path, "nodes", id], node);
    issues.push(...read.issues.map(named));
    found.set(id, read.found);
    links.push(...read.links);
    if (read.step !== null) steps.set(id, read.step);
  }
  return found;
}

interface ReadConfig {
  readonly step: PlanStep | null;
  readonly issues: readonly Issue[];
  readonly found: readonly FoundReferences[];
  readonly links: readonly FoundLink[];
}

function readConfig(path: readonly string[], { type, config, timeoutMs }: NodeDefinition): ReadConfig {
  const nodeType = nodeTypes.get(type);
  if (nodeType === undefined) {
    const known = [...nodeTypes.keys()];
    return {
      step: null,
      issues: [
        {
          path: pointer(...path, "type"),
          code: "unknown_node_type",
          message: `The node ${quote(path.at(-1))} has the unknown type ${quote(type)}${didYouMean(type, known) || "."}`,
          fix: `Use one of ${known.join(", ")}.`,
        },
      ],
      found: [],
      links: [],
    };
  }
  const reader = new ConfigReader([...path, "config"]);
  const step = nodeType.compile(config, reader);
  const issues =
    timeoutMs === undefined || nodeType.waits === true
      ? reader.issues
      : [needlessTimeout(path, nodeType), ...reader.issues];
  return { step, issues, found: reader.found, links: reader.links };
}

function needlessTimeout(path: readonly string[], { type, configSchema }: NodeType): Issue {
  const { properties } = configSchema as { readonly properties: object };
  const hasOwn = Object.hasOwn(properties, "timeoutMs");
  return {
    path: pointer(...path, "timeoutMs"),
    code: "unknown_field",
    message: hasOwn
      ? `The field "timeoutMs" of a ${type} node belongs in its config.`
      : `The field "timeoutMs" is not allowed here, because a ${type} node does not wait.`,
    fix: hasOwn ? 'Move it into "config".' : 'Remove "timeoutMs".',
  };
}
