import type { Json, JsonObject } from "../json.ts";

/** Nodes and the edges between them: a workflow, or the body of a loop. */
export interface GraphDefinition {
  /** By id. Ids are immutable: expressions and recorded facts refer to them. */
  readonly nodes: { readonly [id: string]: NodeDefinition };
  readonly edges: readonly EdgeDefinition[];
  /** Positions on the canvas. */
  readonly layout?: { readonly [id: string]: { readonly x: number; readonly y: number } };
}

/**
 * A workflow as its author writes it. Immutable, and valid when it comes from `parseDefinition` or `validateDefinition`.
 *
 * `workflowSchema` is the equivalent JSON Schema; docs/reference shows it to people.
 */
export interface WorkflowDefinition extends GraphDefinition {
  readonly $schema?: string;
  readonly apiVersion: "meshhook/v1";
  readonly kind: "Workflow";
  /** Unique in a project; part of URLs. */
  readonly slug: string;
  readonly name?: string;
  readonly description?: string;
  readonly input?: { readonly schema?: Json; readonly sample?: Json };
  readonly limits?: { readonly concurrency?: number };
  /** How long a run may take, in milliseconds. */
  readonly timeoutMs?: number;
}

export interface NodeDefinition {
  /** Name and major version, as in `http_call@1`. */
  readonly type: string;
  readonly label?: string;
  /** When a node with several incoming edges runs: when all are decided, or as soon as one or so many are taken. Default `all`. */
  readonly join?: "all" | "any" | number;
  /** How long the step may wait before it fails, in milliseconds; only for types that wait. */
  readonly timeoutMs?: number;
  /** Its contents depend on `type`. */
  readonly config: JsonObject;
}

export interface EdgeDefinition {
  readonly from: string;
  /** Default `out`. */
  readonly port?: string;
  readonly to: string;
}

export const NODE_ID_PATTERN = "^[a-z][a-z0-9_]{0,47}$";
export const SLUG_PATTERN = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

export const DEFINITION_LIMITS = {
  /** UTF-16 units of the text. */
  textLengthMax: 1_048_576,
  /** In all graphs together. */
  nodesMax: 1000,
  edgesMax: 10_000,
  /** Loops inside each other. */
  loopDepthMax: 8,
} as const;
