import { pack, unpack } from "./as-messages.ts";
import { Bench } from "./bench.ts";
import type { PackedReply, PackedRequest } from "./messages.ts";

/** The bench behind messages: one answer per request, in order. */
const bench = new Bench();

const reply = (message: PackedReply): void => postMessage(message);

addEventListener("message", ({ data }: MessageEvent<PackedRequest>) => {
  const { id, question, args } = data;
  try {
    const ask = bench[question].bind(bench) as (...given: readonly unknown[]) => unknown;
    reply({ id, answer: pack(ask(...args.map(unpack))) });
  } catch (error) {
    reply({ id, failure: error instanceof Error ? error.message : String(error) });
  }
});

reply({ isReady: true });
