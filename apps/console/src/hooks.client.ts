import type { HandleClientError } from "@sveltejs/kit/hooks";

import { describeFailure } from "#lib/api.ts";
import { connection } from "#lib/state/connection.svelte.ts";

/** Browsers' messages for a script or style sheet of this console that could not be loaded. */
const PART_MISSING =
  /dynamically imported module|Importing a module script failed|Unable to preload CSS|error loading dynamically/i;

/** A description of what went wrong while a page was opened; the page that shows it recovers on its own if it can. */
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
