import { tinykeys } from "tinykeys";

import type { Command } from "./commands.svelte.ts";
import { isTyping } from "./typing.ts";

/** Whether keys belong to the focused element, because the user is typing or a dialog is open. */
function isTaken(event: KeyboardEvent): boolean {
  return isTyping(event) || document.querySelector("dialog[open]") !== null;
}

/** Runs commands by their shortcuts. @returns a function that ends it. */
export function listen(commands: readonly Command[]): () => void {
  const bindings: { [shortcut: string]: (event: KeyboardEvent) => void } = {};
  for (const { shortcut, run } of commands) {
    if (shortcut === undefined) continue;
    // The page's own commands come last, so that a page may give a shortcut another meaning.
    bindings[shortcut] = (event) => {
      event.preventDefault();
      void run();
    };
  }
  return tinykeys(window, bindings, { ignore: isTaken });
}
