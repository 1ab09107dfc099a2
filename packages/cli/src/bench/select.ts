import { mistakesText, selectScenarios } from "@meshhook/bench";
import type { Selection, SelectionRequest } from "@meshhook/bench";

import { CommandError } from "../exit-codes.ts";

/** The scenarios that were asked for; every mistake in the request and in the files becomes one error. */
export function selectOrRefuse(request: SelectionRequest): Selection {
  const selection = selectScenarios(request);
  if (!("mistakes" in selection)) return selection;
  const { length } = selection.mistakes;
  throw new CommandError(
    "badInput",
    `${length === 1 ? "One mistake was" : `${String(length)} mistakes were`} found, so nothing was started:\n${mistakesText(selection.mistakes)}`,
  );
}
