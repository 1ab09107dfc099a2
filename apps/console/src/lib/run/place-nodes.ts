import type { Drawing, Position } from "#lib/graph/layout.ts";

/** Positions for every node, worked out in a worker. @throws Error  when the worker cannot be had or breaks. */
export function placeNodes({ nodes, edges, layout }: Drawing): Promise<{ readonly [id: string]: Position }> {
  const worker = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
  const names = Object.fromEntries(Object.keys(nodes).map((id) => [id, null]));
  return new Promise<{ readonly [id: string]: Position }>((resolve, reject) => {
    worker.addEventListener("message", ({ data }: MessageEvent<{ [id: string]: Position }>) => resolve(data));
    worker.addEventListener("error", () =>
      reject(new Error("The graph could not be arranged: its worker did not start.")),
    );
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker is no window: it has no origin to name
    worker.postMessage({ nodes: names, edges, layout });
  }).finally(() => worker.terminate());
}
