import { DocumentUnavailable } from "@meshhook/runtime/published-document";
import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";

import { HttpProblem } from "../http-problem.ts";
import type { KeySet } from "../signature/key-sets.ts";

/** Whose tokens count beside API keys. */
export interface TokenSettings {
  /** What `iss` must be. */
  readonly issuer: string;
  /** What `aud` must contain. */
  readonly audience: string;
  /** Where the issuer publishes its keys. */
  readonly keysUrl: string;
}

/** A user as an issuer knows them. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

/** Those with a public key: whoever can check such a token cannot make one. */
const ALGORITHMS = ["ES256", "RS256", "EdDSA"];
const CLOCK_TOLERANCE_S = 5;
const SUBJECT_CHARACTERS_MAX = 255;

/**
 * Tokens of one issuer (RFC 7519), such as those of Supabase Auth.
 *
 * Issuer, audience, algorithms and the address of the keys come from the settings. Nothing that a token says about its own key (`jku`, `x5u`,
 * `jwk`, a path in `kid`) is looked at, and of its claims only the subject is used: users of Supabase can change `user_metadata` themselves.
 */
export class TokenIdentities {
  readonly #settings: TokenSettings;
  readonly #keySet: KeySet;

  constructor(settings: TokenSettings, keySet: KeySet) {
    this.#settings = settings;
    this.#keySet = keySet;
  }

  /** @throws HttpProblem  `token_invalid`, `provider_unavailable`. */
  async identityOf(token: string): Promise<Identity> {
    const { issuer, audience } = this.#settings;
    const options = {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ["exp", "sub"],
    };
    const { sub = "" } = await this.#verify(token, options);
    if (sub === "" || sub.length > SUBJECT_CHARACTERS_MAX)
      throw new HttpProblem("token_invalid", 'The token is not accepted: the claim "sub" is empty or too long');
    return { issuer, subject: sub };
  }

  async #verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    try {
      const keys = await this.#keySet.read();
      try {
        return (await jwtVerify(token, keys, options)).payload;
      } catch (error) {
        // A key that was published only recently may be missing from the copy here.
        const newer = error instanceof errors.JWKSNoMatchingKey ? await this.#keySet.readAfter(keys) : null;
        if (newer === null) throw error;
        return (await jwtVerify(token, newer, options)).payload;
      }
    } catch (error) {
      if (error instanceof DocumentUnavailable)
        throw new HttpProblem(
          "provider_unavailable",
          `The keys of ${this.#settings.issuer} cannot be read: ${error.message}`,
          {
            retryAfterS: 5,
          },
        );
      // The library's messages name claims and rules, never values.
      const reason = error instanceof Error ? error.message : "it is not a signed token";
      throw new HttpProblem("token_invalid", `The token is not accepted: ${reason}`);
    }
  }
}
