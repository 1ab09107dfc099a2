import { untrack } from "svelte";

/** An action that can be called by name, by shortcut, or from the command list (`Ctrl K`). */
export interface Command {
  /** Unique: "run.cancel". */
  readonly id: string;
  /** As in "Cancel this run". */
  readonly title: string;
  /** Its heading: "Go to", "This run". */
  readonly group: string;
  /** In tinykeys' notation. Letters alone never fire while the user is typing. */
  readonly shortcut?: string;
  /** Words that find it, besides its title. */
  readonly keywords?: readonly string[];
  readonly run: () => void | Promise<void>;
}

/**
 * The commands of the current page.
 *
 * A page adds its own while it is shown:
 *
 * ```svelte
 * $effect(() => commands.add([{ id: "run.cancel", title: "Cancel this run", group: "This run", shortcut: "c", run: cancel }]));
 * ```
 *
 * State that `run` reads is read when it runs; the effect runs again only if the list itself depends on state.
 */
class Commands {
  #groups = $state.raw<readonly (readonly Command[])[]>([]);

  /** In the order they were added; the page's own come after the shell's. */
  get all(): readonly Command[] {
    return this.#groups.flat();
  }

  /** @returns a function that removes them. */
  add(commands: readonly Command[]): () => void {
    // Adding must not make the calling effect depend on what others add.
    untrack(() => (this.#groups = [...this.#groups, commands]));
    return () => (this.#groups = this.#groups.filter((group) => group !== commands));
  }
}

export const commands = new Commands();
