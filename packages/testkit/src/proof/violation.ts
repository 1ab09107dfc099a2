/** Something that must never happen has happened. */
export interface Violation {
  /** The guarantee that is broken, in the same words for the same kind. */
  readonly rule: string;
  /** Where, and what was found instead. */
  readonly detail: string;
}

export type Report = (rule: string, detail: string) => void;
