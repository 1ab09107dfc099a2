import { createClient, RequestProblem } from "@meshhook/contract";

import { asSentence } from "./format.ts";
import { connection } from "./state/connection.svelte.ts";

export { RequestProblem };

/** A server that has accepted a request and is silent for this long counts as not responding. */
const HEADERS_MS_MAX = 30_000;

/**
 * Answers that `early.js` requested before the console was loaded, by path. Each is used for one request, because later ones need newer
 * data.
 */
declare global {
  var meshhookEarly: Map<string, Promise<Response>> | undefined;
}

function takeEarly(path: string): Promise<Response> | undefined {
  const answer = globalThis.meshhookEarly?.get(path);
  globalThis.meshhookEarly?.delete(path);
  return answer;
}

/** A request that other code sent cannot be aborted, but waiting for it can. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    promise.then(resolve, reject);
  });
}

/** The API of the server this page came from, with the session's cookie. Every call reports its outcome to `connection`. */
export const api = createClient({
  url: "",
  fetch: async (input, init) => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new TypeError("The server took too long to answer.")), HEADERS_MS_MAX);
    try {
      const signals = [late.signal, ...(init?.signal ? [init.signal] : [])];
      const early = init?.method === "GET" ? takeEarly(String(input)) : undefined;
      const signal = AbortSignal.any(signals);
      const response = await (early === undefined ? fetch(input, { ...init, signal }) : untilAborted(early, signal));
      // A proxy answers for a server that is away.
      if (response.status >= 502 && response.status <= 504) connection.lost();
      else connection.found();
      return response;
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) connection.lost();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  },
});

/** A failure as a sentence for people, starting with a capital letter. */
export function describeFailure(failure: unknown): string {
  if (failure instanceof RequestProblem) return asSentence(failure.detail);
  if (failure instanceof TypeError) return "The server cannot be reached.";
  return asSentence(failure instanceof Error ? failure.message : String(failure));
}
