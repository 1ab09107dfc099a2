import { createClient, RequestProblem } from "@meshhook/contract";

import { connection } from "./state/connection.svelte.ts";

export { RequestProblem };

/** The API of the server this page came from, with the session's cookie. Every call tells `connection` how it went. */
export const api = createClient({
  url: "",
  fetch: async (input, init) => {
    try {
      const response = await fetch(input, init);
      // A proxy answers for a server that is gone.
      if (response.status >= 502 && response.status <= 504) connection.lost();
      else connection.found();
      return response;
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) connection.lost();
      throw error;
    }
  },
});

/** A failure as one sentence for people. */
export function describeFailure(failure: unknown): string {
  if (failure instanceof RequestProblem) return failure.detail;
  if (failure instanceof TypeError) return "The server cannot be reached.";
  return failure instanceof Error ? failure.message : String(failure);
}
