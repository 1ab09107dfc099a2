import { JsonInputError, parseJsonInput, type Json } from "@meshhook/core";
import { isRecord } from "#lib/json-container.ts";

import { readDraft, type Draft } from "./draft.ts";

/** A draft that this browser keeps because the server does not have it yet. */
export interface KeptDraft {
  readonly draft: Draft;
  /** The revision it is based on. */
  readonly revision: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Where drafts are kept: `localStorage`, except in tests. */
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** Each window keeps its own, so that two of them do not overwrite each other. */
export class DraftShelf {
  readonly #shelf: Shelf;
  readonly #prefix: string;
  readonly #own: string;

  constructor(shelf: Shelf, workflowId: string, windowId: string) {
    this.#shelf = shelf;
    this.#prefix = `meshhook.draft.${workflowId}.`;
    this.#own = this.#prefix + windowId;
  }

  /** False when the browser has no room for it. */
  keep(kept: KeptDraft): boolean {
    try {
      this.#shelf.setItem(this.#own, JSON.stringify(kept));
      return true;
    } catch {
      return false;
    }
  }

  /** What this window kept before it was reloaded. */
  own(): KeptDraft | null {
    return this.#read(this.#own);
  }

  /** The newest draft that another window kept and that was not saved. */
  orphan(): KeptDraft | null {
    const others = this.#otherKeys().flatMap((key) => this.#read(key) ?? []);
    return others.reduce<KeptDraft | null>(
      (newest, kept) => (newest === null || kept.at > newest.at ? kept : newest),
      null,
    );
  }

  clear(): void {
    this.#shelf.removeItem(this.#own);
  }

  clearOthers(): void {
    for (const key of this.#otherKeys()) this.#shelf.removeItem(key);
  }

  #otherKeys(): readonly string[] {
    const keys = Array.from({ length: this.#shelf.length }, (_, index) => this.#shelf.key(index));
    return keys.filter((key): key is string => key !== null && key.startsWith(this.#prefix) && key !== this.#own);
  }

  #read(key: string): KeptDraft | null {
    const kept = readJson(this.#shelf.getItem(key) ?? "null");
    if (!isRecord(kept)) return null;
    const { revision, at } = kept;
    const read = readDraft(kept["draft"]);
    if (read === null || typeof revision !== "number" || typeof at !== "number") return null;
    return { draft: read.draft, revision, at };
  }
}

/** Null when it cannot be read. */
function readJson(text: string): Json {
  try {
    return parseJsonInput(text);
  } catch (error) {
    if (error instanceof JsonInputError) return null;
    throw error;
  }
}

/** This window's name: the same after a reload, different in another window. */
export function windowId(): string {
  const known = sessionStorage.getItem("meshhook.window");
  if (known !== null) return known;
  const fresh = Math.random().toString(36).slice(2);
  sessionStorage.setItem("meshhook.window", fresh);
  return fresh;
}
