import { positionsOf, type Drawing } from "#lib/graph/layout.ts";

/** Arranges a workflow aside: a thousand nodes take longer than a frame. One drawing in, its positions out. */
addEventListener("message", ({ data }: MessageEvent<Drawing>) => postMessage(positionsOf(data)));
