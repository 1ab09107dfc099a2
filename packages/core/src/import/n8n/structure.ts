import type { N8nDocument, N8nEdge, N8nNode } from "./document.ts";

/** Which nodes stand in which loop. In n8n a loop is a cycle of connections through a node; here it is a graph in a graph. */
export class Structure {
  readonly #document: N8nDocument;
  readonly #bodies = new Map<string, ReadonlySet<string>>();
  readonly #choices = new Map<string, Choices>();
  readonly #into = new Map<string, N8nEdge[]>();
  readonly #outOf = new Map<string, N8nEdge[]>();

  constructor(document: N8nDocument) {
    this.#document = document;
    for (const edge of document.edges) {
      listIn(this.#into, edge.to).push(edge);
      listIn(this.#outOf, edge.from).push(edge);
    }
    for (const node of document.nodes.values()) {
      if (isLoop(node)) this.#bodies.set(node.name, this.#reach(node));
    }
  }

  /** The nodes in the body of a loop, those of loops inside included. */
  bodyOf(loop: string): ReadonlySet<string> {
    return this.#bodies.get(loop) ?? new Set();
  }

  /** The innermost loop that a node is in; null outside of loops. */
  loopOf(name: string): string | null {
    let found: string | null = null;
    for (const [loop, body] of this.#bodies) {
      if (loop === name || !body.has(name)) continue;
      if (found === null || body.size < this.bodyOf(found).size) found = loop;
    }
    return found;
  }

  /** The edges of a step to others of its graph: without those that begin a body or lead back to a loop. */
  edgesFrom(name: string): readonly N8nEdge[] {
    const loop = this.loopOf(name);
    return this.outgoing(name).filter(
      (edge) => this.loopOf(edge.to) === loop && !this.#begins(edge) && !this.#closes(edge),
    );
  }

  /** Edges from one graph into another that are not part of a loop. */
  get crossing(): readonly N8nEdge[] {
    return this.#document.edges.filter(
      (edge) => this.loopOf(edge.from) !== this.loopOf(edge.to) && !this.#begins(edge) && !this.#closes(edge),
    );
  }

  /** What a node gets its data from; a loop gets nothing from its own body. */
  incoming(name: string): readonly N8nEdge[] {
    return (this.#into.get(name) ?? []).filter((edge) => !this.#closes(edge));
  }

  /** The edges that lead from the body back to its loop. */
  closing(loop: string): readonly N8nEdge[] {
    return (this.#into.get(loop) ?? []).filter((edge) => this.#closes(edge));
  }

  outgoing(name: string): readonly N8nEdge[] {
    return this.#outOf.get(name) ?? [];
  }

  /** Of edges with this property only one is taken in a run: they come from different outputs of a node that chooses one. */
  areExclusive(edges: readonly N8nEdge[]): boolean {
    const choices = edges.map((edge) => this.#choicesOf(edge));
    return choices.every((one, index) =>
      choices.slice(index + 1).every((other) =>
        [...one].some(([name, outputs]) => {
          const others = other.get(name);
          return others !== undefined && [...outputs].every((output) => !others.has(output));
        }),
      ),
    );
  }

  #begins({ from, output }: N8nEdge): boolean {
    const node = this.#document.nodes.get(from);
    return node !== undefined && isLoop(node) && output === loopOutput(node);
  }

  #closes({ from, to }: N8nEdge): boolean {
    return this.#bodies.get(to)?.has(from) === true;
  }

  #reach(loop: N8nNode): ReadonlySet<string> {
    const reached = new Set<string>();
    const waiting = this.outgoing(loop.name).filter(({ output }) => output === loopOutput(loop));
    for (let edge = waiting.pop(); edge !== undefined; edge = waiting.pop()) {
      if (edge.to === loop.name || reached.has(edge.to)) continue;
      reached.add(edge.to);
      waiting.push(...this.outgoing(edge.to));
    }
    return reached;
  }

  /** The outputs of choosing nodes that every way to an edge goes through. */
  #choicesOf({ from, output }: N8nEdge): Choices {
    const choices = new Map(this.#choicesOfNode(from));
    const node = this.#document.nodes.get(from);
    if (node !== undefined && choosesOutput(node)) choices.set(from, new Set([output]));
    return choices;
  }

  #choicesOfNode(name: string): Choices {
    const known = this.#choices.get(name);
    if (known !== undefined) return known;
    // A cycle adds nothing.
    this.#choices.set(name, new Map());
    const [first, ...rest] = this.incoming(name).map((edge) => this.#choicesOf(edge));
    const common = new Map(first ?? []);
    for (const [branch, outputs] of common) {
      const others = rest.map((choices) => choices.get(branch));
      if (others.includes(undefined)) common.delete(branch);
      else common.set(branch, new Set([...outputs, ...others.flatMap((other) => [...(other ?? [])])]));
    }
    this.#choices.set(name, common);
    return common;
  }
}

function listIn(lists: Map<string, N8nEdge[]>, name: string): N8nEdge[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

type Choices = ReadonlyMap<string, ReadonlySet<number>>;

export function isLoop({ type }: N8nNode): boolean {
  return type === "splitInBatches";
}

/** The output that leads into the body. Version 3 swapped the outputs. */
export function loopOutput({ version }: N8nNode): number {
  return version >= 3 ? 1 : 0;
}

function choosesOutput({ type, fields }: N8nNode): boolean {
  return type === "if" || type === "switch" || fields["onError"] === "continueErrorOutput";
}
