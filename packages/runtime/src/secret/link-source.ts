/** A signal that a link sends to a run. */
export interface LinkTarget {
  readonly projectId: string;
  readonly runId: string;
  /** The name of the signal. */
  readonly name: string;
  /** JSON text. */
  readonly payload: string;
}

/** Where links to signals come from. Whoever has one can send its signal, so that no fact may hold it. */
export interface LinkSource {
  /** The whole address of a link; null where this process does not know at which address it is reached. */
  urlOf(target: LinkTarget): string | null;
}
