import { expect, it } from "vitest";

import type { Command } from "./commands.svelte.ts";
import { findCommands } from "./find-commands.ts";

const run = (): void => undefined;
const COMMANDS: readonly Command[] = [
  { id: "go.runs", title: "Runs", group: "Go to", run },
  { id: "go.failed", title: "Failed runs", group: "Go to", keywords: ["errors"], run },
  { id: "theme", title: "Change the theme", group: "Console", keywords: ["dark"], run },
];

it.each([
  ["", ["go.runs", "go.failed", "theme"]],
  ["run", ["go.runs", "go.failed"]],
  ["go fail", ["go.failed"]],
  ["ERR", ["go.failed"]],
  ["dark theme", ["theme"]],
  ["uns", []],
])("“%s” finds %o", (typed, ids) => {
  expect(findCommands(COMMANDS, typed).map(({ id }) => id)).toEqual(ids);
});
