import type { ServerResponse } from "node:http";

import type { RateLimit, Route } from "@meshhook/journal";

import { HttpProblem } from "../../http-problem.ts";
import { TokenBucket } from "./token-bucket.ts";

interface NamedBucket {
  readonly name: "endpoint" | "project";
  readonly bucket: TokenBucket;
}

/** The buckets of all endpoints and projects that have a limit. They outlive what is read of the catalog. */
export class RateBuckets {
  readonly #share: () => number;
  readonly #buckets = new Map<string, TokenBucket>();

  /** @param share  See `TokenBucket`. */
  constructor(share: () => number) {
    this.#share = share;
  }

  /** Null without a limit. A limit that was changed starts afresh. */
  limitsOf({ endpoint, project }: Route): RateLimits | null {
    const own = endpoint.acceptance.rateLimit ?? null;
    if (own === null && project.rateLimit === null) return null;
    const buckets: NamedBucket[] = [];
    if (own !== null) buckets.push({ name: "endpoint", bucket: this.#of(endpoint.id, own) });
    if (project.rateLimit !== null)
      buckets.push({ name: "project", bucket: this.#of(endpoint.projectId, project.rateLimit) });
    return new RateLimits(buckets);
  }

  /** Forgets the buckets of endpoints and projects that are gone. */
  keepOnly(routes: readonly Route[]): void {
    const ids = new Set(routes.flatMap(({ endpoint }) => [endpoint.id, endpoint.projectId]));
    for (const id of this.#buckets.keys()) if (!ids.has(id)) this.#buckets.delete(id);
  }

  #of(id: string, limit: RateLimit): TokenBucket {
    const known = this.#buckets.get(id);
    if (known !== undefined && isSame(known.limit, limit)) return known;
    const bucket = new TokenBucket(limit, this.#share, performance.now());
    this.#buckets.set(id, bucket);
    return bucket;
  }
}

function isSame(left: RateLimit, right: RateLimit): boolean {
  return left.requests === right.requests && left.perS === right.perS && left.burst === right.burst;
}

/** What limits the rate of one endpoint's webhooks: its own limit, its project's, or both. */
export class RateLimits {
  readonly #buckets: readonly NamedBucket[];
  readonly #policies: string;

  constructor(buckets: readonly NamedBucket[]) {
    this.#buckets = buckets;
    this.#policies = buckets.map(({ name, bucket }) => policyOf(name, bucket.limit)).join(", ");
  }

  /** The most requests per minute, whatever the burst. */
  get perMinute(): number {
    const rates = this.#buckets.map(({ bucket }) => (bucket.limit.requests / bucket.limit.perS) * 60);
    return Math.max(1, Math.floor(Math.min(...rates)));
  }

  /**
   * Refuses a request beyond a limit. Nothing is counted: a request with a wrong signature must not use up what its endpoint may take.
   *
   * @returns `rate_limited`, or null.
   */
  fault(response: ServerResponse): HttpProblem | null {
    const now = performance.now();
    const empty = this.#buckets.filter(({ bucket }) => bucket.available(now) === 0);
    if (empty.length === 0) return null;
    this.#show(response, now);
    const [first] = empty;
    const { requests, perS } = first!.bucket.limit;
    const retryAfterS = Math.max(1, ...empty.map(({ bucket }) => bucket.secondsToMore(now)));
    const detail = `The ${first!.name} accepts ${requests} ${requests === 1 ? "request" : "requests"} in ${perS === 1 ? "a second" : `${perS} seconds`}; send this one again in ${retryAfterS} s`;
    return new HttpProblem("rate_limited", detail, { retryAfterS });
  }

  /** Counts a request, and says in the headers of its answer what is left. @returns As `fault`; then nothing is counted. */
  take(response: ServerResponse): HttpProblem | null {
    const fault = this.fault(response);
    if (fault !== null) return fault;
    for (const { bucket } of this.#buckets) bucket.take();
    this.#show(response, performance.now());
    return null;
  }

  /** The header fields of the IETF draft draft-ietf-httpapi-ratelimit-headers. */
  #show(response: ServerResponse, now: number): void {
    const left = this.#buckets.map(
      ({ name, bucket }) => `"${name}";r=${bucket.available(now)};t=${bucket.secondsToMore(now)}`,
    );
    response.setHeader("ratelimit-policy", this.#policies);
    response.setHeader("ratelimit", left.join(", "));
  }
}

/** The draft has no parameter for a burst, and asks for a prefix of one's own. */
function policyOf(name: string, { requests, perS, burst }: RateLimit): string {
  return `"${name}";q=${requests};w=${perS}${burst === undefined ? "" : `;meshhook-burst=${burst}`}`;
}
