import type { Json, JsonObject } from "../json.ts";
import { configOf } from "./shape.ts";

/** A node of a graph that is being made. */
export interface DraftNode {
  readonly type: string;
  /** Cut off where it is too long. */
  readonly label: string;
  readonly config: Json;
  /** Null: it is laid out when it is shown. */
  readonly position: { readonly x: number; readonly y: number } | null;
}

/** A graph that is being made of an imported document. Edges that are the same become one. */
export class GraphDraft {
  readonly #nodes: { [id: string]: Json } = {};
  readonly #layout: { [id: string]: Json } = {};
  readonly #edges = new Map<string, Json>();

  add(id: string, { type, label, config, position }: DraftNode): void {
    this.#nodes[id] = { type, label: label.slice(0, 200), config };
    if (position !== null) this.#layout[id] = { ...position };
  }

  connect(from: string, port: string, to: string): void {
    const edge = configOf({ from, port: port === "out" ? undefined : port, to });
    this.#edges.set(JSON.stringify(edge), edge);
  }

  toJson(): JsonObject {
    return configOf({
      nodes: this.#nodes,
      edges: [...this.#edges.values()],
      layout: Object.keys(this.#layout).length === 0 ? undefined : this.#layout,
    });
  }
}
