import type { Micros } from "@meshhook/core";

import type {
  ActiveVersion,
  ApiKey,
  ApiKeyScope,
  Catalog,
  Endpoint,
  EndpointChange,
  EndpointSettings,
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
import { currentCondition, requireCondition } from "../current-condition.ts";
import { isUuid, MAX_UUID, newId, NIL_UUID } from "../id.ts";
import { DEFAULT_ORGANISATION_ID } from "../people.ts";
import type { Connections, Runner } from "./connections.ts";
import { queries } from "./queries.ts";
import { apiKeyOf, endpointOf, projectOf, rejectionOf, routeOf, scheduleOf, versionOf, workflowOf } from "./rows.ts";
import type {
  ApiKeyColumns,
  EndpointColumns,
  ProjectColumns,
  RejectionColumns,
  RouteColumns,
  ScheduleColumns,
  VersionColumns,
  WorkflowColumns,
} from "./rows.ts";
import { constraintOf, sqlstateOf } from "./sqlstate.ts";
import { timestampOf } from "./time.ts";

const UNIQUE_VIOLATION = "23505";
const FOREIGN_KEY_VIOLATION = "23503";

/** The catalog in Postgres. A project's rows are read and changed with the tenant role, under row-level security. */
export class PostgresCatalog implements Catalog {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  createProject(project: {
    readonly slug: string;
    readonly name: string;
    readonly organisationId?: string;
  }): Promise<Project> {
    return named(`project "${project.slug}"`, () =>
      this.#connections.changeCatalog("create a project", async (runner) => {
        const created = await runner.query<ProjectColumns>(queries["create-project"], [
          newId(),
          project.slug,
          project.name,
          now(),
          project.organisationId ?? DEFAULT_ORGANISATION_ID,
        ]);
        return projectOf(only(created.rows));
      }),
    );
  }

  async listProjects(): Promise<readonly Project[]> {
    const found = await this.#connections.read<ProjectColumns>("list projects", queries["list-projects"], []);
    return found.rows.map(projectOf);
  }

  async findProject(projectId: string): Promise<Project | null> {
    if (!isUuid(projectId)) return null;
    const query = queries["find-project"];
    const found = await this.#connections.readAsTenant<ProjectColumns>("find a project", projectId, query, [projectId]);
    return first(found.rows, projectOf);
  }

  async updateProject(projectId: string, change: ProjectChange): Promise<Project | null> {
    if (!isUuid(projectId)) return null;
    return this.#change("update a project", projectId, async (runner, note) => {
      const [stored] = (await runner.query<ProjectColumns>(queries["lock-project"], [projectId])).rows;
      if (stored === undefined) return null;
      currentCondition()?.(projectOf(stored));
      note(projectOf(stored));
      const settings = { ...projectOf(stored), ...change };
      const { name, concurrency, retentionDays, rateLimit, redaction, sealedPseudonymKey } = settings;
      const limit = rateLimit === null ? null : JSON.stringify(rateLimit);
      const rules = redaction === null ? null : JSON.stringify(redaction);
      const values = [projectId, name, concurrency, retentionDays, limit, rules, sealedPseudonymKey];
      const changed = await runner.query<ProjectColumns>(queries["update-project"], values);
      return first(changed.rows, projectOf);
    });
  }

  async keepPseudonymKey(projectId: string, sealed: string): Promise<void> {
    await this.#connections.transaction("keep a key for pseudonyms", async (runner) => {
      await runner.query(queries["keep-pseudonym-key"], [projectId, sealed]);
      await runner.query(queries["raise-revision"], ["catalog"]);
    });
  }

  createApiKey(key: {
    readonly projectId: string;
    readonly name: string;
    readonly scope: ApiKeyScope;
    readonly hash: string;
    readonly prefix: string;
    readonly expiresAt?: Micros | null;
  }): Promise<ApiKey> {
    return named(`API key "${key.name}"`, () =>
      this.#change("create an API key", key.projectId, async (runner) => {
        const created = await runner.query<ApiKeyColumns>(queries["create-api-key"], [
          newId(),
          key.projectId,
          key.name,
          key.scope,
          key.hash,
          key.prefix,
          now(),
          typeof key.expiresAt === "number" ? timestampOf(key.expiresAt) : null,
        ]);
        return apiKeyOf(only(created.rows));
      }),
    );
  }

  async findApiKeyByHash(hash: string): Promise<ApiKey | null> {
    const found = await this.#connections.read<ApiKeyColumns>("find an API key", queries["find-api-key"], [hash]);
    return first(found.rows, apiKeyOf);
  }

  async listApiKeys(projectId: string): Promise<readonly ApiKey[]> {
    const found = await this.#connections.readAsTenant<ApiKeyColumns>(
      "list API keys",
      projectId,
      queries["list-api-keys"],
      [projectId],
    );
    return found.rows.map(apiKeyOf);
  }

  async revokeApiKey(projectId: string, apiKeyId: string): Promise<boolean> {
    if (!isUuid(apiKeyId)) return false;
    return this.#change("revoke an API key", projectId, async (runner) => {
      await requireCondition(async () => {
        const locked = await runner.query<ApiKeyColumns>(queries["lock-api-key"], [projectId, apiKeyId]);
        return first(locked.rows, apiKeyOf);
      });
      const changed = await runner.query(queries["revoke-api-key"], [projectId, apiKeyId, now()]);
      return changed.rowCount === 1;
    });
  }

  async noteKeyUse(apiKeyId: string, at: Micros): Promise<void> {
    await this.#connections.read("note the use of an API key", queries["note-key-use"], [apiKeyId, timestampOf(at)]);
  }

  saveDraft(draft: {
    readonly projectId: string;
    readonly slug: string;
    readonly name: string;
    readonly definition: string;
    readonly revision?: number;
  }): Promise<Workflow | "conflict"> {
    return named(`workflow "${draft.slug}"`, () =>
      this.#change("save a draft", draft.projectId, async (runner) => {
        const stored = await requireCondition(() => lockWorkflow(runner, draft.projectId, { slug: draft.slug }));
        // A condition that nothing is there must hold until this is stored.
        const revision = draft.revision ?? (stored === null ? 0 : null);
        const saved = await runner.query(queries["save-draft"], [
          newId(),
          draft.projectId,
          draft.slug,
          draft.name,
          draft.definition,
          now(),
          revision,
        ]);
        if (saved.rowCount !== 1) return "conflict";
        return workflowOf(only((await findWorkflow(runner, draft.projectId, { slug: draft.slug })).rows));
      }),
    );
  }

  async findWorkflow(
    projectId: string,
    workflow: { readonly id: string } | { readonly slug: string },
  ): Promise<Workflow | null> {
    if ("id" in workflow && !isUuid(workflow.id)) return null;
    const found = await this.#connections.readAsTenant<WorkflowColumns>(
      "find a workflow",
      projectId,
      queries["find-workflow"],
      workflowValues(projectId, workflow),
    );
    return first(found.rows, workflowOf);
  }

  async listWorkflows(query: {
    readonly projectId: string;
    readonly afterSlug?: string;
    readonly limit: number;
  }): Promise<readonly Workflow[]> {
    const found = await this.#connections.readAsTenant<WorkflowColumns>(
      "list workflows",
      query.projectId,
      queries["list-workflows"],
      [query.projectId, query.afterSlug ?? "", query.limit],
    );
    return found.rows.map(workflowOf);
  }

  async setPaused(projectId: string, workflowId: string, isPaused: boolean): Promise<Workflow | null> {
    if (!isUuid(workflowId)) return null;
    return this.#change(isPaused ? "pause a workflow" : "resume a workflow", projectId, async (runner) => {
      await requireCondition(() => lockWorkflow(runner, projectId, { id: workflowId }));
      const changed = await runner.query(queries["set-paused"], [projectId, workflowId, isPaused]);
      if (changed.rowCount !== 1) return null;
      if (!isPaused) await runner.query(queries["skip-schedule"], [workflowId]);
      return workflowOf(only((await findWorkflow(runner, projectId, { id: workflowId })).rows));
    });
  }

  async listSchedules(): Promise<readonly StoredSchedule[]> {
    const found = await this.#connections.read<ScheduleColumns>("list schedules", queries["list-schedules"], []);
    return found.rows.map(scheduleOf);
  }

  async noteScheduled(workflowId: string, until: Micros): Promise<void> {
    await this.#connections.transaction("note a scheduled run", (runner) =>
      runner.query(queries["note-scheduled"], [workflowId, timestampOf(until)]),
    );
  }

  async listPaused(): Promise<readonly string[]> {
    const found = await this.#connections.read<{ id: string }>("list paused workflows", queries["list-paused"], []);
    return found.rows.map(({ id }) => id);
  }

  async deleteWorkflow(projectId: string, workflowId: string): Promise<boolean> {
    if (!isUuid(workflowId)) return false;
    return this.#change("delete a workflow", projectId, async (runner) => {
      await requireCondition(() => lockWorkflow(runner, projectId, { id: workflowId }));
      const deleted = await runner.query(queries["delete-workflow"], [projectId, workflowId, now()]);
      if (deleted.rowCount !== 1) return false;
      await runner.query(queries["delete-endpoints-of-workflow"], [projectId, workflowId]);
      return true;
    });
  }

  publishVersion(version: {
    readonly projectId: string;
    readonly workflowId: string;
    readonly hash: string;
    readonly definition: string;
    readonly hasSchedule?: boolean;
  }): Promise<Version> {
    return this.#change("publish a version", version.projectId, async (runner) => {
      const workflow = isUuid(version.workflowId)
        ? await runner.query(queries["lock-workflow"], [version.projectId, version.workflowId])
        : null;
      if (workflow?.rowCount !== 1) throw missing(`workflow ${version.workflowId}`, version.projectId);
      await requireCondition(() => lockWorkflow(runner, version.projectId, { id: version.workflowId }));
      await runner.query(queries["insert-version"], [
        newId(),
        version.projectId,
        version.workflowId,
        version.hash,
        version.definition,
        now(),
      ]);
      const active = await runner.query<VersionColumns>(queries["activate-version"], [
        version.workflowId,
        version.hash,
        version.definition,
      ]);
      const published = versionOf(only(active.rows));
      if (version.hasSchedule === true)
        await runner.query(queries["set-schedule"], [version.workflowId, version.projectId, published.id]);
      else await runner.query(queries["remove-schedule"], [version.workflowId]);
      return published;
    });
  }

  async findActiveVersion(projectId: string, slug: string): Promise<ActiveVersion | null> {
    const found = await this.#connections.read<{ workflow_id: string; version_id: string | null }>(
      "find an active version",
      queries["find-active-version"],
      [projectId, slug],
    );
    return first(found.rows, ({ workflow_id, version_id }) => ({ workflowId: workflow_id, versionId: version_id }));
  }

  async findVersion(versionId: string, projectId?: string): Promise<Version | null> {
    if (!isUuid(versionId)) return null;
    const doing = "find a version";
    const query = queries["find-version"];
    const found = await (projectId === undefined
      ? this.#connections.read<VersionColumns>(doing, query, [versionId])
      : this.#connections.readAsTenant<VersionColumns>(doing, projectId, query, [versionId]));
    return first(found.rows, versionOf);
  }

  async listVersions(projectId: string, workflowId: string): Promise<readonly Version[]> {
    if (!isUuid(workflowId)) return [];
    const found = await this.#connections.readAsTenant<VersionColumns>(
      "list versions",
      projectId,
      queries["list-versions"],
      [projectId, workflowId],
    );
    return found.rows.map(versionOf);
  }

  createEndpoint(endpoint: NewEndpoint): Promise<Endpoint> {
    return named("an endpoint with this token or alias", () =>
      this.#change("create an endpoint", endpoint.projectId, async (runner) => {
        const created = isUuid(endpoint.workflowId)
          ? await runner.query<EndpointColumns>(queries["create-endpoint"], [
              newId(),
              endpoint.projectId,
              endpoint.workflowId,
              endpoint.token,
              ...settingValues(endpoint),
              now(),
            ])
          : null;
        const [row] = created?.rows ?? [];
        if (row === undefined) throw missing(`workflow ${endpoint.workflowId}`, endpoint.projectId);
        return endpointOf(row);
      }),
    );
  }

  async updateEndpoint(projectId: string, endpointId: string, change: EndpointChange): Promise<Endpoint | null> {
    if (!isUuid(endpointId)) return null;
    return named("an endpoint with this alias", () =>
      this.#change("update an endpoint", projectId, async (runner, note) => {
        const [row] = (await runner.query<EndpointColumns>(queries["lock-endpoint"], [projectId, endpointId])).rows;
        if (row === undefined) return null;
        const stored = endpointOf(row);
        currentCondition()?.(stored);
        note(stored);
        const acceptance = changedAcceptance(stored.acceptance, change.acceptance ?? {});
        const changed = await runner.query<EndpointColumns>(queries["update-endpoint"], [
          projectId,
          endpointId,
          ...settingValues({ ...stored, ...change, acceptance }),
        ]);
        return first(changed.rows, endpointOf);
      }),
    );
  }

  async setEndpointPaused(projectId: string, endpointId: string, isPaused: boolean): Promise<Endpoint | null> {
    if (!isUuid(endpointId)) return null;
    return this.#change(isPaused ? "pause an endpoint" : "resume an endpoint", projectId, async (runner, note) => {
      const [row] = (await runner.query<EndpointColumns>(queries["lock-endpoint"], [projectId, endpointId])).rows;
      if (row === undefined) return null;
      currentCondition()?.(endpointOf(row));
      note(endpointOf(row));
      const values = [projectId, endpointId, isPaused];
      return first((await runner.query<EndpointColumns>(queries["set-endpoint-paused"], values)).rows, endpointOf);
    });
  }

  async deleteEndpoint(projectId: string, endpointId: string): Promise<boolean> {
    if (!isUuid(endpointId)) return false;
    return this.#change("delete an endpoint", projectId, async (runner) => {
      await requireCondition(() => lockEndpoint(runner, projectId, endpointId));
      const deleted = await runner.query(queries["delete-endpoint"], [projectId, endpointId]);
      await runner.query(queries["delete-rejections"], [projectId, endpointId]);
      return deleted.rowCount === 1;
    });
  }

  async rotateEndpoint(projectId: string, endpointId: string, token: string): Promise<Endpoint | null> {
    if (!isUuid(endpointId)) return null;
    return named("an endpoint with this token", () =>
      this.#change("rotate an endpoint's token", projectId, async (runner) => {
        await requireCondition(() => lockEndpoint(runner, projectId, endpointId));
        const changed = await runner.query<EndpointColumns>(queries["rotate-endpoint"], [projectId, endpointId, token]);
        return first(changed.rows, endpointOf);
      }),
    );
  }

  async listEndpoints(projectId: string): Promise<readonly Endpoint[]> {
    const found = await this.#connections.readAsTenant<EndpointColumns>(
      "list endpoints",
      projectId,
      queries["list-endpoints"],
      [projectId],
    );
    return found.rows.map(endpointOf);
  }

  async findRoute(token: string): Promise<Route | null> {
    const found = await this.#connections.read<RouteColumns>("find a route", queries["find-route"], [token]);
    return first(found.rows, routeOf);
  }

  async findRouteByAlias(projectSlug: string, alias: string): Promise<Route | null> {
    const found = await this.#connections.read<RouteColumns>("find a route by alias", queries["find-route-by-alias"], [
      projectSlug,
      alias,
    ]);
    return first(found.rows, routeOf);
  }

  async listRoutes(): Promise<readonly Route[]> {
    const found = await this.#connections.read<RouteColumns>("list routes", queries["list-routes"], []);
    return found.rows.map(routeOf);
  }

  async recordRejection(rejection: NewRejection): Promise<void> {
    const { projectId, request } = rejection;
    await this.#connections.writeAsTenant("record a rejection", projectId, queries["record-rejection"], [
      newId(),
      projectId,
      rejection.endpointId,
      timestampOf(rejection.at),
      rejection.code,
      rejection.detail,
      rejection.bodyBytes,
      request?.status ?? null,
      request?.method ?? null,
      request?.address ?? null,
      request === undefined ? null : JSON.stringify(request.headers),
      request?.runId ?? null,
      request?.isTest ?? null,
    ]);
  }

  async trimRejections(projectId: string, endpointId: string, keep: number): Promise<void> {
    const values = [projectId, endpointId, keep];
    await this.#connections.writeAsTenant("trim rejections", projectId, queries["trim-rejections"], values);
  }

  async listRejections(query: RejectionQuery): Promise<readonly Rejection[]> {
    const { projectId, endpointIds, kind, code, address, limit } = query;
    const range = [query.fromId ?? NIL_UUID, query.beforeId ?? MAX_UUID];
    const kinds = kind === undefined ? null : kind === DUPLICATE;
    const filter = [...range, kinds, code ?? null, address ?? null, limit];
    const known = endpointIds?.filter(isUuid);
    const [only, ...more] = known ?? [];
    const [listed, values] =
      only === undefined || more.length > 0
        ? [queries["list-rejections"], [projectId, known ?? null, ...filter]]
        : [queries["list-rejections-of-endpoint"], [projectId, only, ...filter]];
    const found = await this.#connections.readAsTenant<RejectionColumns>("list rejections", projectId, listed, values);
    return found.rows.map(rejectionOf);
  }

  /** A change of a project's own rows. */
  #change<T>(
    doing: string,
    projectId: string,
    work: (runner: Runner, note: (before: object) => void) => Promise<T>,
  ): Promise<T> {
    return this.#connections.changeAsTenant(doing, projectId, work);
  }
}

