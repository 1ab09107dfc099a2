import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

import type { Access, ApiKey, Catalog, People, User, UserSession } from "@meshhook/journal";
import type { Logger } from "@meshhook/runtime";

import { HttpProblem } from "./http-problem.ts";
import { callerOfKey, callerOfUser, requireRight, type Caller, type Needs } from "./identity/caller.ts";
import type { TokenIdentities } from "./identity/token-identities.ts";
import { requestOrigin } from "./request-origin.ts";
import type { Sessions } from "./sessions.ts";

export type { Caller } from "./identity/caller.ts";

/** The parts of a request that identify its caller. */
export interface CallerRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** A person, and where the person may go. */
interface Known {
  readonly user: User;
  readonly access: readonly Access[];
  /** Null: a token was sent. */
  readonly session: UserSession | null;
}

export interface AuthenticatorSources {
  readonly catalog: Catalog;
  readonly people: People;
  readonly sessions: Sessions;
  /** Null: only keys and sessions count. */
  readonly tokens: TokenIdentities | null;
  readonly log: Logger;
}

/** Revoking a key and ending a session take effect everywhere within this time, and so do changes of roles. */
const KNOWN_MS = 5_000;
const UNKNOWN_MS = 1_000;
const ENTRIES_MAX = 10_000;
const MINUTE_US = 60_000_000;
/** Names the project of one request: an id or a slug. */
const PROJECT_HEADER = "meshhook-project";
/** Methods that change nothing (RFC 9110, section 9.2.1). */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Finds out who calls, from `Authorization: Bearer …` (a key, or a token of a configured issuer) or else from the session cookie. Keys and
 * sessions are looked up by hash; answers are kept for a few seconds.
 */
export class Authenticator {
  readonly #sources: AuthenticatorSources;
  readonly #keys = new Map<string, { readonly found: ApiKey | null; readonly until: number }>();
  readonly #known = new Map<string, { readonly found: Known | null; readonly until: number }>();
  /** The minutes in which the use of keys was noted last, by id. */
  readonly #usedAt = new Map<string, number>();

  constructor(sources: AuthenticatorSources) {
    this.#sources = sources;
  }

  /**
   * @param fallsBack  The person's first project counts when the chosen one is closed to the person.
   * @throws HttpProblem  `unauthenticated`, `key_expired`, `token_invalid`, `cross_site_request`, `project_closed`, `scope_insufficient`,
   *   `role_insufficient`.
   */
  async caller(request: CallerRequest, needs: Needs, fallsBack = false): Promise<Caller> {
    const caller = await this.#identify(request, fallsBack);
    requireRight(caller, needs);
    return caller;
  }

  /** The key with this text. @throws HttpProblem  `unauthenticated`: the same for every wrong key; `key_expired`. */
  async keyOf(token: string): Promise<ApiKey> {
    const key = await this.#findKey(hashOf(token));
    if (key === null) throw new HttpProblem("unauthenticated", "The API key is unknown or was revoked");
    this.#requireLive(key);
    return key;
  }

  /** A person who has just signed in, in a project of the person's. @throws HttpProblem  `project_closed`. */
  async firstAccess(user: User): Promise<readonly [Access, ...Access[]]> {
    const [first, ...others] = await this.#sources.people.listAccess(user.id);
    if (first === undefined)
      throw new HttpProblem(
        "project_closed",
        `${user.email} has no role in any project; ask an owner of a project to add this address`,
      );
    return [first, ...others];
  }

  /** Ends the session of a person, if the cookie's value is one that is open. */
  async endSession(cookie: string): Promise<void> {
    const person = this.#sources.sessions.personOf(cookie);
    const found = person === null ? null : await this.#sources.people.findSession(hashOf(person.token));
    if (found === null) return;
    await this.#sources.people.endSessions(found.user.id, { id: found.session.id });
    this.forget();
  }

  /** Rights were changed by this process, so there is no need to wait. */
  forget(): void {
    this.#keys.clear();
    this.#known.clear();
  }

