import { createHash } from "node:crypto";

import type { ApiKey, ApiKeyScope, Catalog } from "@meshhook/journal";

import { HttpProblem } from "./http-problem.ts";

/** Revoking a key takes effect everywhere within this time. */
const KNOWN_MS = 5_000;
const UNKNOWN_MS = 1_000;
const ENTRIES_MAX = 10_000;
const RANK: { readonly [scope in ApiKeyScope]: number } = { read: 0, write: 1, admin: 2 };

/** Finds out who calls, from `Authorization: Bearer mh_…`. Keys are looked up by hash; answers are kept for a few seconds. */
export class Authenticator {
  readonly #catalog: Catalog;
  readonly #cache = new Map<string, { readonly key: ApiKey | null; readonly until: number }>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** @throws HttpProblem  `unauthenticated`, `scope_insufficient`. */
  async caller(authorization: string | undefined, scope: ApiKeyScope): Promise<ApiKey> {
    const token = /^Bearer +(\S{1,256})$/i.exec(authorization ?? "")?.[1];
    if (token === undefined)
      throw new HttpProblem("unauthenticated", "send the header Authorization: Bearer mh_… with an API key");
    const key = await this.#find(createHash("sha256").update(token).digest("hex"));
    if (key === null) throw new HttpProblem("unauthenticated", "the API key is not known or was revoked");
    if (RANK[key.scope] < RANK[scope])
      throw new HttpProblem(
        "scope_insufficient",
        `this needs a key with scope ${scope}; the key that was sent has scope ${key.scope}`,
      );
    return key;
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

  /** A key was revoked by this process: no need to wait. */
  forget(): void {
    this.#cache.clear();
  }
}
