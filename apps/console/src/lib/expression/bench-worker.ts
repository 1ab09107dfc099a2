import { Bench } from "./bench.ts";
import type { Reply, Request } from "./messages.ts";

/** The bench behind messages: one answer per request, in order. */
const bench = new Bench();

const reply = (message: Reply): void => postMessage(message);

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  const { id, question, args } = data;
  try {
    const ask = bench[question].bind(bench) as (...given: readonly unknown[]) => unknown;
    reply({ id, answer: ask(...args) });
  } catch (error) {
    reply({ id, failure: error instanceof Error ? error.message : String(error) });
  }
});

reply({ isReady: true });
