import { LOOP } from "../node/loop-body.ts";
import type { NodeDefinition } from "./definition.ts";
import { nodeAt } from "./edge-check.ts";
import { type Neighbours, neighbours, reachable } from "./reach.ts";
import { type ReadablePart, readablePartOf } from "./readable-part.ts";

/** A graph of a document as far as it can be read: the workflow itself, or the body of a loop. */
export class GraphPart {
  readonly part: ReadablePart;
  /** Where it is in the document. */
  readonly path: readonly string[];
  /** The loop whose body it is, and the graph of that loop; null for the workflow itself. */
  readonly opener: { readonly id: string; readonly outside: GraphPart } | null;
  /** The loops around it, innermost first. */
  readonly loops: readonly string[];
  #before: Neighbours | null = null;

  constructor(part: ReadablePart, path: readonly string[], opener: GraphPart["opener"]) {
    this.part = part;
    this.path = path;
    this.opener = opener;
    this.loops = opener === null ? [] : [opener.id, ...opener.outside.loops];
  }

  /** The nodes that come directly before each node. */
  get before(): Neighbours {
    const { part } = this;
    this.#before ??= neighbours(
      part.edges.flatMap((edge) =>
        edge !== null && nodeAt(part, edge.from) !== undefined && nodeAt(part, edge.to) !== undefined ? [edge] : [],
      ),
      "from",
    );
    return this.#before;
  }

  /** An unreadable edge may lead anywhere: then a step that seems not to come before another may well do so. */
  get hasAllEdges(): boolean {
    return this.part.hasAllEdges && (this.opener === null || this.opener.outside.hasAllEdges);
  }

  /**
   * The steps that come before a node, in this graph and in those around it. When it runs, they have ended or were skipped, unless a join on
   * the way does not wait for them.
   *
   * @param id  Null: at the end of the graph.
   */
  stepsBefore(id: string | null): ReadonlySet<string> {
    const steps = id === null ? new Set(Object.keys(this.part.nodes)) : reachable(id, this.before);
    if (id !== null) steps.delete(id);
    if (this.opener !== null) for (const outer of this.opener.outside.stepsBefore(this.opener.id)) steps.add(outer);
    return steps;
  }
}

/** The graphs of a document, each behind the one that it is part of. */
export function graphsOf(root: ReadablePart): readonly GraphPart[] {
  const graphs = [new GraphPart(root, [], null)];
  // Also visits those that are added meanwhile.
  for (const outside of graphs) {
    for (const [id, node] of Object.entries(outside.part.nodes)) {
      const part = bodyPartOf(node);
      const path = [...outside.path, "nodes", id, "config", "body"];
      if (part !== null) graphs.push(new GraphPart(part, path, { id, outside }));
    }
  }
  return graphs;
}

function bodyPartOf({ type, config }: NodeDefinition): ReadablePart | null {
  return type === LOOP ? readablePartOf(config["body"] ?? null) : null;
}
