import type { RouteOutput } from "@meshhook/contract";

import type { Draft } from "./draft.ts";
import type { DraftShelf } from "./kept-draft.ts";

type Saved = RouteOutput<"updateWorkflow">;

/** What became of one attempt to save. */
export type SaveOutcome =
  | { readonly kind: "saved"; readonly workflow: Saved }
  | { readonly kind: "conflict" }
  | { readonly kind: "unreachable" }
  | { readonly kind: "refused"; readonly reason: string };

export interface SaveRoutes {
  readonly put: (draft: Draft, revision: number) => Promise<SaveOutcome>;
  /** What the server has now, for a conflict. */
  readonly get: () => Promise<Saved>;
}

export type SaveState =
  | { readonly kind: "saved"; readonly at: number | null }
  | { readonly kind: "unsaved" }
  | { readonly kind: "saving" }
  /** `isKept`: this browser has it until then. */
  | { readonly kind: "unreachable"; readonly isKept: boolean }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "conflict"; readonly theirs: Saved | null };

const PAUSE_MS = { keep: 150, save: 1_000 } as const;

/**
 * Saves a draft about a second after its last change, each time against the revision it was made from, so that nobody's work is
 * overwritten unseen. Until the server has it, the browser keeps it.
 */
export class Autosave {
  #state: SaveState = { kind: "saved", at: null };
  readonly #tell: (state: SaveState) => void;
  readonly #routes: SaveRoutes;
  readonly #shelf: DraftShelf;
  #revision: number;
  /** The newest draft; null when the server has it. */
  #draft: Draft | null = null;
  /** What the server had when this draft was begun, or last saved; null when that is not known here. */
  #base: Draft | null;
  #isKept = true;
  #keepTimer: ReturnType<typeof setTimeout> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | null = null;

  /**
   * @param base  The draft of that revision.
   * @param tell  Hears of every change of `state`.
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

  /** What the server has of this draft's history: both sides of a conflict began there. */
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
    // A conflict is for a person to settle.
    if (this.state.kind === "conflict") return;
    if (this.state.kind !== "unreachable") this.#become({ kind: "unsaved" });
    this.#planSave();
  }

  /** Puts what is unsaved into the browser, as before the page goes away. */
  keepNow(): void {
    clearTimeout(this.#keepTimer);
    if (this.#draft === null) return;
    this.#isKept = this.#shelf.keep({ draft: this.#draft, revision: this.#revision, at: Date.now() });
    if (this.state.kind === "unreachable") this.#become({ kind: "unreachable", isKept: this.#isKept });
  }

  /** Saves without waiting; resolves when there is nothing more to save or it did not work. True: the server has everything. */
  async saveNow(): Promise<boolean> {
    clearTimeout(this.#saveTimer);
    while (this.#draft !== null && this.state.kind !== "conflict") {
      const draft = this.#draft;
      await (this.#saving ??= this.#save(draft));
      if (this.#draft === draft) break;
    }
    return this.#draft === null;
  }

  /** Goes on from a revision of the server: after somebody chose what to do about a conflict. */
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
      // The dialog asks again when somebody opens it.
    }
  }

  /** Reads theirs again, where the first try failed. */
  async lookAgain(): Promise<void> {
    if (this.state.kind === "conflict" && this.state.theirs === null) await this.#readTheirs();
  }
}

/**
 * Where saving stands, in words.
 *
 * @param isServerAway  The server did not answer the last time: what is saved is saved, but nothing more can be now.
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
