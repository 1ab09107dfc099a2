import { error, redirect } from "@sveltejs/kit";

import { describeFailure, RequestProblem } from "./api.ts";

/** What is loaded: a page, or what stands around all pages, which has no parent. */
interface Loading {
  readonly url: URL;
  readonly parent?: () => Promise<unknown>;
}

/**
 * Runs a page's requests to the API and turns failures into what SvelteKit shows: without a session, the sign-in page and back afterwards;
 * otherwise the error page with the API's own message.
 *
 * The page's parent, which has the session, comes first: without one, each request would be refused, and the browser reports each.
 */
export async function forPage<T>({ url, parent }: Loading, read: () => Promise<T>): Promise<T> {
  await parent?.();
  try {
    return await read();
  } catch (failure) {
    if (failure instanceof RequestProblem) {
      if (failure.status === 401) redirect(303, `/sign-in?next=${encodeURIComponent(url.pathname + url.search)}`);
      error(failure.status, describeFailure(failure), { code: failure.code });
    }
    // An error from `fetch` means that there was no answer; anything else is a bug in this page.
    if (failure instanceof TypeError || failure instanceof DOMException)
      error(503, describeFailure(failure), { code: "unavailable" });
    error(500, describeFailure(failure));
  }
}
