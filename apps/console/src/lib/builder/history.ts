import type { Draft } from "./draft.ts";

interface Step {
  /** The draft before the change. */
  readonly before: Draft;
  /** What was done, as in "Undo: delete totals". */
  readonly name: string;
  readonly field: string | null;
  readonly at: number;
}

const STEPS_MAX = 500;
/** After a longer pause, typing starts a new step. */
const PAUSE_MS = 2_000;

/**
 * One log of all changes to a draft: graph, fields and layout. Immutable; drafts share their unchanged parts, so keeping whole drafts is
 * cheap.
 */
export class History {
  readonly draft: Draft;
  readonly #past: readonly Step[];
  readonly #future: readonly Step[];

  constructor(draft: Draft, past: readonly Step[] = [], future: readonly Step[] = []) {
    this.draft = draft;
    this.#past = past;
    this.#future = future;
  }

  /** What `undo` would undo; null when there is nothing. */
  get undoName(): string | null {
    return this.#past.at(-1)?.name ?? null;
  }

  get redoName(): string | null {
    return this.#future.at(-1)?.name ?? null;
  }

  /** Adds a change. Changes of one `field` in quick succession are one step. */
  with(draft: Draft, change: { readonly name: string; readonly field?: string; readonly at: number }): History {
    const { name, field = null, at } = change;
    const last = this.#past.at(-1);
    const isSameTyping = last !== undefined && field !== null && last.field === field && at - last.at <= PAUSE_MS;
    const step: Step = isSameTyping ? { ...last, at } : { before: this.draft, name, field, at };
    const past = isSameTyping ? this.#past.slice(0, -1) : this.#past;
    return new History(draft, [...past, step].slice(-STEPS_MAX));
  }

  undo(): History {
    const step = this.#past.at(-1);
    if (step === undefined) return this;
    return new History(step.before, this.#past.slice(0, -1), [
      ...this.#future,
      { ...step, before: this.draft, field: null },
    ]);
  }

  redo(): History {
    const step = this.#future.at(-1);
    if (step === undefined) return this;
    return new History(
      step.before,
      [...this.#past, { ...step, before: this.draft, field: null }],
      this.#future.slice(0, -1),
    );
  }
}
