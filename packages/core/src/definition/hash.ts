import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import canonicalize from "canonicalize";
import { compareCodePoints } from "../expression/text.ts";
import { ExactNumber, isHeldByDouble } from "../json-number.ts";
import { bodyOf } from "../node/loop-body.ts";
import type { EdgeDefinition, GraphDefinition, WorkflowDefinition } from "./definition.ts";

/**
 * The identity of what a workflow does: sha256 over the canonical JSON (RFC 8785) of its slug, nodes, edges, limits, timeouts and input schema; hex.
 *
 * Names, descriptions, labels, layout and samples are left out, and so is the order of keys and edges: publishing a definition that
 * differs only there gives the same version.
 */
export function definitionHash(definition: WorkflowDefinition): string {
  const { nodes, edges } = meaningOf(definition);
  const { apiVersion, kind, slug, input, limits, timeoutMs } = definition;
  const schema = input?.schema === undefined ? {} : { input: { schema: input.schema } };
  const limited = limits?.concurrency === undefined ? {} : { limits: { concurrency: limits.concurrency } };
  const exact: string[] = [];
  const text = canonicalize(
    withDigitsAsText(
      {
        apiVersion,
        kind,
        slug,
        nodes,
        edges,
        ...schema,
        ...limited,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      },
      "",
      exact,
    ),
  );
  if (text === undefined) throw new TypeError("A definition must be an object");
  return bytesToHex(sha256(utf8ToBytes([text, ...exact.sort()].join("\n"))));
}

/** A graph without labels and layout, its edges in an order of their own; so are the bodies of loops. */
function meaningOf({ nodes, edges }: GraphDefinition): { readonly nodes: object; readonly edges: readonly object[] } {
  const meant = Object.entries(nodes).map(([id, node]): [string, object] => {
    const { type, config, join = "all", timeoutMs } = node;
    const body = bodyOf(node);
    const meant = {
      type,
      config: body === null ? config : { ...config, body: meaningOf(body) },
      ...(join === "all" ? {} : { join: join === "any" ? 1 : join }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
    return [id, meant];
  });
  return {
    nodes: Object.fromEntries(meant),
    edges: edges.map(({ from, port = "out", to }) => ({ from, port, to })).sort(compareEdges),
  };
}

/**
 * RFC 8785 supports only doubles. An exact number becomes the text of its digits, and its path is added to the hashed value, so that it
 * differs from a text; without exact numbers nothing is added. A number that differs from a double only in its spelling counts as that
 * double.
 */
function withDigitsAsText(value: unknown, path: string, exact: string[]): unknown {
  if (value instanceof ExactNumber) {
    if (isHeldByDouble(value)) return Number(value.text);
    exact.push(path);
    return value.text;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value))
    return value.map((element: unknown, index) => withDigitsAsText(element, `${path}/${index}`, exact));
  const entries = Object.entries(value).map(
    ([key, member]) => [key, withDigitsAsText(member, `${path}/${JSON.stringify(key)}`, exact)] as const,
  );
  return Object.fromEntries(entries);
}

function compareEdges(a: Required<EdgeDefinition>, b: Required<EdgeDefinition>): number {
  return compareCodePoints(a.from, b.from) || compareCodePoints(a.port, b.port) || compareCodePoints(a.to, b.to);
}
