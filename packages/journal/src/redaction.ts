/** What is found wherever it stands in a text. */
export type RedactionPattern = "email" | "phone" | "card" | "iban";

/** What of a delivery is not to be stored, and what stands in its place. */
export interface RedactionRule {
  /** Unique in its list; says in the log of deliveries what was redacted. */
  readonly name: string;
  /** Places in the payload, such as `items[*].card.number`. */
  readonly paths?: readonly string[];
  /** Names of headers, in any case. */
  readonly headers?: readonly string[];
  /** Names of parameters of the query. */
  readonly query?: readonly string[];
  readonly patterns?: readonly RedactionPattern[];
  /** Patterns of the project's own, in RE2's syntax. */
  readonly expressions?: readonly string[];
  /** The network address of the sender is left out. */
  readonly address?: boolean;
  /** Also in answers to calls, before they become facts. Only rules of projects. */
  readonly answers?: boolean;
  /** `mask` without it. `pseudonym`: equal values of a project can still be recognized as equal. */
  readonly replace?: "mask" | "pseudonym";
}
