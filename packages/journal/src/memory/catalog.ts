import type { Micros } from "@meshhook/core";

import type {
  ActiveVersion,
  ApiKey,
  ApiKeyScope,
  Catalog,
  Endpoint,
  EndpointChange,
  NewEndpoint,
  NewRejection,
  Project,
  ProjectChange,
  Rejection,
  RejectionQuery,
  Route,
  StoredSchedule,
  Version,
  Workflow,
} from "../catalog.ts";
import { CatalogConflict, CatalogEntryMissing, DUPLICATE } from "../catalog.ts";
import { changedAcceptance } from "../acceptance.ts";
import { currentCondition } from "../current-condition.ts";
import { DEFAULT_ORGANISATION_ID } from "../people.ts";
import type { MemoryAudit } from "./audit.ts";
import type { Revisions } from "./journal.ts";
import type { MemoryKeptAnswers } from "./kept-answers.ts";

/** The catalog in memory: the same answers as Postgres. */
export class MemoryCatalog implements Catalog {
  readonly #nowMs: () => number;
  readonly #newId: () => string;
  readonly #revisions: Revisions;
  readonly #audit: MemoryAudit;
  readonly #answers: MemoryKeptAnswers;
  readonly #projects = new Map<string, Project>();
  readonly #apiKeys = new Map<string, ApiKey>();
  readonly #workflows = new Map<string, Workflow>();
  /** Deleted ones too. */
  readonly #paused = new Set<string>();
  readonly #schedules = new Map<string, Omit<StoredSchedule, "isPaused">>();
  readonly #versions = new Map<string, Version>();
  readonly #endpoints = new Map<string, Endpoint>();
  #rejections: Rejection[] = [];

  constructor(options: {
    readonly nowMs: () => number;
    readonly newId: () => string;
    readonly revisions: Revisions;
    readonly audit: MemoryAudit;
    readonly answers: MemoryKeptAnswers;
  }) {
    this.#nowMs = options.nowMs;
    this.#newId = options.newId;
    this.#revisions = options.revisions;
    this.#audit = options.audit;
    this.#answers = options.answers;
  }

