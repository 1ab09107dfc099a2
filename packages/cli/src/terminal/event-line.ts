import type { EventResource } from "@meshhook/contract";

import { visibleLine } from "./visible.ts";

/** The terminal colour of each level. */
export const LEVEL_COLOURS: { readonly [level in EventResource["level"]]: string } = {
  debug: "\u001b[2m",
  info: "",
  warn: "\u001b[33m",
  error: "\u001b[31m",
};

/** One line of a live log: `12:34:56.123456 info  fetch_order  attempt 1 succeeded with 200`. */
export function eventLine(event: EventResource, nodeWidth: number): string {
  const columns = [event.at.slice(11, -1), event.level.padEnd(5), (event.node ?? "").padEnd(nodeWidth), event.message];
  return visibleLine(columns.join("  "));
}
