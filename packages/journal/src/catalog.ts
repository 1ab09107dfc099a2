import type { Micros } from "@meshhook/core";

import type { Acceptance, AcceptanceChange, RateLimit } from "./acceptance.ts";
import type { RedactionRule } from "./redaction.ts";

/**
 * What people configure: projects, keys, workflows with immutable versions, endpoints. It is small, every process reads it into memory, and
 * it rarely changes. Every change raises the catalog revision that heartbeats report.
 *
 * Methods that take a `projectId` see nothing of other projects (row-level security in Postgres).
 */
export interface Catalog {
  /** `organisationId`: by default the organisation "default". */
  createProject(project: {
    readonly slug: string;
    readonly name: string;
    readonly organisationId?: string;
  }): Promise<Project>;
  listProjects(): Promise<readonly Project[]>;
  /** Null when there is no such project. */
  findProject(projectId: string): Promise<Project | null>;
  /** Null when there is no such project. */
  updateProject(projectId: string, change: ProjectChange): Promise<Project | null>;
  /** Gives a project a key for pseudonyms, unless it has one: nobody's act, whoever needed it first. */
  keepPseudonymKey(projectId: string, sealed: string): Promise<void>;

  createApiKey(key: {
    readonly projectId: string;
    readonly name: string;
    readonly scope: ApiKeyScope;
    readonly hash: string;
    readonly prefix: string;
    /** By default the key does not expire. */
    readonly expiresAt?: Micros | null;
  }): Promise<ApiKey>;
  /** Across projects, because this is how a caller's project is found. Revoked keys are not found, expired ones are. */
  findApiKeyByHash(hash: string): Promise<ApiKey | null>;
  listApiKeys(projectId: string): Promise<readonly ApiKey[]>;
  /** False when the project has no such key. */
  revokeApiKey(projectId: string, apiKeyId: string): Promise<boolean>;
  /** That a request came with the key. */
  noteKeyUse(apiKeyId: string, at: Micros): Promise<void>;

  /** Creates the workflow or replaces its draft. `revision` guards against lost updates: `conflict` if it is not the stored one. */
  saveDraft(draft: {
    readonly projectId: string;
    readonly slug: string;
    readonly name: string;
    readonly definition: string;
    readonly revision?: number;
  }): Promise<Workflow | "conflict">;
  findWorkflow(
    projectId: string,
    workflow: { readonly id: string } | { readonly slug: string },
  ): Promise<Workflow | null>;
  listWorkflows(query: {
    readonly projectId: string;
    readonly afterSlug?: string;
    readonly limit: number;
  }): Promise<readonly Workflow[]>;

  /**
   * Pauses a workflow or resumes it: new runs of a paused workflow are held, and the times of its schedule that pass have no runs. A workflow in the state asked for stays unchanged. Null when it does
   * not exist.
   */
  setPaused(projectId: string, workflowId: string, isPaused: boolean): Promise<Workflow | null>;
  /** The ids of the paused workflows of all projects, deleted ones included. */
  listPaused(): Promise<readonly string[]>;

  /**
   * Hides a workflow with its drafts and deletes its endpoints; its versions stay for the runs that refer to them. False when it does not
   * exist.
   */
  deleteWorkflow(projectId: string, workflowId: string): Promise<boolean>;

  /**
   * Publishes an immutable version and makes it the active one. Publishing the same document again returns the existing version; a document with
   * the same hash but other names or labels, which the hash leaves out, is another version.
   *
   * With `hasSchedule`, the times of its schedule count from now on.
   */
  publishVersion(version: {
    readonly projectId: string;
    readonly workflowId: string;
    readonly hash: string;
    readonly definition: string;
    readonly hasSchedule?: boolean;
  }): Promise<Version>;
  /** The schedules of active versions, of all projects. */
  listSchedules(): Promise<readonly StoredSchedule[]>;
  /** Every time of the workflow's schedule up to this one has been handled. It never goes back. */
  noteScheduled(workflowId: string, until: Micros): Promise<void>;
  /** Which version a new run of the workflow would use: null when there is no such workflow, or it was deleted. */
  findActiveVersion(projectId: string, slug: string): Promise<ActiveVersion | null>;
  /** Of the project; without one across projects, because runs refer to versions by id. */
  findVersion(versionId: string, projectId?: string): Promise<Version | null>;
  listVersions(projectId: string, workflowId: string): Promise<readonly Version[]>;

