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

/** The parts of a document that are changed. What does not look like this stays as it is, for MeshHook to refuse. */
interface Document {
  readonly nodes?: { readonly [id: string]: Node };
}
interface Node {
  readonly type?: unknown;
  readonly config?: { readonly url?: unknown; readonly semantics?: unknown };
}

/** Whether a document makes calls, and all of them are declared at-most-once. */
export function areCallsOnceOnly({ nodes }: Document): boolean {
  if (typeof nodes !== "object" || nodes === null) return false;
  const calls = Object.values(nodes).filter(isCall);
  return calls.length > 0 && calls.every(({ config }) => config?.semantics === "at-most-once");
}

function isCall(node: Node | null): node is Node {
  return typeof node?.type === "string" && node.type.startsWith("http_call@");
}

function withCallsTo(document: Document, target: string): object {
  if (typeof document.nodes !== "object" || document.nodes === null) return document;
  const nodes = Object.entries(document.nodes).map(([id, node]) => {
    const url = node?.config?.url;
    if (!isCall(node) || typeof url !== "string") return [id, node] as const;
    return [id, { ...node, config: { ...node.config, url: redirected(url, target) } }] as const;
  });
  return { ...document, nodes: Object.fromEntries(nodes) };
}

/** The same path and query at the target, which is told the run: it cannot know it otherwise. */
function redirected(url: string, target: string): string {
  const [, path = "", query = ""] = /^https?:\/\/[^/?#]*([^?#]*)(\?[^#]*)?/i.exec(url) ?? [];
  return `${target}${path === "" ? "/" : path}?run={{ run.id }}${query === "" ? "" : `&${query.slice(1)}`}`;
}
