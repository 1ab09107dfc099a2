import type { Catalog, Route } from "@meshhook/journal";
import type { PlanCache, Redaction, SecretBox } from "@meshhook/runtime";
import type { Plan } from "@meshhook/core";

import { openAcceptance, type OpenAcceptance } from "./intake/acceptance/acceptance.ts";
import type { RateBuckets } from "./intake/acceptance/rate-limits.ts";
import { openRedaction, rulesOf, type Redactions } from "./redaction/open-redaction.ts";
import type { KeySets } from "./signature/key-sets.ts";
import { openSignature } from "./signature/open-signature.ts";
import type { SignatureCheck } from "./signature/signature-check.ts";
import { setupOf } from "./signature/stored-signature.ts";

/** An endpoint ready to accept webhooks: its plan is compiled, its secret decrypted. */
export interface OpenRoute {
  readonly route: Route;
  /** Null while nothing is published. */
  readonly plan: Plan | null;
  /** Has the signing keys in clear text, only in memory. Null: signatures are not checked. */
  readonly checkSignature: SignatureCheck | null;
  /** The header in which the endpoint's settings expect a signature or a token, in lower case; runs do not see it. */
  readonly signatureHeader: string | null;
  /** What `hub.verify_token` must be, in clear text, only in memory. Null: anything. */
  readonly verifyToken: Buffer | null;
  /** What it accepts, where that is not the default. */
  readonly acceptance: OpenAcceptance | null;
  /** What of deliveries is not stored. Null: everything is. */
  readonly redaction: Redaction | null;
}

const UNKNOWN_MS = 1_000;
const UNKNOWN_MAX = 10_000;
/** The most look-ups in progress. Guessing tokens must not take database connections from deliveries. */
const LOOKUPS_MAX = 16;

/**
 * Endpoints by what their addresses end in, in memory: the token, and the slug of the project with the alias.
 *
 * Read again when the catalog changed. A missing one is looked up in the database at most once a second, so that an endpoint created by
 * another process works at once and guessing costs nothing.
 */
export class RouteTable {
  readonly #catalog: Catalog;
  readonly #plans: PlanCache;
  readonly #secrets: SecretBox;
  readonly #keySets: KeySets;
  readonly #buckets: RateBuckets;
  readonly #redactions: Redactions;
  readonly #onBroken: (endpointId: string, error: unknown) => void;
  #routes: ReadonlyMap<string, OpenRoute> = new Map();
  readonly #unknown = new Map<string, number>();
  #refreshing: Promise<void> | null = null;
  #isStale = false;
  #lookups = 0;

  constructor(
    catalog: Catalog,
    plans: PlanCache,
    secrets: SecretBox,
    keySets: KeySets,
    buckets: RateBuckets,
    redactions: Redactions,
    onBroken: (endpointId: string, error: unknown) => void,
  ) {
    this.#catalog = catalog;
    this.#plans = plans;
    this.#secrets = secrets;
    this.#keySets = keySets;
    this.#buckets = buckets;
    this.#redactions = redactions;
    this.#onBroken = onBroken;
  }

  find(token: string): OpenRoute | undefined {
    return this.#routes.get(token);
  }

  /**
   * Looks up a token that `find` does not know. `busy`: too many unknown tokens at once. `unreadable`: this process cannot read what the
   * endpoint needs, for example because a newer version published the workflow; another process may be able to.
   */
  async look(token: string): Promise<OpenRoute | "busy" | "unreadable" | null> {
    const now = performance.now();
    const until = this.#unknown.get(token);
    if (until !== undefined && until > now) return null;
    if (this.#lookups >= LOOKUPS_MAX) return "busy";
    this.#lookups++;
    const route = await this.#read(token).finally(() => this.#lookups--);
    if (route === null) {
      if (this.#unknown.size >= UNKNOWN_MAX) this.#unknown.clear();
      this.#unknown.set(token, now + UNKNOWN_MS);
      return null;
    }
    const open = this.#open(route);
    if (open === null) return "unreadable";
    this.#routes = new Map(this.#routes).set(token, open);
    return open;
  }

  async #read(token: string): Promise<Route | null> {
    const [slug = "", alias] = token.split("/");
    const read = (): Promise<Route | null> =>
      alias === undefined ? this.#catalog.findRoute(token) : this.#catalog.findRouteByAlias(slug, alias);
    const route = await read();
    return (await this.#makeKeys(route === null ? [] : [route])) ? read() : route;
  }

  /** Projects with rules for redaction get a key when it is needed first. True: some got one, so that routes must be read again. */
  async #makeKeys(routes: readonly Route[]): Promise<boolean> {
    const lacking = routes.filter(
      ({ project, endpoint }) => project.sealedPseudonymKey === null && rulesOf(project, endpoint).length > 0,
    );
    for (const projectId of new Set(lacking.map(({ endpoint }) => endpoint.projectId)))
      await this.#redactions.makeKey(projectId);
    return lacking.length > 0;
  }

  /** Reads all routes. Calls that come while one is under way share the next. */
  async refresh(): Promise<void> {
    if (this.#refreshing !== null) {
      this.#isStale = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#readAll();
    try {
      await this.#refreshing;
    } finally {
      this.#refreshing = null;
    }
  }

  async #readAll(): Promise<void> {
    do {
      this.#isStale = false;
      const routes = new Map<string, OpenRoute>();
      const found = await this.#catalog.listRoutes();
      const stored = (await this.#makeKeys(found)) ? await this.#catalog.listRoutes() : found;
      for (const route of stored) {
        const open = this.#open(route);
        if (open !== null) for (const address of addressesOf(route)) routes.set(address, open);
      }
      this.#buckets.keepOnly(stored);
      this.#routes = routes;
      this.#unknown.clear();
    } while (this.#isStale);
  }

  /** Null when the endpoint cannot work; one broken endpoint must not stop the others. */
  #open(route: Route): OpenRoute | null {
    const { endpoint, version } = route;
    try {
      const setup = setupOf(endpoint.projectId, endpoint, this.#secrets);
      const { hmac, jwt } = setup.settings;
      return {
        route,
        plan: version === null ? null : this.#plans.ofVersion(version),
        checkSignature: openSignature(setup, this.#keySets),
        signatureHeader: (hmac ?? jwt)?.header?.toLowerCase() ?? null,
        verifyToken:
          endpoint.sealedVerifyToken === null
            ? null
            : this.#secrets.open(endpoint.projectId, endpoint.sealedVerifyToken),
        acceptance: openAcceptance(route, this.#buckets),
        redaction: openRedaction(this.#secrets, endpoint.projectId, route.project, endpoint),
      };
    } catch (error) {
      this.#onBroken(endpoint.id, error);
      return null;
    }
  }
}

function addressesOf({ endpoint, project }: Route): readonly string[] {
  return endpoint.alias === null ? [endpoint.token] : [endpoint.token, `${project.slug}/${endpoint.alias}`];
}
