import type { Command } from "./commands.svelte.ts";

/** The commands that fit what was typed: every word begins a word of the title, the group or a keyword. In their original order. */
export function findCommands(commands: readonly Command[], typed: string): readonly Command[] {
  const words = wordsOf(typed);
  return commands.filter(({ title, group, keywords = [] }) => {
    const known = wordsOf([title, group, ...keywords].join(" "));
    return words.every((word) => known.some((other) => other.startsWith(word)));
  });
}

function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}
