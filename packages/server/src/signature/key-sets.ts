import type { Caller, Clock } from "@meshhook/runtime";
import { PublishedDocument } from "@meshhook/runtime/published-document";
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

/** The public keys of a sender (RFC 7517), by the header of a token. */
export type KeySet = PublishedDocument<JWTVerifyGetKey>;

const KEY_SETS_MAX = 1_000;

/** The key sets that endpoints refer to. They outlive a change of the endpoints, so that a change causes no requests. */
export class KeySets {
  readonly #caller: Caller;
  readonly #clock: Clock;
  /** In the order of their last opening. */
  readonly #sets = new Map<string, KeySet>();

  constructor(caller: Caller, clock: Clock) {
    this.#caller = caller;
    this.#clock = clock;
  }

  /** Nothing is requested until a token is checked. */
  open(url: string): KeySet {
    const set = this.#sets.get(url) ?? new PublishedDocument(url, this.#caller, this.#clock, readKeySet);
    this.#sets.delete(url);
    this.#sets.set(url, set);
    const [oldest] = this.#sets.keys();
    if (this.#sets.size > KEY_SETS_MAX && oldest !== undefined) this.#sets.delete(oldest);
    return set;
  }
}

/** @throws Error  It is not a key set. */
function readKeySet(text: string): JWTVerifyGetKey {
  return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
}
