import { createHash, createHmac } from "node:crypto";

import type { ProblemIssue, RouteName, RouteSpec } from "@meshhook/contract";
import { parseJsonExactly } from "@meshhook/core";
import { ClaimLost, type Claim, type KeptAnswers } from "@meshhook/journal";
import { SecretKeyMissing, type SecretBox } from "@meshhook/runtime";
import type { FastifyRequest } from "fastify";

import type { Caller } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import { deliveryKeyOf } from "../intake/delivery-key.ts";

/** Keys are read as the intake reads those of deliveries. */
const STANDARD_ONLY = { dedupeHeader: null, keysByHeader: true };

/** A request of a caller, checked. */
interface Asked {
  readonly name: RouteName;
  readonly caller: Caller;
  readonly input: { readonly [name: string]: unknown };
  readonly request: FastifyRequest;
}

/** Whether a key of a request to the route stands for its answer. Routes that change nothing have nothing to protect. */
export function keepsAnswers({ method, scope, keyField }: RouteSpec): boolean {
  return method === "POST" && scope !== "read" && scope !== null && keyField === undefined;
}

/**
 * The body of a request to a route that knows keys of its own: `Idempotency-Key` is the same as that field.
 *
 * @throws HttpProblem  `request_invalid` where both are there and differ.
 */
export function bodyWithKey({ keyField }: RouteSpec, request: FastifyRequest): unknown {
  const { body } = request;
  if (keyField === undefined || typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const key = keyOf(request);
  if (key === null) return body;
  const given = (body as { readonly [field: string]: unknown })[keyField];
  if (given === undefined) return { ...body, [keyField]: key };
  if (given === key) return body;
  const issue: ProblemIssue = {
    path: `/body/${keyField}`,
    code: "invalid_value",
    message: `${keyField} is ${JSON.stringify(given).slice(0, 100)} and the header Idempotency-Key is ${JSON.stringify(key).slice(0, 100)}.`,
    fix: "Send one of them, or both with the same value.",
  };
  throw new HttpProblem("request_invalid", "The request has 1 issue", { issues: [issue] });
}

/** Requests with `Idempotency-Key`: each is carried out once, and who sends it again gets the same answer. */
export class NamedRequests {
  readonly #answers: KeptAnswers;
  readonly #secrets: SecretBox;
  readonly #secretKey: Buffer;

  constructor(answers: KeptAnswers, secrets: SecretBox, secretKey: Buffer) {
    this.#answers = answers;
    this.#secrets = secrets;
    this.#secretKey = secretKey;
  }

  /**
   * @returns The answer of `work`, or the one that was kept.
   * @throws HttpProblem  `idempotency_key_invalid`, `request_differs`, `request_in_progress`, and what `work` throws.
   */
  async once(
    { name, caller, input, request }: Asked,
    work: () => Promise<unknown>,
  ): Promise<{ readonly body: unknown; readonly isRepeat: boolean }> {
    const key = keyOf(request);
    if (key === null) return { body: await work(), isRepeat: false };
    const { projectId } = caller;
    const keyDigest = createHash("sha256")
      .update(JSON.stringify([name, caller.id, key]))
      .digest("base64url");
    // Requests may hold passwords, which nobody may find by trying.
    const requestDigest = createHmac("sha256", this.#secretKey).update(JSON.stringify(input)).digest("base64url");
    const claimed = await this.#answers.claim({ projectId, keyDigest, requestDigest });
    switch (claimed.kind) {
      case "claimed":
        return { body: await this.#carriedOut(claimed.claim, work), isRepeat: false };
      case "answered":
        return { body: this.#opened({ projectId, keyDigest }, claimed.answer), isRepeat: true };
      case "differs":
        throw new HttpProblem(
          "request_differs",
          `The key ${JSON.stringify(key)} was used for another request to this route; use a new key for a new request`,
        );
      case "in_progress":
        throw inProgress(key);
      case "full":
      default:
        throw new HttpProblem("overloaded", "The project has used as many idempotency keys in a day as are kept", {
          retryAfterS: 60,
        });
    }
  }

  async #carriedOut(claim: Claim, work: () => Promise<unknown>): Promise<unknown> {
    let isKept = false;
    const write = (answer: unknown): string => {
      isKept = true;
      return this.#secrets.seal(claim.projectId, JSON.stringify(answer), boundTo(claim));
    };
    try {
      const answer = await this.#answers.during(claim, write, work);
      if (!isKept) await this.#answers.keep(claim, write(answer));
      return answer;
    } catch (error) {
      // What was stored with a change stays, so that a repeat learns that the change was made.
      await this.#answers.release(claim).catch(() => undefined);
      if (error instanceof ClaimLost) throw inProgress(null);
      throw error;
    }
  }

  #opened(of: Pick<Claim, "projectId" | "keyDigest">, answer: string): unknown {
    try {
      return parseJsonExactly(this.#secrets.open(of.projectId, answer, boundTo(of)).toString("utf8"));
    } catch (error) {
      if (!(error instanceof SecretKeyMissing)) throw error;
      throw new HttpProblem(
        "unavailable",
        "The request was carried out before. Its answer is stored under a secret key that this process does not have",
        { retryAfterS: 60 },
      );
    }
  }
}

function keyOf({ raw }: FastifyRequest): string | null {
  return deliveryKeyOf(raw, Object.keys(raw.headers).length, STANDARD_ONLY)?.key ?? null;
}

function inProgress(key: string | null): HttpProblem {
  const named = key === null ? "this key" : `the key ${JSON.stringify(key)}`;
  return new HttpProblem("request_in_progress", `A request with ${named} is being carried out; ask again in a moment`, {
    retryAfterS: 1,
  });
}

/** No secret has such a name, so that none can be put in the place of an answer. */
function boundTo({ keyDigest }: Pick<Claim, "keyDigest">): { readonly name: string; readonly version: number } {
  return { name: `answer ${keyDigest}`, version: 0 };
}