  createEndpoint(endpoint: NewEndpoint): Promise<Endpoint>;
  /** @throws CatalogConflict  Another endpoint of the project has this alias. */
  updateEndpoint(projectId: string, endpointId: string, change: EndpointChange): Promise<Endpoint | null>;
  /** Pauses an endpoint or resumes it. One in the state asked for stays unchanged. Null when it does not exist. */
  setEndpointPaused(projectId: string, endpointId: string, isPaused: boolean): Promise<Endpoint | null>;
  deleteEndpoint(projectId: string, endpointId: string): Promise<boolean>;
  /** Gives the endpoint another token; the old address is unknown from then on. */
  rotateEndpoint(projectId: string, endpointId: string, token: string): Promise<Endpoint | null>;
  listEndpoints(projectId: string): Promise<readonly Endpoint[]>;
  /** Across projects, by the path token; with the active version of its workflow. */
  findRoute(token: string): Promise<Route | null>;
  /** The same by the slug of the project and the alias of the endpoint. */
  findRouteByAlias(projectSlug: string, alias: string): Promise<Route | null>;
  /** All routes: read at start and when the revision changed. */
  listRoutes(): Promise<readonly Route[]>;

  recordRejection(rejection: NewRejection): Promise<void>;
  /** Deletes all but the newest `keep` rejections of an endpoint. */
  trimRejections(projectId: string, endpointId: string, keep: number): Promise<void>;
  /** Newest first. */
  listRejections(query: RejectionQuery): Promise<readonly Rejection[]>;
}

export interface ProjectSettings {
  readonly name: string;
  /** How many of its runs may go on at the same time, children not counted; null: any number. */
  readonly concurrency: number | null;
  /** How many days its runs are kept; null: as long as the installation keeps runs. */
  readonly retentionDays: number | null;
  /** How many webhooks all its endpoints accept together; null: any number. */
  readonly rateLimit: RateLimit | null;
  /** What of its deliveries and of answers to its calls is not stored; null: everything is. */
  readonly redaction: readonly RedactionRule[] | null;
}
export type ProjectChange = Partial<ProjectSettings> & {
  /** Counts only where the project has none yet. */
  readonly sealedPseudonymKey?: string;
};

export interface Project extends ProjectSettings {
  readonly id: string;
  readonly slug: string;
  readonly organisationId: string;
  /** The key for pseudonyms and digests, sealed by the server (never in clear text); null: none was needed yet. */
  readonly sealedPseudonymKey: string | null;
  readonly createdAt: Micros;
}

/** `admin`: everything, projects included. `write`: everything within the project. `read`: no changes. */
export type ApiKeyScope = "admin" | "write" | "read";

export interface ApiKey {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly scope: ApiKeyScope;
  /** Hex sha256 of the key. The key itself is never stored. */
  readonly hash: string;
  /** The first characters, so that people can tell keys apart. */
  readonly prefix: string;
  readonly createdAt: Micros;
  readonly revokedAt: Micros | null;
  /** From then on it is refused; null: it does not expire. */
  readonly expiresAt: Micros | null;
  /** To the minute; null: not yet. */
  readonly lastUsedAt: Micros | null;
}

export interface Workflow {
  readonly id: string;
  readonly projectId: string;
  readonly slug: string;
  readonly name: string;
  /** The draft: JSON text of the workflow document. */
  readonly definition: string;
  /** Grows with every save of the draft. */
  readonly revision: number;
  readonly activeVersionId: string | null;
  readonly activeVersionNumber: number | null;
  /** True when the draft is the active version's document, names and labels included. */
  readonly isPublished: boolean;
  /** Since when new runs are held; null when they are not. */
  readonly pausedAt: Micros | null;
  readonly createdAt: Micros;
  readonly updatedAt: Micros;
}

export interface Version {
  readonly id: string;
  readonly projectId: string;
  readonly workflowId: string;
  /** From 1, without gaps, per workflow. */
  readonly number: number;
  readonly hash: string;
  readonly definition: string;
  readonly createdAt: Micros;
}

/** The schedule of a workflow's active version. */
export interface StoredSchedule {
  readonly projectId: string;
  readonly workflowId: string;
  readonly versionId: string;
  /** Every time up to this one has its run, or is not to have one. */
  readonly handledUntil: Micros;
  readonly isPaused: boolean;
}

export interface ActiveVersion {
  readonly workflowId: string;
  /** Null while nothing is published. */
  readonly versionId: string | null;
}

/** How deliveries of an endpoint are signed. */
export type SignatureKind =
  | "none"
  | "github-sha256"
  | "stripe"
  | "slack"
  | "shopify"
  | "twilio"
  | "standard-webhooks"
  | "discord"
  | "hmac"
  | "jwt"
  | "basic";

export interface FormerKey {
  readonly sealedSecret: string;
  /** From then on it is no longer accepted. Null: until it is removed. */
  readonly expiresAt: Micros | null;
}

