import { ARROWS, type Direction } from "#lib/graph/directions.ts";
import { isTyping } from "#lib/shell/typing.ts";

import type { Editor } from "./editor.svelte.ts";
import { placeRequest } from "./place-request.svelte.ts";
import { neighbourOf } from "./walk.ts";

/** What the keys of the graph do besides what the editor can do by itself. */
interface CanvasActions {
  readonly editor: Editor;
  readonly open: (part: "form" | "name") => void;
  /** Moves the focus to the selected node once it is drawn. */
  readonly focusSelected: () => Promise<void>;
  /** Moves the selected nodes a little. */
  readonly nudge: (direction: Direction) => void;
  readonly zoomIn: () => void;
  readonly zoomOut: () => void;
  readonly fit: () => void;
}

/** The listener for key presses in the graph. While the user is typing, and with Ctrl, Alt or Meta, keys mean what they mean elsewhere. */
export function canvasKeys(actions: CanvasActions): (event: KeyboardEvent) => void {
  const { editor, open } = actions;

  function walk(focused: string, direction: Direction, isMove: boolean): void {
    if (isMove) {
      if (!editor.isReadOnly) actions.nudge(direction);
      return;
    }
    const next = neighbourOf(editor.draft, focused, direction);
    if (next === null) return;
    editor.select([next]);
    void actions.focusSelected();
  }

  function openPart(focused: string | null, part: "form" | "name"): void {
    if (focused !== null) editor.select([focused]);
    if (editor.open !== null) open(part);
  }

  function askForNode(focused: string | null): void {
    const after = focused ?? editor.open;
    placeRequest.ask(after === null ? { at: { x: 0, y: 0 } } : { after });
  }

  function remove(focused: string | null): void {
    if (editor.selected.size + editor.selectedEdges.size === 0 && focused !== null) editor.select([focused]);
    const next = focused === null ? null : neighbourOf(editor.draft, focused, "left");
    editor.deleteSelected();
    if (next === null) return;
    editor.select([next]);
    void actions.focusSelected();
  }

  const always: { readonly [key: string]: (focused: string | null) => void } = {
    Enter: (focused) => openPart(focused, "form"),
    F2: (focused) => openPart(focused, "name"),
    Escape: () => editor.select([]),
    "+": actions.zoomIn,
    "-": actions.zoomOut,
    "1": actions.fit,
  };
  const whileEditable: typeof always = { "/": askForNode, Delete: remove, Backspace: remove };

  return (event) => {
    const { target, key } = event;
    if (!(target instanceof HTMLElement) || isTyping(event)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const focused = target.closest<HTMLElement>(".svelte-flow__node")?.dataset["id"] ?? null;
    const direction = focused === null ? undefined : ARROWS[key];
    const action = always[key] ?? (editor.isReadOnly ? undefined : whileEditable[key]);
    if (direction === undefined && (action === undefined || (target.closest("button") !== null && key === "Enter")))
      return;
    event.preventDefault();
    event.stopPropagation();
    if (direction !== undefined && focused !== null) walk(focused, direction, event.shiftKey);
    else action?.(focused);
  };
}
