import type { Drawing, Positions } from "#lib/graph/positions.ts";

/** The document's own positions; null if any is missing. */
export function knownPositions({ nodes, layout = {} }: Drawing): Positions | null {
  const known = Object.entries(layout).filter(([id]) => Object.hasOwn(nodes, id));
  return known.length === Object.keys(nodes).length ? Object.fromEntries(known) : null;
}

/** Positions for every node, computed in a worker. @throws Error  when the worker does not start or fails. */
export function arrangeAside({ nodes, edges, layout }: Drawing): Promise<Positions> {
  const worker = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
  const names = Object.fromEntries(Object.keys(nodes).map((id) => [id, null]));
  return new Promise<Positions>((resolve, reject) => {
    worker.addEventListener("message", ({ data }: MessageEvent<Positions>) => resolve(data));
    worker.addEventListener("error", () =>
      reject(new Error("The graph could not be arranged: its worker did not start.")),
    );
    worker.postMessage({ nodes: names, edges, layout }, []);
  }).finally(() => worker.terminate());
}