export interface EndpointSettings {
  readonly name: string;
  readonly signature: SignatureKind;
  /** The details of the signature: JSON that the server writes and reads. */
  readonly signatureSettings: string;
  /** The newest signing key, sealed by the server (never in clear text); null where there is none. */
  readonly sealedSecret: string | null;
  /** Signing keys from before that may still be accepted, newest first. */
  readonly formerKeys: readonly FormerKey[];
  /** The request header whose value identifies a delivery, in lower case; `idempotency-key` always does. */
  readonly dedupeHeader: string | null;
  /** Whether keys of `dedupeHeader` are told apart from those of other headers. False: an earlier release made the endpoint. */
  readonly keysByHeader: boolean;
  readonly bodyBytesMax: number;
  /**
   * `accepted`: 202 once durable. `result`: 200 with the run's result, if it ends within `resultTimeoutMs`. `response`: what the
   * workflow answers, within the same time.
   */
  readonly answer: "accepted" | "result" | "response";
  readonly resultTimeoutMs: number;
  /**
   * The meaning of a repeated key with another body. `by_source`: a mistake for `idempotency-key`, the same delivery for `dedupeHeader`.
   * `first_counts`: the same delivery. `compare`: a mistake.
   */
  readonly sameKey: "by_source" | "first_counts" | "compare";
  /** Whether verification requests of providers are answered. */
  readonly handshakes: "on" | "off";
  /** What `hub.verify_token` must be, sealed by the server (never in clear text); null: anything. */
  readonly sealedVerifyToken: string | null;
  readonly acceptance: Acceptance;
  /** A second address, which people choose: `POST /hooks/<project>/<alias>`. Null: none. */
  readonly alias: string | null;
}

export interface NewEndpoint extends EndpointSettings {
  readonly projectId: string;
  readonly workflowId: string;
  /** The unguessable part of the URL: `POST /hooks/<token>`; `[A-Za-z0-9_-]{8,64}`. */
  readonly token: string;
}
/** Of the acceptance, too, only what is given changes. */
export type EndpointChange = { readonly [K in Exclude<keyof EndpointSettings, "acceptance">]?: EndpointSettings[K] } & {
  readonly acceptance?: AcceptanceChange;
};

export interface Endpoint extends NewEndpoint {
  readonly id: string;
  /** Since when deliveries are refused; null when they are not. */
  readonly pausedAt: Micros | null;
  readonly createdAt: Micros;
}

export interface Route {
  readonly endpoint: Endpoint;
  /** Null while nothing is published: deliveries are refused with 409. */
  readonly version: Version | null;
  readonly project: Pick<Project, "slug" | "rateLimit" | "redaction" | "sealedPseudonymKey">;
}

/** The code of a request that repeats an accepted delivery. It is recorded beside refusals, because it started no run either. */
export const DUPLICATE = "duplicate";

/** A delivery that did not become a run, kept so that the endpoint's owner can see why. */
export interface NewRejection {
  readonly projectId: string;
  readonly endpointId: string;
  readonly at: Micros;
  /** The problem code that the sender got, or `DUPLICATE`. */
  readonly code: string;
  /** May say more than the sender was told. */
  readonly detail: string;
  readonly bodyBytes: number;
  /** Absent in records of earlier releases. */
  readonly request?: RejectedRequest;
}
export interface Rejection extends NewRejection {
  readonly id: string;
}

/** A request that started no run, and its answer. */
export interface RejectedRequest {
  /** The HTTP status that was answered. */
  readonly status: number;
  readonly method: string;
  /** Where it came from; null when that is not known. */
  readonly address: string | null;
  /** Those that a run would see, shortened: no credentials, no signatures. */
  readonly headers: { readonly [name: string]: string };
  /** The run of the first delivery with the same key. */
  readonly runId: string | null;
  /** Somebody sent it from MeshHook to try the endpoint. */
  readonly isTest: boolean;
}

/** All of it must apply. */
export interface RejectionQuery {
  readonly projectId: string;
  /** Only those of these endpoints. */
  readonly endpointIds?: readonly string[];
  /** Only refusals, or only repeats. */
  readonly kind?: "rejected" | "duplicate";
  readonly code?: string;
  readonly address?: string;
  /** Only those with this id or a greater one; `runIdFloor` gives the bound for a time. */
  readonly fromId?: string;
  /** Only those with a smaller id. */
  readonly beforeId?: string;
  readonly limit: number;
}

/** A name that must be unique is taken. */
export class CatalogConflict extends Error {
  override readonly name = "CatalogConflict";
}

/** A change refers to something that does not exist or belongs to another project. */
export class CatalogEntryMissing extends Error {
  override readonly name = "CatalogEntryMissing";
}
