import type { Edge, Node } from "@xyflow/svelte";

/** So many parts are drawn between two frames: the page answers meanwhile. */
const DRAWN_AT_ONCE = 30;

interface Parts {
  readonly nodes: Node[];
  readonly edges: Edge[];
}

/** How much of a large graph is drawn so far: hundreds of cards at once would hold up the page for seconds. */
export class BitByBit {
  /** Nodes that are drawn before the others. */
  #first: ReadonlySet<string> = new Set();
  /** Nodes, then edges, that may be drawn by now. */
  #max = $state(Number.POSITIVE_INFINITY);
  #round = 0;

  get isWhole(): boolean {
    return this.#max === Number.POSITIVE_INFINITY;
  }

  /** Starts again with nothing drawn. */
  clear(): void {
    this.#round += 1;
    this.#max = 0;
  }

  /** What is drawn by now of all there is. */
  of({ nodes, edges }: Parts): Parts {
    if (this.#max >= nodes.length + edges.length) return { nodes, edges };
    const inOrder = nodes.toSorted(
      (left, right) => Number(this.#first.has(right.id)) - Number(this.#first.has(left.id)),
    );
    return { nodes: inOrder.slice(0, this.#max), edges: edges.slice(0, Math.max(0, this.#max - nodes.length)) };
  }

  /**
   * Draws on, a bit in each frame, until everything is drawn or `clear` is called again.
   *
   * @param count  Nodes and edges together.
   */
  async drawOn(count: () => number, first: ReadonlySet<string>): Promise<void> {
    const round = this.#round;
    this.#first = first;
    while (this.#max < count()) {
      this.#max += DRAWN_AT_ONCE;
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      if (round !== this.#round) return;
    }
    this.#max = Number.POSITIVE_INFINITY;
  }
}
