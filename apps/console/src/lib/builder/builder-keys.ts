import { isTyping } from "#lib/shell/typing.ts";

import { copyText } from "./clipboard.ts";
import type { Editor } from "./editor.svelte.ts";

/** Actions of keys that concern more than the editor. */
export interface BuilderPlaces {
  readonly isCanvas: () => boolean;
  /** Whether the focus is in the panel beside the graph. */
  readonly isBeside: () => boolean;
  readonly leavePanel: () => void;
  readonly askPlace: () => void;
}

/** The builder's keys, for a listener of the window. Undo and redo work in fields too: all changes are in one log. */
export function onBuilderKey(event: KeyboardEvent, editor: Editor, places: BuilderPlaces): void {
  if (event.defaultPrevented || isDialogOpen()) return;
  const action = actionOf(event, editor, places);
  if (action === null) return;
  event.preventDefault();
  action();
}

function actionOf(event: KeyboardEvent, editor: Editor, places: BuilderPlaces): (() => void) | null {
  const key = event.key.toLowerCase();
  const isFree = !isTyping(event);
  if (event.ctrlKey || event.metaKey) {
    if (key === "s") return () => void editor.autosave.saveNow();
    if (key === "z" && event.shiftKey) return () => editor.redo();
    if (key === "z") return () => editor.undo();
    if (key === "y") return () => editor.redo();
    if (key === "d" && isFree && editor.selected.size > 0) return () => editor.duplicateSelected();
    if (key === "a" && isFree && places.isCanvas()) return () => editor.select(Object.keys(editor.draft.nodes));
    return null;
  }
  if (key === "escape" && places.isBeside()) return places.leavePanel;
  if (key === "/" && isFree && !editor.isReadOnly) return places.askPlace;
  return null;
}

export function onBuilderCopy(event: ClipboardEvent, editor: Editor): void {
  if (isTyping(event) || editor.selected.size === 0 || getSelection()?.isCollapsed === false) return;
  event.preventDefault();
  event.clipboardData?.setData("text/plain", copyText(editor.draft, editor.selected));
  editor.announcement = `Copied ${editor.selected.size === 1 ? "1 node" : `${editor.selected.size} nodes`}`;
}

export function onBuilderPaste(event: ClipboardEvent, editor: Editor): void {
  if (isTyping(event) || isDialogOpen() || editor.isReadOnly) return;
  if (editor.paste(event.clipboardData?.getData("text/plain") ?? "")) event.preventDefault();
}

function isDialogOpen(): boolean {
  return document.querySelector("dialog[open]") !== null;
}
