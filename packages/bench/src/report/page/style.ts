import { readFileSync } from "node:fs";
import { Html } from "../html.ts";

/** In this order: what a narrow screen and paper change comes last. */
const SHEETS = [
  "base",
  "frame",
  "opening",
  "parts",
  "scenario",
  "plot",
  "timeline",
  "bars",
  "phases",
  "findings",
  "media",
];

/** The page's styles. They are part of the source, not data, and cannot contain `</style>`. */
export function styleSheet(): Html {
  return new Html(
    SHEETS.map((name) => readFileSync(new URL(`../style/${name}.css`, import.meta.url), "utf8")).join("\n"),
  );
}
