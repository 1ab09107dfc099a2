import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import type { Micros } from "@meshhook/core";
import type { ApiKey, ApiKeyScope, Catalog } from "@meshhook/journal";

import { HttpProblem } from "./http-problem.ts";
import { requestOrigin } from "./request-origin.ts";
import type { Sessions } from "./sessions.ts";

/** Who sent the request: a key, sent itself or through the session that it signed in. */
export interface Caller extends ApiKey {
  /** Null without a session. */
  readonly sessionExpiresAt: Micros | null;
}

/** The parts of a request that identify its caller. */
export interface CallerRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** Revoking a key takes effect everywhere within this time. */
const KNOWN_MS = 5_000;
const UNKNOWN_MS = 1_000;
const ENTRIES_MAX = 10_000;
const RANK: { readonly [scope in ApiKeyScope]: number } = { read: 0, write: 1, admin: 2 };
/** Methods that change nothing (RFC 9110, section 9.2.1). */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Finds out who calls, from `Authorization: Bearer mh_…` or else from the session cookie. Keys are looked up by hash; answers are
 * kept for a few seconds.
 */
export class Authenticator {
  readonly #catalog: Catalog;
  readonly #sessions: Sessions;
  readonly #cache = new Map<string, { readonly key: ApiKey | null; readonly until: number }>();

  constructor(catalog: Catalog, sessions: Sessions) {
    this.#catalog = catalog;
    this.#sessions = sessions;
  }

  /** @throws HttpProblem  `unauthenticated`, `cross_site_request`, `scope_insufficient`. */
  async caller(request: CallerRequest, scope: ApiKeyScope): Promise<Caller> {
    const caller = await this.#identify(request);
    if (RANK[caller.scope] < RANK[scope])
      throw new HttpProblem(
        "scope_insufficient",
        `This needs a key with scope ${scope}; the key that was sent has scope ${caller.scope}`,
      );
    return caller;
  }

  /** The key with this text and its hash. @throws HttpProblem  `unauthenticated`: the same for every wrong key. */
  async keyOf(token: string): Promise<ApiKey> {
    const key = await this.#find(createHash("sha256").update(token).digest("hex"));
    if (key === null) throw new HttpProblem("unauthenticated", "The API key is unknown or was revoked");
    return key;
  }

  async #identify({ method, headers }: CallerRequest): Promise<Caller> {
    const token = /^Bearer +(\S{1,256})$/i.exec(headers.authorization ?? "")?.[1];
    if (token !== undefined) return { ...(await this.keyOf(token)), sessionExpiresAt: null };
    const cookie = this.#sessions.cookieOf(headers.cookie);
    if (cookie === null)
      throw new HttpProblem("unauthenticated", "Send the header Authorization: Bearer mh_… with an API key");
    // Before the cookie is read, so that another site's page learns nothing about it.
    if (!SAFE.has(method)) requireOwnOrigin(headers);
    const session = this.#sessions.open(cookie, Date.now() * 1_000);
    const key = session === null ? null : await this.#find(session.keyHash);
    if (session === null || key === null)
      throw new HttpProblem("unauthenticated", "The session has ended or its API key was revoked; sign in again");
    return { ...key, sessionExpiresAt: session.expiresAt };
  }

  async #find(hash: string): Promise<ApiKey | null> {
    const now = performance.now();
    const cached = this.#cache.get(hash);
    if (cached !== undefined && cached.until > now) return cached.key;
    const key = await this.#catalog.findApiKeyByHash(hash);
    if (this.#cache.size >= ENTRIES_MAX) this.#cache.clear();
    this.#cache.set(hash, { key, until: now + (key === null ? UNKNOWN_MS : KNOWN_MS) });
    return key;
  }

  /** A key was revoked by this process, so there is no need to wait. */
  forget(): void {
    this.#cache.clear();
  }
}

/** Browsers send cookies along with whatever makes them send a request. @throws HttpProblem  `cross_site_request`. */
export function requireOwnOrigin(headers: IncomingHttpHeaders): void {
  if (requestOrigin(headers) !== "own") {
    throw new HttpProblem(
      "cross_site_request",
      "A session can make changes only from MeshHook's own pages, and neither Sec-Fetch-Site nor Origin shows that this request comes from one; in programs, send an API key",
    );
  }
}
