import {
  answeringAttempt,
  answerText,
  ANSWERS_KEPT_MS,
  ANSWERS_MAX,
  ATTEMPT_MS_MAX,
  type Claim,
  type Claimed,
  ClaimLost,
  type KeptAnswers,
  type NamedRequest,
  runAsAttempt,
} from "../kept-answers.ts";

interface Kept {
  readonly requestDigest: string;
  readonly claim: string;
  readonly claimedAtMs: number;
  readonly answer: string | null;
}

/** Kept answers in memory: the same answers as Postgres. */
export class MemoryKeptAnswers implements KeptAnswers {
  readonly #nowMs: () => number;
  readonly #newId: () => string;
  readonly #kept = new Map<string, Kept>();

  constructor(options: { readonly nowMs: () => number; readonly newId: () => string }) {
    this.#nowMs = options.nowMs;
    this.#newId = options.newId;
  }

  async claim({ projectId, keyDigest, requestDigest }: NamedRequest): Promise<Claimed> {
    const key = keyOf({ projectId, keyDigest });
    const kept = this.#kept.get(key);
    const age = kept === undefined ? 0 : this.#nowMs() - kept.claimedAtMs;
    const isOver = kept !== undefined && age > ANSWERS_KEPT_MS;
    if (kept !== undefined && !isOver) {
      if (kept.requestDigest !== requestDigest) return { kind: "differs" };
      if (kept.answer !== null) return { kind: "answered", answer: kept.answer };
      if (age <= ATTEMPT_MS_MAX) return { kind: "in_progress" };
    }
    const others = [...this.#kept.keys()].filter((each) => each.startsWith(`${projectId} `)).length;
    if (kept === undefined && others >= ANSWERS_MAX) return { kind: "full" };
    const id = this.#newId();
    this.#kept.set(key, { requestDigest, claim: id, claimedAtMs: this.#nowMs(), answer: null });
    return { kind: "claimed", claim: { projectId, keyDigest, id } };
  }

  during<T>(claim: Claim, write: (answer: unknown) => string, work: () => Promise<T>): Promise<T> {
    return runAsAttempt({ claim, write, answerOf: null, isKept: false }, work);
  }

  async keep(claim: Claim, answer: string): Promise<void> {
    const kept = this.#held(claim);
    if (kept !== null) this.#kept.set(keyOf(claim), { ...kept, answer });
  }

  async release(claim: Claim): Promise<void> {
    if (this.#held(claim)?.answer === null) this.#kept.delete(keyOf(claim));
  }

  async forget(): Promise<number> {
    const old = [...this.#kept].filter(([, { claimedAtMs }]) => this.#nowMs() - claimedAtMs > ANSWERS_KEPT_MS);
    for (const [key] of old) this.#kept.delete(key);
    return old.length;
  }

  /** To be asked before a change: that the attempt it belongs to may make it. @throws ClaimLost */
  require(): void {
    const open = answeringAttempt();
    if (open !== null && this.#held(open.claim) === null)
      throw new ClaimLost("Another attempt carries this request out");
  }

  /** A change of the catalog: the answer that says so is stored with it. */
  changed(result: object | null): void {
    const open = answeringAttempt();
    const kept = open === null ? null : this.#held(open.claim);
    if (open === null || kept === null || result === null) return;
    this.#kept.set(keyOf(open.claim), { ...kept, answer: answerText(open, result) });
    open.isKept = true;
  }

  #held(claim: Claim): Kept | null {
    const kept = this.#kept.get(keyOf(claim));
    return kept?.claim === claim.id ? kept : null;
  }
}

function keyOf({ projectId, keyDigest }: Pick<Claim, "projectId" | "keyDigest">): string {
  return `${projectId} ${keyDigest}`;
}
