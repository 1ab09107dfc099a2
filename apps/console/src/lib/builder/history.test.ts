import { describe, expect, it } from "vitest";

import { blankDraft } from "./draft.ts";
import { move, setLabel } from "./edits.ts";
import { History } from "./history.ts";

const blank = blankDraft("orders", "Orders");

describe("History", () => {
  const typed = (text: string) => setLabel(blank, "webhook", text);

  it("undoes and redoes graph, fields and layout in their order", () => {
    const labelled = typed("Orders");
    const moved = move(labelled, { webhook: { x: 5, y: 5 } });
    const history = new History(blank).with(labelled, { name: "label", at: 0 }).with(moved, { name: "move", at: 1 });
    expect(history.undoName).toBe("move");
    expect(history.undo().draft).toBe(labelled);
    expect(history.undo().undo().draft).toBe(blank);
    expect(history.undo().undo().undo().draft).toBe(blank);
    expect(history.undo().undo().redo().redo().draft).toBe(moved);
  });

  it("counts quick typing in one field as one step, and a pause as the end of it", () => {
    const history = new History(blank)
      .with(typed("O"), { name: "label", field: "l", at: 0 })
      .with(typed("Or"), { name: "label", field: "l", at: 100 })
      .with(typed("Ord"), { name: "label", field: "l", at: 9_000 });
    expect(history.undo().draft).toEqual(typed("Or"));
    expect(history.undo().undo().draft).toBe(blank);
  });

  it("forgets undone steps after another change", () => {
    const history = new History(blank).with(typed("A"), { name: "a", at: 0 }).undo();
    expect(history.with(typed("B"), { name: "b", at: 1 }).redoName).toBeNull();
  });
});
