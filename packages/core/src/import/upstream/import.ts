import type { JsonObject } from "../../json.ts";
import { GraphDraft } from "../graph-draft.ts";
import { atom, below, type Jmes } from "../jmes.ts";
import { NodeIds, slugOf } from "../name.ts";
import type { NodeNotes, Notes } from "../note.ts";
import { firstOf } from "../shape.ts";
import { readUpstreamDocument, type UpstreamDocument, type UpstreamEdge, type UpstreamNode } from "./document.ts";
import { convertNode, kindOf, type Kind } from "./node.ts";
import { renamed, type Root } from "./text.ts";

/** The fields of a call's result under their names there. */
const CALL_FIELDS: ReadonlyMap<string, string> = new Map([
  ["status", "status"],
  ["headers", "headers"],
  ["data", "body"],
]);

/** Turns a document of nodes and edges into one of ours, which may not be valid yet: `notes` say what is missing. */
export function importUpstream(value: JsonObject, notes: Notes): JsonObject {
  return new Importer(readUpstreamDocument(value, notes), notes).import();
}

class Importer {
  readonly #document: UpstreamDocument;
  readonly #notes: Notes;
  readonly #ids = new NodeIds();
  /** Ids in the result by ids in the document: ids there are often numbers, so the label names the node. */
  readonly #names = new Map<string, string>();
  /** Nodes whose data is being looked up: a cycle must not be followed for ever. */
  readonly #reading = new Set<string>();

  constructor(document: UpstreamDocument, notes: Notes) {
    this.#document = document;
    this.#notes = notes;
    for (const { id, label } of document.nodes.values()) this.#names.set(id, this.#ids.fresh(label));
  }

  import(): JsonObject {
    const { name } = this.#document;
    for (const edge of this.#document.edges) this.#noteCrossing(edge);
    return {
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: slugOf(name),
      name: name.slice(0, 200),
      ...this.#graphOf(null),
    };
  }

  #graphOf(loop: string | null): JsonObject {
    const graph = new GraphDraft();
    for (const node of this.#document.nodes.values()) {
      if (this.#parentOf(node.id) !== loop) continue;
      const id = this.#nameOf(node.id);
      const notes = this.#notes.of(node.label);
      const kind = this.#kindOf(node);
      const converted = convertNode(kind, node, { notes, root: this.#rootOf(node.id) });
      const config = kind === "loop" ? { ...converted.config, body: this.#graphOf(node.id) } : converted.config;
      graph.add(id, { type: converted.type, label: node.label, config, position: node.position });
      for (const { target, handle } of this.#outgoing(node.id)) {
        if (this.#parentOf(target) !== loop) continue;
        graph.connect(id, portOf(kind, handle, notes), this.#nameOf(target));
      }
    }
    return graph.toJson();
  }

  /** What the node's expressions see. */
  #rootOf(id: string): Root {
    const incoming = this.#document.edges.filter(
      ({ source, target }) => target === id && this.#parentOf(source) === this.#parentOf(id),
    );
    if (incoming.length > 0) return (path) => firstOf(incoming.map(({ source }) => this.#read(source, path)));
    return (path) => below(atom(this.#parentOf(id) === null ? "input" : "item"), path);
  }

  #read(id: string, path: Parameters<Root>[0]): Jmes {
    const node = this.#document.nodes.get(id);
    const name = this.#nameOf(id);
    if (node === undefined || this.#reading.has(id)) return below(atom(`nodes.${name}.output`), path);
    this.#reading.add(id);
    try {
      switch (this.#kindOf(node)) {
        case "trigger":
          return below(atom("input"), path);
        case "call":
        case "outgoing":
          return renamed(name, CALL_FIELDS)(path);
        case "loop":
          return below(atom(`nodes.${name}.output.results`), path);
        case "delay":
        case "conditional":
        case "branch":
          return this.#rootOf(id)(path);
        default:
          return below(atom(`nodes.${name}.output`), path);
      }
    } finally {
      this.#reading.delete(id);
    }
  }

  #kindOf(node: UpstreamNode): Kind {
    return kindOf(
      node,
      this.#document.edges.some(({ target }) => target === node.id),
    );
  }

  #outgoing(id: string): readonly UpstreamEdge[] {
    return this.#document.edges.filter(({ source }) => source === id);
  }

  #nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  /** The loop that a node is in; null outside, and where the document does not have it. */
  #parentOf(id: string): string | null {
    const parent = this.#document.nodes.get(id)?.parent ?? null;
    return parent !== null && this.#document.nodes.get(parent)?.type === "loop" ? parent : null;
  }

  /** Edges between a loop and its children say what the body says. */
  #noteCrossing({ source, target }: UpstreamEdge): void {
    const [from, to] = [this.#parentOf(source), this.#parentOf(target)];
    if (from === to || to === source || from === target) return;
    const label = this.#document.nodes.get(source)?.label ?? source;
    const message = `The edge to "${target}" leads into or out of a loop, which was not imported.`;
    this.#notes.of(label).notUnderstood("edges", target, message, "Draw it between nodes of the same graph.");
  }
}

function portOf(kind: Kind, handle: string | null, notes: NodeNotes): string {
  if (kind !== "conditional") return handle === "error" ? "error" : "out";
  if (handle === "true" || handle === "false") return handle;
  const message = "It does not say whether the edge is for true or for false; it was drawn for true.";
  notes.notUnderstood("sourceHandle", handle, message, "Draw the edge from the port that is meant.");
  return "true";
}
