import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Scenario } from "./scenario.ts";

interface Found {
  readonly title: string;
  readonly scenario: Scenario;
}

const FOLDER = join(import.meta.dirname, "found");

/** Scenarios in which seeds found a bug, made smaller, each with what is true now. The file's name is the seed. */
export const FOUND: readonly Found[] = readdirSync(FOLDER).map(
  (name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Found,
);
