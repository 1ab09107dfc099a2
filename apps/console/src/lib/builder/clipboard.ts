import { isStart, nodeTypes, parseJsonInput, type EdgeDefinition, type NodeDefinition } from "@meshhook/core";
import { positionsOf, type Position } from "#lib/graph/positions.ts";

import { readDraft, type Draft } from "./draft.ts";
import { freshNodeId } from "./node-id.ts";
import { renameInConfig } from "./rename-in-config.ts";

/** The distance of a pasted copy from its original. */
const SHIFT = 40;

/** Nodes with the edges between them as text: a document's nodes, edges and layout, so that a whole document pastes the same way. */
export function copyText(draft: Draft, ids: ReadonlySet<string>): string {
  const positions = positionsOf(draft);
  const chosen = Object.keys(draft.nodes).filter((id) => ids.has(id));
  return JSON.stringify(
    {
      nodes: Object.fromEntries(chosen.map((id) => [id, draft.nodes[id]])),
      edges: draft.edges.filter(({ from, to }) => ids.has(from) && ids.has(to)),
      layout: Object.fromEntries(chosen.map((id) => [id, positions[id]])),
    },
    null,
    2,
  );
}

export interface Pasted {
  readonly draft: Draft;
  /** The new nodes. */
  readonly ids: readonly string[];
}

/**
 * Adds the nodes of a copied text. Ids that are taken get a new one, in the edges and expressions of the copy too; a second webhook
 * or schedule is left out. Null when the text contains no nodes.
 */
export function paste(draft: Draft, text: string): Pasted | null {
  const source = readCopied(text);
  if (source === null) return null;
  const taken = new Set(Object.keys(draft.nodes));
  const starts = new Set(
    Object.values(draft.nodes)
      .map(({ type }) => type)
      .filter(isStart),
  );
  const renamed = new Map<string, string>();
  for (const [id, node] of Object.entries(source.nodes)) {
    if (starts.has(node.type)) continue;
    const fresh = taken.has(id) ? freshNodeId(id, undefined, taken) : id;
    taken.add(fresh);
    renamed.set(id, fresh);
  }
  if (renamed.size === 0) return null;
  const positions = positionsOf(source);
  const nodes: { [id: string]: NodeDefinition } = {};
  const layout: { [id: string]: Position } = {};
  for (const [id, fresh] of renamed) {
    const node = source.nodes[id];
    if (node === undefined) continue;
    const schema = nodeTypes.get(node.type)?.configSchema;
    nodes[fresh] = {
      ...node,
      config: schema === undefined ? node.config : renameInConfig(node.config, schema, renamed),
    };
    const { x, y } = positions[id] ?? { x: 0, y: 0 };
    layout[fresh] = { x: x + SHIFT, y: y + SHIFT };
  }
  const edges = source.edges.flatMap((edge): EdgeDefinition[] => {
    const [from, to] = [renamed.get(edge.from), renamed.get(edge.to)];
    return from === undefined || to === undefined ? [] : [{ ...edge, from, to }];
  });
  return {
    ids: [...renamed.values()],
    draft: {
      ...draft,
      nodes: { ...draft.nodes, ...nodes },
      edges: [...draft.edges, ...edges],
      layout: { ...positionsOf(draft), ...layout },
    },
  };
}

function readCopied(text: string): Draft | null {
  if (!text.trimStart().startsWith("{")) return null;
  try {
    return readDraft(parseJsonInput(text))?.draft ?? null;
  } catch {
    return null;
  }
}
