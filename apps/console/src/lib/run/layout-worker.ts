import { positionsOf, type Drawing } from "#lib/graph/layout.ts";

/** Arranges a workflow in a worker, because a thousand nodes take longer than a frame. A drawing in, its positions out. */
addEventListener("message", ({ data }: MessageEvent<Drawing>) => postMessage(positionsOf(data)));