  async #identify({ method, headers }: CallerRequest, fallsBack: boolean): Promise<Caller> {
    const token = /^Bearer +(\S{1,8192})$/i.exec(headers.authorization ?? "")?.[1];
    const wanted = projectNamedBy(headers);
    if (token !== undefined) {
      const { tokens } = this.#sources;
      if (tokens !== null && !token.startsWith("mh_") && token.includes("."))
        return this.#personIn(await this.#findByToken(tokens, token), wanted, false);
      const key = await this.keyOf(token);
      return callerOfKey(key, await this.#projectOfKey(key, wanted), null);
    }
    const cookie = this.#sources.sessions.cookieOf(headers.cookie);
    if (cookie === null)
      throw new HttpProblem("unauthenticated", "Send the header Authorization: Bearer mh_… with an API key");
    // Before the cookie is read, so that another site's page learns nothing about it.
    if (!SAFE.has(method)) requireOwnOrigin(headers);
    const person = this.#sources.sessions.personOf(cookie);
    if (person !== null) {
      const known = await this.#findSession(hashOf(person.token));
      if (known === null)
        throw new HttpProblem("unauthenticated", "The session has ended, or the user was disabled; sign in again");
      return this.#personIn(known, wanted ?? person.projectId, fallsBack && wanted === null);
    }
    const session = this.#sources.sessions.open(cookie, Date.now() * 1_000);
    const key = session === null ? null : await this.#findKey(session.keyHash);
    if (session === null || key === null)
      throw new HttpProblem("unauthenticated", "The session has ended or its API key was revoked; sign in again");
    this.#requireLive(key);
    return callerOfKey(key, await this.#projectOfKey(key, wanted), session.expiresAt);
  }

  /** @throws HttpProblem  `project_closed`. */
  #personIn({ user, access, session }: Known, named: string | null, fallsBack: boolean): Caller {
    const [first, ...others] = access;
    const chosen =
      named === null
        ? others.length === 0
          ? first
          : undefined
        : access.find(({ projectId, slug }) => projectId === named || slug === named);
    const place = chosen ?? (fallsBack ? first : undefined);
    if (place !== undefined) return callerOfUser(user, access, place, session);
    throw new HttpProblem(
      "project_closed",
      named === null
        ? access.length === 0
          ? `${user.email} has no role in any project; ask an owner of a project to add this address`
          : `${user.email} has roles in several projects; name one in the header ${PROJECT_HEADER}`
        : `${user.email} has no role in the project "${named}"; choose another project, or ask one of its owners`,
    );
  }

  /** @throws HttpProblem  `project_closed`: also where there is no such project. */
  async #projectOfKey(key: ApiKey, wanted: string | null): Promise<string> {
    if (wanted === null || wanted === key.projectId) return key.projectId;
    const named = (await this.#sources.catalog.listProjects()).find(({ id, slug }) => id === wanted || slug === wanted);
    if (named !== undefined && (key.scope === "admin" || named.id === key.projectId)) return named.id;
    throw new HttpProblem(
      "project_closed",
      `The key ${key.name} belongs to another project than "${wanted}", or there is none; leave out the header ${PROJECT_HEADER}`,
    );
  }

  /** @throws HttpProblem  `key_expired`. */
  #requireLive(key: ApiKey): void {
    const now = Date.now() * 1_000;
    if (key.expiresAt !== null && key.expiresAt <= now)
      throw new HttpProblem(
        "key_expired",
        `The API key "${key.name}" expired at ${new Date(key.expiresAt / 1_000).toISOString()}; create a new one`,
      );
    this.#noteUse(key, now - (now % MINUTE_US));
  }

  /** In the background, at most once a minute for each key: a request does not wait for it, and its failure changes nothing. */
  #noteUse({ id, lastUsedAt }: ApiKey, minute: number): void {
    if (Math.max(lastUsedAt ?? 0, this.#usedAt.get(id) ?? 0) >= minute) return;
    if (this.#usedAt.size >= ENTRIES_MAX) this.#usedAt.clear();
    this.#usedAt.set(id, minute);
    this.#sources.catalog
      .noteKeyUse(id, minute)
      .catch((error: unknown) =>
        this.#sources.log.debug({ error: String(error) }, "cannot note the use of an API key"),
      );
  }

  #findKey(hash: string): Promise<ApiKey | null> {
    return remembered(this.#keys, hash, () => this.#sources.catalog.findApiKeyByHash(hash));
  }

  #findSession(hash: string): Promise<Known | null> {
    const { people } = this.#sources;
    return remembered(this.#known, hash, async () => {
      const found = await people.findSession(hash);
      return found === null ? null : { ...found, access: await people.listAccess(found.user.id) };
    });
  }

  /** The token is checked each time; what is kept is who it stands for. @throws HttpProblem  `token_invalid`. */
  async #findByToken(tokens: TokenIdentities, token: string): Promise<Known> {
    const { people } = this.#sources;
    const identity = await tokens.identityOf(token);
    const known = await remembered(this.#known, `${identity.issuer} ${identity.subject}`, async () => {
      const user = await people.findUser(identity);
      if (user === null || user.disabledAt !== null) return null;
      return { user, session: null, access: await people.listAccess(user.id) };
    });
    if (known === null)
      throw new HttpProblem(
        "token_invalid",
        "The token is good, but its subject is linked to no user of this installation; an administrator can create the user",
      );
    return known;
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

/** Hex sha256, by which keys and sessions are stored. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** @throws HttpProblem  `request_invalid`. */
function projectNamedBy(headers: IncomingHttpHeaders): string | null {
  const named = headers[PROJECT_HEADER];
  if (named === undefined) return null;
  if (typeof named !== "string" || !/^[a-z0-9-]{1,64}$/.test(named))
    throw new HttpProblem("request_invalid", `The header ${PROJECT_HEADER} is not the id or the slug of a project`);
  return named;
}

async function remembered<T>(
  cache: Map<string, { readonly found: T | null; readonly until: number }>,
  key: string,
  find: () => Promise<T | null>,
): Promise<T | null> {
  const now = performance.now();
  const cached = cache.get(key);
  if (cached !== undefined && cached.until > now) return cached.found;
  const found = await find();
  if (cache.size >= ENTRIES_MAX) cache.clear();
  cache.set(key, { found, until: now + (found === null ? UNKNOWN_MS : KNOWN_MS) });
  return found;
}
