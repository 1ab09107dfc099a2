import type { HandleClientError } from "@sveltejs/kit/hooks";

import { describeFailure } from "#lib/api.ts";
import { connection } from "#lib/state/connection.svelte.ts";

/** What browsers say of a script or style sheet of this console that they could not have. */
const PART_MISSING =
  /dynamically imported module|Importing a module script failed|Unable to preload CSS|error loading dynamically/i;

/** Words for what went wrong while a page was opened; the page that shows them goes on by itself where it can. */
export const handleError: HandleClientError = (input) => {
  if (input.kind !== "unknown") return undefined;
  const { error } = input;
  if (error instanceof Error && PART_MISSING.test(error.message)) {
    void connection.check();
    return {
      status: 503,
      code: "unavailable",
      message: "The server did not answer while this page was loading one of its files.",
    };
  }
  return { message: describeFailure(error) };
};
