import { untrack } from "svelte";

/** Something a person can do, by name, by shortcut, or from the one list of everything (`Ctrl K`). */
export interface Command {
  /** Unique: "run.cancel". */
  readonly id: string;
  /** As in "Cancel this run". */
  readonly title: string;
  /** The heading it stands under: "Go to", "This run". */
  readonly group: string;
  /** As tinykeys writes it. Letters alone never fire while somebody types. */
  readonly shortcut?: string;
  /** Words that find it, beside its title. */
  readonly keywords?: readonly string[];
  readonly run: () => void | Promise<void>;
}

/**
 * The commands of the page that is shown.
 *
 * A page adds its own while it is there:
 *
 * ```svelte
 * $effect(() => commands.add([{ id: "run.cancel", title: "Cancel this run", group: "This run", shortcut: "c", run: cancel }]));
 * ```
 *
 * What `run` reads later is read when it runs; the effect runs again only when the list itself depends on state.
 */
class Commands {
  #groups = $state.raw<readonly (readonly Command[])[]>([]);

  /** In the order they were added; the page's own come after the shell's. */
  get all(): readonly Command[] {
    return this.#groups.flat();
  }

  /** @returns what takes them away again. */
  add(commands: readonly Command[]): () => void {
    // Adding must not make the effect that adds depend on what others add.
    untrack(() => (this.#groups = [...this.#groups, commands]));
    return () => (this.#groups = this.#groups.filter((group) => group !== commands));
  }
}

export const commands = new Commands();
