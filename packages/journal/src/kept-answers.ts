import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Answers to requests that name themselves, so that a request that is sent again has no second effect and gets the same answer.
 *
 * A request claims its key first. Where its effect is a change of the catalog, the answer is stored in the transaction of the change, and
 * only by the attempt that holds the claim: whoever else was at it changes nothing.
 */
export interface KeptAnswers {
  claim(request: NamedRequest): Promise<Claimed>;
  /** Runs `work` as the attempt that holds a claim. `write` makes the stored text of an answer. */
  during<T>(claim: Claim, write: (answer: unknown) => string, work: () => Promise<T>): Promise<T>;
  /** Stores the answer to a request whose effect is something else than a change of the catalog. */
  keep(claim: Claim, answer: string): Promise<void>;
  /** Gives the key back: nothing was changed. An answer that was stored stays. */
  release(claim: Claim): Promise<void>;
  /** Removes what was kept long enough. Resolves with the number. */
  forget(): Promise<number>;
}

export interface NamedRequest {
  readonly projectId: string;
  /** Of the key and of all that gives it a name space. */
  readonly keyDigest: string;
  /** Of all that makes two requests the same. */
  readonly requestDigest: string;
}

/** Of one attempt to carry a request out. */
export interface Claim {
  readonly projectId: string;
  readonly keyDigest: string;
  readonly id: string;
}

/**
 * `differs`: the key was used for another request. `in_progress`: another attempt is at it, or ended without a word a moment ago. `full`:
 * the project has used as many keys as are kept.
 */
export type Claimed =
  | { readonly kind: "claimed"; readonly claim: Claim }
  | { readonly kind: "answered"; readonly answer: string }
  | { readonly kind: "differs" | "in_progress" | "full" };

/** How long an answer is kept. */
export const ANSWERS_KEPT_MS = 86_400_000;
/** An attempt that has been silent for so long has ended. */
export const ATTEMPT_MS_MAX = 60_000;
/** How many keys of a project are kept. */
export const ANSWERS_MAX = 10_000;

/** The claim was lost to another attempt, so nothing was changed. */
export class ClaimLost extends Error {
  override readonly name = "ClaimLost";
}

/** An attempt that is being made. */
export interface OpenAttempt {
  readonly claim: Claim;
  readonly write: (answer: unknown) => string;
  /** The answer to what the next change results in; null: the answer is not known with the change. */
  answerOf: ((result: never) => unknown) | null;
  isKept: boolean;
}

const attempts = new AsyncLocalStorage<OpenAttempt>();

export function runAsAttempt<T>(attempt: OpenAttempt, work: () => Promise<T>): Promise<T> {
  return attempts.run(attempt, work);
}

/** The attempt whose answer is not stored yet and would be known with a change; null: none. */
export function answeringAttempt(): OpenAttempt | null {
  const open = attempts.getStore();
  return open === undefined || open.isKept || open.answerOf === null ? null : open;
}

/** The text of the answer to what a change results in. */
export function answerText({ answerOf, write }: OpenAttempt, result: unknown): string {
  return write(answerOf?.(result as never));
}

/** Makes a change and gives the answer to it, which is kept in the transaction of the change. */
export async function answeredBy<T, A>(change: () => Promise<T>, answerOf: (result: T) => A): Promise<A> {
  const open = attempts.getStore();
  if (open !== undefined) open.answerOf = answerOf;
  try {
    return answerOf(await change());
  } finally {
    if (open !== undefined) open.answerOf = null;
  }
}
