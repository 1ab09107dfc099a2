import type { RouteOutput } from "@meshhook/contract";

import type { Draft } from "./draft.ts";
import type { DraftShelf } from "./kept-draft.ts";

type Saved = RouteOutput<"updateWorkflow">;

/** The outcome of one attempt to save. */
export type SaveOutcome =
  | { readonly kind: "saved"; readonly workflow: Saved }
  | { readonly kind: "conflict" }
  | { readonly kind: "unreachable" }
  | { readonly kind: "refused"; readonly reason: string };

export interface SaveRoutes {
  readonly put: (draft: Draft, revision: number) => Promise<SaveOutcome>;
  /** The server's current draft, for a conflict. */
  readonly get: () => Promise<Saved>;
}

export type SaveState =
  | { readonly kind: "saved"; readonly at: number | null }
  | { readonly kind: "unsaved" }
  | { readonly kind: "saving" }
  /** `isKept`: this browser keeps it until then. */
  | { readonly kind: "unreachable"; readonly isKept: boolean }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "conflict"; readonly theirs: Saved | null };

const PAUSE_MS = { keep: 150, save: 1_000 } as const;

/**
 * Saves a draft about a second after its last change, each time against the revision it is based on, so that nobody's work is silently
 * overwritten. Until the server has it, the browser keeps it.
 */
export class Autosave {
  #state: SaveState = { kind: "saved", at: null };
  readonly #tell: (state: SaveState) => void;
  readonly #routes: SaveRoutes;
  readonly #shelf: DraftShelf;
  #revision: number;
  /** The newest draft; null when the server has it. */
  #draft: Draft | null = null;
  /** The server's draft when this draft was begun or last saved; null when it is unknown here. */
  #base: Draft | null;
  #isKept = true;
  #keepTimer: ReturnType<typeof setTimeout> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | null = null;

  /**
   * @param base  The draft of that revision.
   * @param tell  Called on every change of `state`.
   */
  constructor(
    routes: SaveRoutes,
    shelf: DraftShelf,
    { revision, base }: { readonly revision: number; readonly base: Draft | null },
    tell: (state: SaveState) => void,
  ) {
    this.#base = base;
    this.#tell = tell;
    this.#routes = routes;
    this.#shelf = shelf;
    this.#revision = revision;
  }

  get state(): SaveState {
    return this.#state;
  }

  /** The server does not have everything. */
  get isDirty(): boolean {
    return this.state.kind !== "saved";
  }

  /** The server's part of this draft's history, from which both sides of a conflict began. */
  get base(): Draft | null {
    return this.#base;
  }

  get revision(): number {
    return this.#revision;
  }

  /** Takes the next draft. */
  changed(draft: Draft): void {
    this.#draft = draft;
    clearTimeout(this.#keepTimer);
    this.#keepTimer = setTimeout(() => this.keepNow(), PAUSE_MS.keep);
    // A person must resolve a conflict.
    if (this.state.kind === "conflict") return;
    if (this.state.kind !== "unreachable") this.#become({ kind: "unsaved" });
    this.#planSave();
  }

  /** Keeps unsaved changes in the browser, for example before the page is closed. */
  keepNow(): void {
    clearTimeout(this.#keepTimer);
    if (this.#draft === null) return;
    this.#isKept = this.#shelf.keep({ draft: this.#draft, revision: this.#revision, at: Date.now() });
    if (this.state.kind === "unreachable") this.#become({ kind: "unreachable", isKept: this.#isKept });
  }

  /** Saves without waiting; resolves when there is nothing left to save or saving failed. True when the server has everything. */
  async saveNow(): Promise<boolean> {
    clearTimeout(this.#saveTimer);
    while (this.#draft !== null && this.state.kind !== "conflict") {
      const draft = this.#draft;
      await (this.#saving ??= this.#save(draft));
      if (this.#draft === draft) break;
    }
    return this.#draft === null;
  }

  /** Continues from a revision of the server, after a person resolved a conflict. */
  settle(revision: number, draft: Draft | null, base: Draft | null): void {
    this.#base = base;
    this.#revision = revision;
    this.#draft = null;
    this.#shelf.clear();
    this.#become({ kind: "saved", at: null });
    if (draft !== null) this.changed(draft);
  }

  close(): void {
    this.keepNow();
    clearTimeout(this.#saveTimer);
  }

  #become(state: SaveState): void {
    this.#state = state;
    this.#tell(state);
  }

  #planSave(): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => void this.saveNow(), PAUSE_MS.save);
  }

  async #save(draft: Draft): Promise<void> {
    if (this.state.kind !== "unreachable") this.#become({ kind: "saving" });
    const outcome = await this.#routes.put(draft, this.#revision);
    this.#saving = null;
    switch (outcome.kind) {
      case "saved":
        this.#revision = outcome.workflow.revision;
        this.#base = draft;
        if (this.#draft === draft) {
          this.#draft = null;
          clearTimeout(this.#keepTimer);
          this.#shelf.clear();
          this.#become({ kind: "saved", at: Date.now() });
        } else {
          this.#become({ kind: "unsaved" });
          this.#planSave();
        }
        return;
      case "conflict":
        this.keepNow();
        this.#become({ kind: "conflict", theirs: null });
        return this.#readTheirs();
      case "unreachable":
        this.keepNow();
        this.#become({ kind: "unreachable", isKept: this.#isKept });
        return;
      case "refused":
        this.keepNow();
        this.#become({ kind: "refused", reason: outcome.reason });
        return;
    }
  }

  async #readTheirs(): Promise<void> {
    try {
      this.#become({ kind: "conflict", theirs: await this.#routes.get() });
    } catch {
      // The dialog asks again when it is opened.
    }
  }

  /** Reads theirs again if the first try failed. */
  async lookAgain(): Promise<void> {
    if (this.state.kind === "conflict" && this.state.theirs === null) await this.#readTheirs();
  }
}

/**
 * The state of saving, in words.
 *
 * @param isServerAway  The server did not answer the last time, so saved changes are safe, but nothing more can be saved now.
 */
export function saveWords(state: SaveState, isServerAway = false): string {
  switch (state.kind) {
    case "saved": {
      const saved = state.at === null ? "Saved" : `Saved ${CLOCK.format(state.at)}`;
      return isServerAway ? `${saved}; the server is not responding now` : saved;
    }
    case "unsaved":
      return "Not saved yet";
    case "saving":
      return "Saving…";
    case "unreachable":
      return state.isKept
        ? "Not saved: the server is not responding. Kept in this browser."
        : "Not saved: the server is not responding, and this browser has no room for the draft. Export it before you leave.";
    case "refused":
      return `Not saved: ${state.reason}`;
    case "conflict":
      return "Not saved: somebody else changed this workflow";
  }
}

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
