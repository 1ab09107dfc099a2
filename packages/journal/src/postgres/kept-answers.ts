import { newId } from "../id.ts";
import {
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
import type { Connections, Runner } from "./connections.ts";
import { queries } from "./queries.ts";

/** How many rows one statement removes. */
const FORGOTTEN_AT_ONCE = 5_000;
/** A key that is given back between two looks is looked at again. */
const LOOKS_MAX = 3;

/** Kept answers in Postgres. */
export class PostgresKeptAnswers implements KeptAnswers {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  async claim({ projectId, keyDigest, requestDigest }: NamedRequest): Promise<Claimed> {
    const id = newId();
    const limits = [ANSWERS_KEPT_MS, ATTEMPT_MS_MAX, ANSWERS_MAX];
    for (let look = 1; look <= LOOKS_MAX; look += 1) {
      // Two statements that see what is committed when they begin: a claim of somebody else is found by the second.
      const claimed = await this.#connections.asTenant("claim an idempotency key", projectId, (runner) =>
        runner.query(queries["claim-answer"], [projectId, keyDigest, requestDigest, id, ...limits]),
      );
      if (claimed.rowCount === 1) return { kind: "claimed", claim: { projectId, keyDigest, id } };
      const found = await this.#connections.readAsTenant<{ request_digest: string; answer: string | null }>(
        "find a kept answer",
        projectId,
        queries["find-kept-answer"],
        [projectId, keyDigest],
      );
      const [kept] = found.rows;
      if (kept === undefined) continue;
      if (kept.request_digest !== requestDigest) return { kind: "differs" };
      return kept.answer === null ? { kind: "in_progress" } : { kind: "answered", answer: kept.answer };
    }
    return { kind: "full" };
  }

  during<T>(claim: Claim, write: (answer: unknown) => string, work: () => Promise<T>): Promise<T> {
    return runAsAttempt({ claim, write, answerOf: null, isKept: false }, work);
  }

  async keep(claim: Claim, answer: string): Promise<void> {
    await this.#connections.asTenant("keep an answer", claim.projectId, (runner) =>
      runner.query(queries["keep-answer"], [claim.projectId, claim.keyDigest, claim.id, answer]),
    );
  }

  async release({ projectId, keyDigest, id }: Claim): Promise<void> {
    await this.#connections.asTenant("give an idempotency key back", projectId, (runner) =>
      runner.query(queries["release-answer"], [projectId, keyDigest, id]),
    );
  }

  async forget(): Promise<number> {
    let total = 0;
    for (let forgotten = FORGOTTEN_AT_ONCE; forgotten === FORGOTTEN_AT_ONCE; total += forgotten) {
      const removed = await this.#connections.read("remove old answers", queries["forget-answers"], [
        ANSWERS_KEPT_MS,
        FORGOTTEN_AT_ONCE,
      ]);
      forgotten = removed.rowCount ?? 0;
    }
    return total;
  }
}

/** Stores an answer within the transaction of its effect. @throws ClaimLost */
export async function keepAnswer(runner: Runner, { projectId, keyDigest, id }: Claim, answer: string): Promise<void> {
  const kept = await runner.query(queries["keep-answer"], [projectId, keyDigest, id, answer]);
  if (kept.rowCount !== 1) throw new ClaimLost("Another attempt carries this request out");
}