type WorkflowKey = { readonly id: string } | { readonly slug: string };

function findWorkflow(runner: Runner, projectId: string, workflow: WorkflowKey) {
  return runner.query<WorkflowColumns>(queries["find-workflow"], workflowValues(projectId, workflow));
}

function workflowValues(projectId: string, workflow: WorkflowKey): readonly unknown[] {
  return "id" in workflow ? [projectId, workflow.id, null] : [projectId, null, workflow.slug];
}

async function lockWorkflow(
  runner: Runner,
  projectId: string,
  workflow: { readonly id: string } | { readonly slug: string },
): Promise<Workflow | null> {
  const [found] = (await findWorkflow(runner, projectId, workflow)).rows;
  if (found === undefined) return null;
  await runner.query(queries["lock-workflow"], [projectId, found.id]);
  return first((await findWorkflow(runner, projectId, { id: found.id })).rows, workflowOf);
}

async function lockEndpoint(runner: Runner, projectId: string, endpointId: string): Promise<Endpoint | null> {
  const locked = await runner.query<EndpointColumns>(queries["lock-endpoint"], [projectId, endpointId]);
  return first(locked.rows, endpointOf);
}

function settingValues(settings: EndpointSettings): readonly unknown[] {
  return [
    settings.name,
    settings.signature,
    settings.sealedSecret,
    settings.dedupeHeader,
    settings.bodyBytesMax,
    settings.answer,
    settings.resultTimeoutMs,
    settings.sameKey,
    settings.handshakes,
    settings.sealedVerifyToken,
    settings.keysByHeader,
    settings.signatureSettings,
    JSON.stringify(settings.formerKeys),
    JSON.stringify(settings.acceptance),
    settings.alias,
  ];
}

/** Turns violations of keys into the catalog's errors. `what` names what was to be created. */
async function named<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = sqlstateOf(error);
    if (code === UNIQUE_VIOLATION) {
      throw new CatalogConflict(`Cannot create ${what}: it already exists (${constraintOf(error)}). Choose another.`, {
        cause: error,
      });
    }
    if (code === FOREIGN_KEY_VIOLATION) {
      throw new CatalogEntryMissing(
        `Cannot create ${what}: it refers to something that does not exist (${constraintOf(error)})`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}

function missing(what: string, projectId: string): CatalogEntryMissing {
  return new CatalogEntryMissing(`Project ${projectId} has no ${what}`);
}

function now(): string {
  return timestampOf(Date.now() * 1000);
}

function first<R, T>(rows: readonly R[], map: (row: R) => T): T | null {
  const [row] = rows;
  return row === undefined ? null : map(row);
}

function only<R>(rows: readonly R[]): R {
  const [row] = rows;
  if (row === undefined) throw new Error("A statement that always returns a row returned none");
  return row;
}
