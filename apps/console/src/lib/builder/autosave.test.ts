import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Autosave, saveWords, type SaveOutcome, type SaveRoutes } from "./autosave.ts";
import { blankDraft, type Draft } from "./draft.ts";
import { setLabel } from "./edits.ts";
import { DraftShelf, type Shelf } from "./kept-draft.ts";

type Workflow = Awaited<ReturnType<SaveRoutes["get"]>>;

class MemoryShelf extends Map<string, string> implements Shelf {
  getItem = (key: string): string | null => this.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.set(key, value);
  removeItem = (key: string): void => void this.delete(key);
  key = (index: number): string | null => [...this.keys()][index] ?? null;
  get length(): number {
    return this.size;
  }
}

/** A server with one workflow, which can go away and be changed by another person. */
class OneWorkflow implements SaveRoutes {
  revision = 1;
  draft: Draft = blankDraft("orders", "");
  isGone = false;
  writes = 0;
  put = async (draft: Draft, revision: number): Promise<SaveOutcome> => {
    await Promise.resolve();
    if (this.isGone) return { kind: "unreachable" };
    if (revision !== this.revision) return { kind: "conflict" };
    this.writes += 1;
    this.revision += 1;
    this.draft = draft;
    return { kind: "saved", workflow: await this.get() };
  };
  get = async (): Promise<Workflow> => ({ revision: this.revision, definition: this.draft }) as unknown as Workflow;
}

describe("Autosave", () => {
  let server: OneWorkflow;
  let shelf: MemoryShelf;
  let own: DraftShelf;
  let autosave: Autosave;
  const typed = (text: string): Draft => setLabel(blankDraft("orders", ""), "webhook", text);

  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 14, 3, 21) });
    server = new OneWorkflow();
    shelf = new MemoryShelf();
    own = new DraftShelf(shelf, "w", "here");
    autosave = new Autosave(server, own, { revision: 1, base: null }, () => {});
  });
  afterEach(() => void vi.useRealTimers());

  it("saves once, a second after the last change, and says when", async () => {
    autosave.changed(typed("O"));
    await vi.advanceTimersByTimeAsync(900);
    autosave.changed(typed("Or"));
    expect(saveWords(autosave.state)).toBe("Not saved yet");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.writes).toBe(1);
    expect(server.draft).toEqual(typed("Or"));
    expect(saveWords(autosave.state)).toMatch(/^Saved \d\d:03:2\d$/);
    expect(shelf.size).toBe(0);
  });

  it("saves changes made during a save against the new revision", async () => {
    autosave.changed(typed("A"));
    const done = autosave.saveNow();
    autosave.changed(typed("B"));
    expect(await done).toBe(true);
    expect([server.writes, server.draft]).toEqual([2, typed("B")]);
  });

  it("keeps the draft in the browser while the server is away, and saves it when the server is back", async () => {
    server.isGone = true;
    autosave.changed(typed("A"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(saveWords(autosave.state)).toContain("Kept in this browser");
    expect(own.own()).toMatchObject({ draft: typed("A"), revision: 1 });
    autosave.changed(typed("AB"));
    expect(autosave.state.kind).toBe("unreachable");
    server.isGone = false;
    expect(await autosave.saveNow()).toBe(true);
    expect(server.draft).toEqual(typed("AB"));
    expect(own.own()).toBeNull();
  });

  it("says so when the browser has no room either", async () => {
    server.isGone = true;
    shelf.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    autosave.changed(typed("A"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(saveWords(autosave.state)).toContain("no room");
  });

  it("overwrites nothing in a conflict, however much is typed, until it is resolved", async () => {
    server.revision = 5;
    server.draft = typed("theirs");
    autosave.changed(typed("mine"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(autosave.state).toMatchObject({ kind: "conflict", theirs: { revision: 5, definition: typed("theirs") } });
    autosave.changed(typed("mine!"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.draft).toEqual(typed("theirs"));
    expect(own.own()?.draft).toEqual(typed("mine!"));
    autosave.settle(5, typed("mine!"), null);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.draft).toEqual(typed("mine!"));
  });
});

describe("DraftShelf", () => {
  it("finds the newest draft that another window left behind, and never its own", () => {
    const shelf = new MemoryShelf();
    const kept = (name: string, at: number) => ({ draft: blankDraft("orders", name), revision: 1, at });
    new DraftShelf(shelf, "w", "a").keep(kept("A", 1));
    new DraftShelf(shelf, "w", "b").keep(kept("B", 2));
    new DraftShelf(shelf, "other", "c").keep(kept("C", 3));
    const own = new DraftShelf(shelf, "w", "here");
    own.keep(kept("mine", 4));
    expect(own.orphan()?.draft.name).toBe("B");
    own.clearOthers();
    expect(own.orphan()).toBeNull();
    expect(own.own()?.draft.name).toBe("mine");
  });

  it.each(["{", "null", "[]", `{"draft":1,"revision":1,"at":1}`, `{"draft":{},"revision":"1","at":1}`, `{"draft":{}}`])(
    "takes no notice of %s, which is not a kept draft",
    (text) => {
      const shelf = new MemoryShelf([["meshhook.draft.w.here", text]]);
      expect(new DraftShelf(shelf, "w", "here").own()).toBeNull();
    },
  );
});
