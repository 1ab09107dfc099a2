import { commands } from "./commands.svelte.ts";
import { SHORTCUTS } from "./shortcuts.ts";

/** Attach it to the control that narrows a page's list: while it is there, a shortcut and the palette lead to it. */
export function listFilter(control: HTMLElement): () => void {
  return commands.add([
    {
      id: "filter",
      title: "Filter this list",
      group: "This page",
      shortcut: SHORTCUTS.filter,
      run: () => control.focus(),
    },
  ]);
}
