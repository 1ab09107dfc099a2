import { createHmac } from "node:crypto";

import type { Catalog, People, Role, User } from "@meshhook/journal";
import type { FastifyRequest } from "fastify";
import { EncryptJWT, jwtDecrypt } from "jose";
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientError,
  type Configuration,
  discovery,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  ResponseBodyError,
} from "openid-client";

import { DEFAULT_ORGANISATION_ID } from "@meshhook/journal";
import { HttpProblem } from "../http-problem.ts";
import { valueIn } from "../sessions.ts";
import { isEncrypted } from "./sign-ins.ts";

/** An OpenID provider, and whom it may sign in. */
export interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** How the sign-in page calls it. */
  readonly name: string;
  /** Only addresses of these domains may sign in; empty: those of all users. */
  readonly domains: readonly string[];
  /** The role in the default organisation that people of the domains get when they come first; null: they must be users already. */
  readonly newcomers: Exclude<Role, "owner"> | null;
  /** Where people reach this installation; null: what their browsers say. */
  readonly publicUrl: string | null;
}

/** The page of the console that takes the provider's answer. */
const ANSWER_PATH = "/sign-in/provider";
const TIMEOUT_S = 10;
const PENDING_S = 600;
/** A provider that was found is not looked for again for so long; then its keys and addresses may have changed. */
const FOUND_MS = 3_600_000;

/** What the provider says about a person. */
interface Person {
  readonly subject: string;
  readonly email: string | null;
  readonly isVerified: boolean;
  readonly name: string | null;
}

/**
 * Sign-in with an OpenID provider: authorisation code with PKCE, state and nonce, which a sealed cookie keeps in between.
 *
 * The browser comes back to a page of the console, which sends the answer on. So the request that opens the session comes from a page of this
 * installation, and its cookies can all be `SameSite=Strict`.
 */
export class Provider {
  readonly #settings: ProviderSettings;
  readonly #people: People;
  readonly #catalog: Catalog;
  readonly #key: Buffer;
  readonly #cookieName: string;
  #found: { readonly config: Promise<Configuration>; readonly untilMs: number } | null = null;

