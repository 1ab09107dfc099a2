import { isObject } from "../../shape/shape.ts";
import { BUILT_IN } from "./built-in.ts";
import type { ExpectedResult, WorkflowName } from "./built-in.ts";

/** What a scenario runs. */
export type ScenarioWorkflow =
  | { readonly kind: "built-in"; readonly name: WorkflowName }
  | {
      readonly kind: "own";
      /** As the scenario file names it. */
      readonly path: string;
      readonly document: object;
      readonly expect: OwnExpectation;
    };

/** What somebody says about the runs of a workflow of their own. */
export interface OwnExpectation {
  readonly status: ExpectedResult["status"];
  /** One for each payload, or one for all; null where it is not said. */
  readonly outputs: readonly unknown[] | null;
  /** Calls that every run makes; null where it is not said. */
  readonly calls: number | null;
}

/** Whether runs may call the target. */
export function mayCall(workflow: ScenarioWorkflow): boolean {
  return workflow.kind === "own" ? workflow.expect.calls !== 0 : BUILT_IN[workflow.name].calls > 0;
}

/**
 * The workflow document of a scenario: its own slug, so that every run of the scenario and no other belongs to it, and calls that go to
 * the target on this machine, whatever host the document names. Load never leaves the machine.
 */
export function workflowDocument(workflow: ScenarioWorkflow, scenario: string, sinkPort: number): object {
  const target = `http://127.0.0.1:${String(sinkPort)}`;
  const slug = `bench-${scenario}`;
  if (workflow.kind === "built-in") {
    const text = JSON.stringify(BUILT_IN[workflow.name].document()).replaceAll("http://127.0.0.1:9/", `${target}/`);
    return { ...(JSON.parse(text) as object), slug };
  }
  return { ...withCallsTo(workflow.document, target), slug };
}

/** The parts of a document, or of the body of a loop, that are read here. What does not look like this stays as it is, for MeshHook to refuse. */
interface Graph {
  readonly nodes?: unknown;
}
interface Node {
  readonly type?: unknown;
  readonly config?: { readonly url?: unknown; readonly semantics?: unknown; readonly body?: unknown };
}

/** Whether a document makes calls, and all of them are declared at-most-once. */
export function areCallsOnceOnly(document: Graph): boolean {
  const calls = nodesOf(document).filter(([, node]) => isCall(node));
  return calls.length > 0 && calls.every(([, { config }]) => config?.semantics === "at-most-once");
}

/** Why the benchmark cannot run a document, in a sentence; null when nothing speaks against it. */
export function whyNotMeasured(document: Graph): string | null {
  for (const [id, node] of nodesOf(document)) {
    if (isOf(node, "call_workflow"))
      return `Its node "${id}" calls another workflow, and the benchmark publishes only this one.`;
    if (isOf(node, "schedule"))
      return `Its node "${id}" starts runs by itself, and the audit takes every run that nobody sent for a mistake.`;
  }
  return null;
}

/** Every node with its id, those in the bodies of loops as well. */
function nodesOf({ nodes }: Graph): (readonly [id: string, node: Node])[] {
  if (!isObject(nodes)) return [];
  return Object.entries(nodes).flatMap(([id, value]) => {
    const node = asNode(value);
    if (node === null) return [];
    const body = bodyOf(node);
    return [[id, node] as const, ...(body === null ? [] : nodesOf(body))];
  });
}

function asNode(value: unknown): Node | null {
  return isObject(value) && (value["config"] === undefined || isObject(value["config"])) ? value : null;
}

function isCall(node: Node): boolean {
  return isOf(node, "http_call") || isOf(node, "emit");
}

function isOf({ type }: Node, name: string): boolean {
  return typeof type === "string" && type.startsWith(`${name}@`);
}

/** Of a loop. */
function bodyOf(node: Node): Graph | null {
  const body = node.config?.body;
  return isOf(node, "loop") && isObject(body) ? body : null;
}

function withCallsTo(graph: Graph, target: string): Graph {
  if (!isObject(graph.nodes)) return graph;
  const nodes = Object.entries(graph.nodes).map(([id, node]) => [id, withTarget(node, target)] as const);
  return { ...graph, nodes: Object.fromEntries(nodes) };
}

function withTarget(value: unknown, target: string): unknown {
  const node = asNode(value);
  if (node === null) return value;
  const { config } = node;
  if (isCall(node) && typeof config?.url === "string")
    return { ...node, config: { ...config, url: redirected(config.url, target) } };
  const body = bodyOf(node);
  return body === null ? node : { ...node, config: { ...config, body: withCallsTo(body, target) } };
}

/** The same path and query at the target, which is told the run: it cannot know it otherwise. */
function redirected(url: string, target: string): string {
  const [, path = "", query = ""] = /^https?:\/\/[^/?#]*([^?#]*)(\?[^#]*)?/i.exec(url) ?? [];
  return `${target}${path === "" ? "/" : path}?run={{ run.id }}${query === "" ? "" : `&${query.slice(1)}`}`;
}