  async createProject(project: {
    readonly slug: string;
    readonly name: string;
    readonly organisationId?: string;
  }): Promise<Project> {
    this.#answers.require();
    if ([...this.#projects.values()].some((stored) => stored.slug === project.slug)) {
      throw new CatalogConflict(`Cannot create project "${project.slug}": it already exists. Choose another.`);
    }
    const { slug, name, organisationId = DEFAULT_ORGANISATION_ID } = project;
    const unlimited = {
      concurrency: null,
      retentionDays: null,
      rateLimit: null,
      redaction: null,
      sealedPseudonymKey: null,
    };
    const created = { id: this.#newId(), slug, name, organisationId, ...unlimited, createdAt: this.#now() };
    this.#projects.set(created.id, created);
    this.#changed(null, created);
    return created;
  }

  async findProject(projectId: string): Promise<Project | null> {
    return this.#projects.get(projectId) ?? null;
  }

  async listProjects(): Promise<readonly Project[]> {
    return [...this.#projects.values()].sort((left, right) => (left.slug < right.slug ? -1 : 1));
  }

  async updateProject(projectId: string, change: ProjectChange): Promise<Project | null> {
    this.#answers.require();
    const stored = this.#projects.get(projectId);
    if (stored === undefined) return null;
    currentCondition()?.(stored);
    const sealedPseudonymKey = stored.sealedPseudonymKey ?? change.sealedPseudonymKey ?? null;
    const changed = { ...stored, ...change, sealedPseudonymKey };
    this.#projects.set(projectId, changed);
    this.#changed(stored, changed);
    return changed;
  }

  async keepPseudonymKey(projectId: string, sealed: string): Promise<void> {
    if (this.#requireProject(projectId).sealedPseudonymKey !== null) return;
    await this.replacePseudonymKey(projectId, sealed);
    this.#revisions.catalog += 1;
  }

  /** The same key, sealed anew. */
  async replacePseudonymKey(projectId: string, sealedPseudonymKey: string): Promise<void> {
    this.#projects.set(projectId, { ...this.#requireProject(projectId), sealedPseudonymKey });
  }

  async createApiKey(key: {
    readonly projectId: string;
    readonly name: string;
    readonly scope: ApiKeyScope;
    readonly hash: string;
    readonly prefix: string;
    readonly expiresAt?: Micros | null;
  }): Promise<ApiKey> {
    this.#answers.require();
    this.#requireProject(key.projectId);
    if ([...this.#apiKeys.values()].some((stored) => stored.hash === key.hash)) {
      throw new CatalogConflict(`Cannot create API key "${key.name}": it already exists. Choose another.`);
    }
    const { projectId, name, scope, hash, prefix, expiresAt = null } = key;
    const created = {
      id: this.#newId(),
      projectId,
      name,
      scope,
      hash,
      prefix,
      createdAt: this.#now(),
      revokedAt: null,
      expiresAt,
      lastUsedAt: null,
    };
    this.#apiKeys.set(created.id, created);
    this.#changed(null, created);
    return created;
  }

  async findApiKeyByHash(hash: string): Promise<ApiKey | null> {
    return [...this.#apiKeys.values()].find((key) => key.hash === hash && key.revokedAt === null) ?? null;
  }

  async listApiKeys(projectId: string): Promise<readonly ApiKey[]> {
    return [...this.#apiKeys.values()].filter((key) => key.projectId === projectId);
  }

  async revokeApiKey(projectId: string, apiKeyId: string): Promise<boolean> {
    const key = this.#apiKeys.get(apiKeyId);
    if (key?.projectId !== projectId) return false;
    currentCondition()?.(key);
    this.#apiKeys.set(apiKeyId, { ...key, revokedAt: key.revokedAt ?? this.#now() });
    this.#changed(null, null);
    return true;
  }

  async noteKeyUse(apiKeyId: string, at: Micros): Promise<void> {
    const key = this.#apiKeys.get(apiKeyId);
    if (key !== undefined) this.#apiKeys.set(apiKeyId, { ...key, lastUsedAt: Math.max(key.lastUsedAt ?? 0, at) });
  }

  async saveDraft(draft: {
    readonly projectId: string;
    readonly slug: string;
    readonly name: string;
    readonly definition: string;
    readonly revision?: number;
  }): Promise<Workflow | "conflict"> {
    this.#answers.require();
    this.#requireProject(draft.projectId);
    const stored = this.#findWorkflow(draft.projectId, { slug: draft.slug });
    currentCondition()?.(stored);
    if (draft.revision !== undefined && draft.revision !== (stored?.revision ?? 0)) return "conflict";
    const { projectId, slug, name, definition } = draft;
    const saved: Workflow = {
      id: stored?.id ?? this.#newId(),
      projectId,
      slug,
      name,
      definition,
      revision: (stored?.revision ?? 0) + 1,
      activeVersionId: stored?.activeVersionId ?? null,
      activeVersionNumber: stored?.activeVersionNumber ?? null,
      isPublished: this.#activeDefinition(stored) === definition,
      pausedAt: stored?.pausedAt ?? null,
      createdAt: stored?.createdAt ?? this.#now(),
      updatedAt: this.#now(),
    };
    this.#workflows.set(saved.id, saved);
    this.#changed(null, saved);
    return saved;
  }

  async findWorkflow(
    projectId: string,
    workflow: { readonly id: string } | { readonly slug: string },
  ): Promise<Workflow | null> {
    return this.#findWorkflow(projectId, workflow);
  }

  async listWorkflows(query: {
    readonly projectId: string;
    readonly afterSlug?: string;
    readonly limit: number;
  }): Promise<readonly Workflow[]> {
    return [...this.#workflows.values()]
      .filter((workflow) => workflow.projectId === query.projectId && workflow.slug > (query.afterSlug ?? ""))
      .sort((left, right) => (left.slug < right.slug ? -1 : 1))
      .slice(0, query.limit);
  }

  async setPaused(projectId: string, workflowId: string, isPaused: boolean): Promise<Workflow | null> {
    this.#answers.require();
    const workflow = this.#findWorkflow(projectId, { id: workflowId });
    if (workflow === null) return null;
    currentCondition()?.(workflow);
    const changed = { ...workflow, pausedAt: isPaused ? (workflow.pausedAt ?? this.#now()) : null };
    this.#workflows.set(workflowId, changed);
    if (isPaused) this.#paused.add(workflowId);
    else {
      this.#paused.delete(workflowId);
      await this.noteScheduled(workflowId, this.#now());
    }
    this.#changed(null, changed);
    return changed;
  }

  async listPaused(): Promise<readonly string[]> {
    return [...this.#paused];
  }

  async deleteWorkflow(projectId: string, workflowId: string): Promise<boolean> {
    const stored = this.#workflows.get(workflowId);
    if (stored?.projectId !== projectId) return false;
    currentCondition()?.(stored);
    this.#workflows.delete(workflowId);
    for (const endpoint of this.#endpoints.values()) {
      if (endpoint.workflowId === workflowId) this.#forgetEndpoint(endpoint.id);
    }
    this.#changed(null, null);
    return true;
  }

  async publishVersion(version: {
    readonly projectId: string;
    readonly workflowId: string;
    readonly hash: string;
    readonly definition: string;
    readonly hasSchedule?: boolean;
  }): Promise<Version> {
    this.#answers.require();
    const workflow = this.#requireWorkflow(version.projectId, version.workflowId);
    currentCondition()?.(workflow);
    const others = this.#listVersions(version.projectId, version.workflowId);
    const { projectId, workflowId, hash, definition } = version;
    const active = others.find((other) => other.hash === hash && other.definition === definition) ?? {
      id: this.#newId(),
      projectId,
      workflowId,
      number: others.length + 1,
      hash,
      definition,
      createdAt: this.#now(),
    };
    this.#versions.set(active.id, active);
    this.#workflows.set(workflow.id, {
      ...workflow,
      activeVersionId: active.id,
      activeVersionNumber: active.number,
      isPublished: workflow.definition === active.definition,
    });
    if (version.hasSchedule === true) {
      const handledUntil = Math.max(this.#now(), this.#schedules.get(workflowId)?.handledUntil ?? 0);
      this.#schedules.set(workflowId, { projectId, workflowId, versionId: active.id, handledUntil });
    } else this.#schedules.delete(workflowId);
    this.#changed(null, active);
    return active;
  }

  async listSchedules(): Promise<readonly StoredSchedule[]> {
    return [...this.#schedules.values()].flatMap((stored) => {
      const workflow = this.#workflows.get(stored.workflowId);
      return workflow === undefined ? [] : [{ ...stored, isPaused: workflow.pausedAt !== null }];
    });
  }

  async noteScheduled(workflowId: string, until: Micros): Promise<void> {
    const stored = this.#schedules.get(workflowId);
    if (stored !== undefined && until > stored.handledUntil)
      this.#schedules.set(workflowId, { ...stored, handledUntil: until });
  }

  async findActiveVersion(projectId: string, slug: string): Promise<ActiveVersion | null> {
    const workflow = this.#findWorkflow(projectId, { slug });
    return workflow === null ? null : { workflowId: workflow.id, versionId: workflow.activeVersionId };
  }

  async findVersion(versionId: string, projectId?: string): Promise<Version | null> {
    const found = this.#versions.get(versionId) ?? null;
    return projectId === undefined || found?.projectId === projectId ? found : null;
  }

  async listVersions(projectId: string, workflowId: string): Promise<readonly Version[]> {
    return this.#listVersions(projectId, workflowId);
  }

  async createEndpoint(endpoint: NewEndpoint): Promise<Endpoint> {
    this.#answers.require();
    this.#requireWorkflow(endpoint.projectId, endpoint.workflowId);
    this.#requireFreeToken(endpoint.token);
    this.#requireFreeAlias(endpoint.projectId, endpoint.alias, null);
    const created = { ...endpoint, id: this.#newId(), pausedAt: null, createdAt: this.#now() };
    this.#endpoints.set(created.id, created);
    this.#changed(null, created);
    return created;
  }

  async updateEndpoint(projectId: string, endpointId: string, change: EndpointChange): Promise<Endpoint | null> {
    this.#answers.require();
    const stored = this.#endpoints.get(endpointId);
    if (stored?.projectId !== projectId) return null;
    currentCondition()?.(stored);
    const acceptance = changedAcceptance(stored.acceptance, change.acceptance ?? {});
    const changed = { ...stored, ...change, acceptance };
    this.#requireFreeAlias(projectId, changed.alias, endpointId);
    this.#endpoints.set(endpointId, changed);
    this.#changed(stored, changed);
    return changed;
  }

  async setEndpointPaused(projectId: string, endpointId: string, isPaused: boolean): Promise<Endpoint | null> {
    this.#answers.require();
    const stored = this.#endpoints.get(endpointId);
    if (stored?.projectId !== projectId) return null;
    currentCondition()?.(stored);
    const changed = { ...stored, pausedAt: isPaused ? (stored.pausedAt ?? this.#now()) : null };
    this.#endpoints.set(endpointId, changed);
    this.#changed(stored, changed);
    return changed;
  }

  async deleteEndpoint(projectId: string, endpointId: string): Promise<boolean> {
    const stored = this.#endpoints.get(endpointId);
    if (stored?.projectId !== projectId) return false;
    currentCondition()?.(stored);
    this.#forgetEndpoint(endpointId);
    this.#changed(null, null);
    return true;
  }

  async rotateEndpoint(projectId: string, endpointId: string, token: string): Promise<Endpoint | null> {
    this.#answers.require();
    const stored = this.#endpoints.get(endpointId);
    if (stored?.projectId !== projectId) return null;
    currentCondition()?.(stored);
    this.#requireFreeToken(token);
    const changed = { ...stored, token };
    this.#endpoints.set(endpointId, changed);
    this.#changed(null, changed);
    return changed;
  }

  async listEndpoints(projectId: string): Promise<readonly Endpoint[]> {
    return [...this.#endpoints.values()].filter((endpoint) => endpoint.projectId === projectId);
  }

  async findRoute(token: string): Promise<Route | null> {
    return (await this.listRoutes()).find((route) => route.endpoint.token === token) ?? null;
  }

  async findRouteByAlias(projectSlug: string, alias: string): Promise<Route | null> {
    const isWanted = ({ endpoint, project }: Route): boolean =>
      project.slug === projectSlug && endpoint.alias === alias;
    return (await this.listRoutes()).find(isWanted) ?? null;
  }

  async listRoutes(): Promise<readonly Route[]> {
    return [...this.#endpoints.values()].map((endpoint) => {
      const versionId = this.#workflows.get(endpoint.workflowId)?.activeVersionId ?? null;
      const { slug, rateLimit, redaction, sealedPseudonymKey } = this.#requireProject(endpoint.projectId);
      return {
        endpoint,
        project: { slug, rateLimit, redaction, sealedPseudonymKey },
        version: versionId === null ? null : (this.#versions.get(versionId) ?? null),
      };
    });
  }

  async recordRejection(rejection: NewRejection): Promise<void> {
    this.#rejections.push({ ...rejection, id: this.#newId() });
  }

  async trimRejections(projectId: string, endpointId: string, keep: number): Promise<void> {
    const isOwn = (rejection: Rejection): boolean =>
      rejection.projectId === projectId && rejection.endpointId === endpointId;
    const kept = new Set(this.#rejections.filter(isOwn).slice(-keep));
    this.#rejections = this.#rejections.filter((rejection) => !isOwn(rejection) || kept.has(rejection));
  }

  async listRejections(query: RejectionQuery): Promise<readonly Rejection[]> {
    const { projectId, endpointIds, kind, code, address, fromId, beforeId } = query;
    return this.#rejections
      .filter(
        (rejection) =>
          rejection.projectId === projectId &&
          (endpointIds === undefined || endpointIds.includes(rejection.endpointId)) &&
          (kind === undefined || (rejection.code === DUPLICATE) === (kind === DUPLICATE)) &&
          (code === undefined || rejection.code === code) &&
          (address === undefined || rejection.request?.address === address) &&
          (fromId === undefined || rejection.id >= fromId) &&
          (beforeId === undefined || rejection.id < beforeId),
      )
      .toReversed()
      .slice(0, query.limit);
  }

  #changed(before: Project | Endpoint | null, after: object | null): void {
    this.#revisions.catalog += 1;
    this.#audit.changed(before === null ? null : { ...before }, after);
    this.#answers.changed(after);
  }

  #now(): number {
    return Math.floor(this.#nowMs()) * 1000;
  }

  #forgetEndpoint(endpointId: string): void {
    this.#rejections = this.#rejections.filter((rejection) => rejection.endpointId !== endpointId);
    this.#endpoints.delete(endpointId);
  }

  #findWorkflow(projectId: string, workflow: { readonly id: string } | { readonly slug: string }): Workflow | null {
    const isWanted = (stored: Workflow): boolean =>
      "id" in workflow ? stored.id === workflow.id : stored.slug === workflow.slug;
    return [...this.#workflows.values()].find((stored) => stored.projectId === projectId && isWanted(stored)) ?? null;
  }

  #listVersions(projectId: string, workflowId: string): readonly Version[] {
    return [...this.#versions.values()]
      .filter((version) => version.projectId === projectId && version.workflowId === workflowId)
      .sort((left, right) => right.number - left.number);
  }

  #activeDefinition(workflow: Workflow | null): string | null {
    const { activeVersionId = null } = workflow ?? {};
    return activeVersionId === null ? null : (this.#versions.get(activeVersionId)?.definition ?? null);
  }

  #requireFreeToken(token: string): void {
    if ([...this.#endpoints.values()].some((stored) => stored.token === token))
      throw new CatalogConflict("Cannot create the endpoint: one with this token already exists. Choose another.");
  }

  #requireFreeAlias(projectId: string, alias: string | null, exceptId: string | null): void {
    const isTaken = (stored: Endpoint): boolean =>
      stored.projectId === projectId && stored.alias === alias && stored.id !== exceptId;
    if (alias !== null && [...this.#endpoints.values()].some(isTaken))
      throw new CatalogConflict(`The project has an endpoint with the alias "${alias}". Choose another.`);
  }

  #requireProject(projectId: string): Project {
    const project = this.#projects.get(projectId);
    if (project === undefined) throw new CatalogEntryMissing(`There is no project ${projectId}`);
    return project;
  }

  #requireWorkflow(projectId: string, workflowId: string): Workflow {
    const workflow = this.#workflows.get(workflowId);
    if (workflow?.projectId !== projectId) {
      throw new CatalogEntryMissing(`Project ${projectId} has no workflow ${workflowId}`);
    }
    return workflow;
  }
}
