import { ownOrArranged } from "#lib/graph/layout.ts";
import type { Drawing } from "#lib/graph/positions.ts";

/** Arranges a workflow in a worker, because a thousand nodes take longer than a frame. A drawing in, its positions out. */
addEventListener("message", ({ data }: MessageEvent<Drawing>) => postMessage(ownOrArranged(data)));
