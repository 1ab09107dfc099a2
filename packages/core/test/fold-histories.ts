/**
 * Folds every golden history and prints one line: the version of Node and the SHA-256 of everything that can be seen of the runs. A program of
 * its own, so that it can be run under other versions of Node, languages and time zones.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { encodeFacts, foldRun, validateDefinition } from "../src/index.ts";
import { type Segment, stateText, tell } from "./history.ts";

interface History {
  readonly runId: string;
  readonly definition: unknown;
  readonly segments: readonly Segment[];
}

const folder = join(import.meta.dirname, "histories");
const hash = createHash("sha256");
let count = 0;
for (const file of readdirSync(folder).toSorted()) {
  const { runId, definition, segments } = JSON.parse(readFileSync(join(folder, file), "utf8")) as History;
  const valid = validateDefinition(definition);
  if ("issues" in valid) throw new Error(`${file} has a definition that is not valid`);
  const stored = segments.map(({ seq, facts }) => ({ seq, facts: encodeFacts(facts) }));
  hash.update(`${file}\n${valid.hash}\n${JSON.stringify(stored)}\n`);
  hash.update(`${JSON.stringify(tell(valid.plan, runId, segments))}\n`);
  hash.update(`${stateText(foldRun(valid.plan, stored, { runId }))}\n`);
  count += 1;
}
process.stdout.write(`${process.version} ${count} ${hash.digest("hex")}\n`);
