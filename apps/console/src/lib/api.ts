import { createClient, RequestProblem } from "@meshhook/contract";

import { asSentence } from "./format.ts";
import { connection } from "./state/connection.svelte.ts";

export { RequestProblem };

/** A server that has taken a request and says nothing for so long counts as one that does not answer. */
const HEADERS_MS_MAX = 30_000;

/** The API of the server this page came from, with the session's cookie. Every call tells `connection` how it went. */
export const api = createClient({
  url: "",
  fetch: async (input, init) => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new TypeError("The server took too long to answer.")), HEADERS_MS_MAX);
    try {
      const signals = [late.signal, ...(init?.signal ? [init.signal] : [])];
      const response = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
      // A proxy answers for a server that is gone.
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

/** A failure as a sentence for people, with a capital letter whatever the API began with. */
export function describeFailure(failure: unknown): string {
  if (failure instanceof RequestProblem) return asSentence(failure.detail);
  if (failure instanceof TypeError) return "The server cannot be reached.";
  return asSentence(failure instanceof Error ? failure.message : String(failure));
}