  constructor(
    settings: ProviderSettings,
    sources: { readonly people: People; readonly catalog: Catalog; readonly secretKey: Buffer },
  ) {
    this.#settings = settings;
    this.#people = sources.people;
    this.#catalog = sources.catalog;
    this.#key = createHmac("sha256", sources.secretKey).update("meshhook provider sign-in").digest();
    const mark = createHmac("sha256", this.#key).update("cookie").digest("hex").slice(0, 8);
    this.#cookieName = `meshhook_provider_${mark}`;
  }

  get name(): string {
    return this.#settings.name;
  }

  /** @throws HttpProblem  `provider_unavailable`. */
  async begin(request: FastifyRequest): Promise<{ readonly url: string; readonly cookie: string }> {
    const config = await this.#discover();
    const [verifier, state, nonce] = [randomPKCECodeVerifier(), randomState(), randomNonce()];
    const redirectUri = this.#redirectUri(request);
    const url = buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: "openid email profile",
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
    const sealed = await new EncryptJWT({ verifier, state, nonce, redirectUri })
      .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
      .setExpirationTime(`${PENDING_S}s`)
      .encrypt(this.#key);
    const secure = isEncrypted(request) ? "; Secure" : "";
    const cookie = `${this.#cookieName}=${sealed}; HttpOnly; SameSite=Strict; Path=/api/v1/session/provider; Max-Age=${PENDING_S}${secure}`;
    return { url: url.href, cookie };
  }

  /** `query`: with what the provider sent the browser back. @throws HttpProblem  `provider_refused`, `provider_unavailable`. */
  async finish(query: string, request: FastifyRequest): Promise<User> {
    const pending = await this.#pending(request.headers.cookie);
    const person = await this.#ask(query, pending);
    const { issuer } = this.#settings;
    const known = await this.#people.findUser({ issuer, subject: person.subject });
    const user = known ?? (await this.#link(person));
    if (user.disabledAt !== null) throw refused(`The user ${user.email} is disabled; ask an administrator`);
    return user;
  }

  async #ask(
    query: string,
    pending: {
      readonly verifier: string;
      readonly state: string;
      readonly nonce: string;
      readonly redirectUri: string;
    },
  ): Promise<Person> {
    const config = await this.#discover();
    const { verifier, state, nonce, redirectUri } = pending;
    try {
      const answer = new URL(`${redirectUri}?${query.replace(/^\?/, "")}`);
      const tokens = await authorizationCodeGrant(config, answer, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw refused("It gave no ID token");
      const more = claims["email"] === undefined ? await fetchUserInfo(config, tokens.access_token, claims.sub) : {};
      const { email, email_verified: verified, name } = { ...more, ...claims } as { readonly [name: string]: unknown };
      return {
        subject: claims.sub,
        email: typeof email === "string" ? email.toLowerCase() : null,
        isVerified: verified === true,
        name: typeof name === "string" && name !== "" ? name.slice(0, 200) : null,
      };
    } catch (error) {
      if (error instanceof HttpProblem) throw error;
      if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError)
        throw refused(`${this.name} answered "${error.error}"; sign in again`);
      if (error instanceof ClientError && error.code !== "OAUTH_TIMEOUT")
        throw refused(`The answer of ${this.name} is not accepted: ${error.message}; sign in again`);
      throw unavailable(this.name, error);
    }
  }

  /**
   * Links an identity that is new here to the user with the same address, if the provider has verified the address: an administrator has
   * created that user. Nobody else comes in, but for people of the configured domains.
   *
   * @throws HttpProblem  `provider_refused`.
   */
  async #link({ subject, email, isVerified, name }: Person): Promise<User> {
    const { issuer, domains, newcomers } = this.#settings;
    if (email === null || !isVerified)
      throw refused(`${this.name} has not verified the e-mail address of this person; verify it there`);
    const domain = email.slice(email.lastIndexOf("@") + 1);
    if (domains.length > 0 && !domains.includes(domain))
      throw refused(`Addresses of ${domain} may not sign in here (MESHHOOK_OIDC_DOMAINS)`);
    let user: User | null = await this.#people.findUser({ email });
    if (user === null) {
      if (domains.length === 0 || newcomers === null)
        throw refused(`There is no user ${email}; an administrator can create one`);
      user = await this.#people.createUser({ email, name: name ?? email, password: null, isAdmin: false });
      const projects = await this.#catalog.listProjects();
      const place = projects.find(({ organisationId }) => organisationId === DEFAULT_ORGANISATION_ID);
      if (place !== undefined)
        await this.#people.setMember(place.id, { userId: user.id, reach: "organisation", role: newcomers });
    }
    if (!(await this.#people.linkIdentity({ issuer, subject, userId: user.id })))
      throw refused(`The user ${email} is linked to another account of ${this.name}; ask an administrator`);
    return user;
  }

  /** @throws HttpProblem  `provider_refused`. */
  async #pending(header: string | undefined): Promise<{
    readonly verifier: string;
    readonly state: string;
    readonly nonce: string;
    readonly redirectUri: string;
  }> {
    try {
      const { payload } = await jwtDecrypt<{ verifier: string; state: string; nonce: string; redirectUri: string }>(
        valueIn(header, this.#cookieName) ?? "",
        this.#key,
        { keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"], requiredClaims: ["exp"] },
      );
      return payload;
    } catch {
      throw refused("This browser has begun no sign-in, or more than 10 minutes ago; sign in again");
    }
  }

  #redirectUri(request: FastifyRequest): string {
    const { publicUrl } = this.#settings;
    const origin = publicUrl ?? `${isEncrypted(request) ? "https" : "http"}://${request.headers.host ?? ""}`;
    return `${origin.replace(/\/+$/, "")}${ANSWER_PATH}`;
  }

  /** @throws HttpProblem  `provider_unavailable`. */
  async #discover(): Promise<Configuration> {
    const now = performance.now();
    if (this.#found === null || this.#found.untilMs < now) {
      const { issuer, clientId, clientSecret } = this.#settings;
      const url = new URL(issuer);
      const options = {
        timeout: TIMEOUT_S,
        // oxlint-disable-next-line typescript/no-deprecated -- only for tests on one machine: the settings refuse it elsewhere
        ...(url.protocol === "http:" ? { execute: [allowInsecureRequests] } : {}),
      };
      const config = discovery(url, clientId, clientSecret, undefined, options);
      this.#found = { config, untilMs: now + FOUND_MS };
    }
    const { config } = this.#found;
    try {
      return await config;
    } catch (error) {
      this.#found = null;
      throw unavailable(this.name, error);
    }
  }
}

function refused(detail: string): HttpProblem {
  return new HttpProblem("provider_refused", detail);
}

function unavailable(name: string, error: unknown): HttpProblem {
  const reason = error instanceof Error ? error.message : "no answer";
  return new HttpProblem("provider_unavailable", `${name} cannot be used: ${reason}`, { retryAfterS: 5 });
}
