import { randomUUID } from "node:crypto";

import type { Catalog, Endpoint, NewEndpoint, Project, RejectionQuery, Workflow } from "../catalog.ts";
import { CatalogConflict, CatalogEntryMissing, DUPLICATE } from "../catalog.ts";
import { useHarness } from "./harness.ts";
import type { CreateHarness, TestFunctions } from "./harness.ts";

export function describeCatalog(test: TestFunctions, create: CreateHarness): void {
  const { describe, expect, it } = test;

  describe("catalog", () => {
    const harness = useHarness(test, create);

    it("creates projects with unique slugs", async () => {
      const { catalog } = harness().store;
      const project = await catalog.createProject({ slug: "shop", name: "Shop" });
      expect(await harness().other.catalog.listProjects()).toEqual([project]);
      await expect(catalog.createProject({ slug: "shop", name: "Again" })).rejects.toThrow(CatalogConflict);
    });

    it("changes the settings of a project that are given, and no others", async () => {
      const { catalog, journal } = harness().store;
      const other = await catalog.createProject({ slug: "other", name: "Other" });
      const project = await catalog.createProject({ slug: "shop", name: "Shop" });
      expect(project).toMatchObject({ concurrency: null, retentionDays: null, rateLimit: null, redaction: null });
      const token = await journal.join("watcher");
      const { catalogRevision } = await journal.heartbeat(token);
      const limits = { concurrency: 5, retentionDays: 90, rateLimit: { requests: 5, perS: 60 } };
      const limited = { ...project, ...limits };
      expect(await catalog.updateProject(project.id, limits)).toEqual(limited);
      expect((await journal.heartbeat(token)).catalogRevision).toBeGreaterThan(catalogRevision);
      const change = { name: "Store", concurrency: null, rateLimit: null };
      const changed = { ...limited, ...change };
      expect(await catalog.updateProject(project.id, change)).toEqual(changed);
      expect(await harness().other.catalog.listProjects()).toEqual([other, changed]);
      expect(await harness().other.catalog.findProject(project.id)).toEqual(changed);
      expect(await catalog.findProject(randomUUID())).toBeNull();
      expect(await catalog.findProject("none")).toBeNull();
      const redaction = [{ name: "contact", patterns: ["email"], replace: "pseudonym" }] as const;
      const redacting = { ...changed, redaction, sealedPseudonymKey: "first" };
      expect(await catalog.updateProject(project.id, { redaction, sealedPseudonymKey: "first" })).toEqual(redacting);
      expect(await catalog.updateProject(project.id, { sealedPseudonymKey: "second" })).toEqual(redacting);
      await catalog.keepPseudonymKey(project.id, "third");
      await catalog.keepPseudonymKey(other.id, "theirs");
      expect(await catalog.listProjects()).toEqual([{ ...other, sealedPseudonymKey: "theirs" }, redacting]);
      expect(await catalog.updateProject(randomUUID(), { concurrency: 1 })).toBeNull();
      expect(await catalog.updateProject("none", { concurrency: 1 })).toBeNull();
    });

    it("finds API keys by hash until they are revoked", async () => {
      const { catalog } = harness().store;
      const { id: projectId } = await catalog.createProject({ slug: "shop", name: "Shop" });
      const key = await catalog.createApiKey({ projectId, name: "ci", scope: "write", hash: "ab12", prefix: "mh_ab" });
      expect(await catalog.findApiKeyByHash("ab12")).toEqual(key);
      expect(await catalog.findApiKeyByHash("other")).toBeNull();
      await expect(
        catalog.createApiKey({ projectId: randomUUID(), name: "x", scope: "read", hash: "cd", prefix: "mh_c" }),
      ).rejects.toThrow(CatalogEntryMissing);

      expect(await catalog.revokeApiKey(randomUUID(), key.id)).toBe(false);
      expect(await catalog.revokeApiKey(projectId, key.id)).toBe(true);
      expect(await catalog.findApiKeyByHash("ab12")).toBeNull();
      const [revoked] = await catalog.listApiKeys(projectId);
      expect(revoked).toEqual({ ...key, revokedAt: revoked?.revokedAt });
      expect(revoked?.revokedAt).toBeGreaterThanOrEqual(key.createdAt);
    });

    it("keeps when an API key expires, and when it was used last", async () => {
      const { catalog } = harness().store;
      const { id: projectId } = await catalog.createProject({ slug: "shop", name: "Shop" });
      const given = { projectId, name: "ci", scope: "read", hash: "ab", prefix: "mh_a", expiresAt: 1_000_000 } as const;
      const key = await catalog.createApiKey(given);
      expect(key).toMatchObject({ expiresAt: 1_000_000, lastUsedAt: null });
      // Whoever uses it is told that it has expired.
      expect(await catalog.findApiKeyByHash("ab")).toEqual(key);
      for (const at of [60_000_000, 180_000_000, 120_000_000]) await catalog.noteKeyUse(key.id, at);
      expect(await harness().other.catalog.findApiKeyByHash("ab")).toEqual({ ...key, lastUsedAt: 180_000_000 });
    });

    it("saves drafts and detects lost updates", async () => {
      const { catalog } = harness().store;
      const { id: projectId } = await catalog.createProject({ slug: "shop", name: "Shop" });
      const draft = { projectId, slug: "order", name: "Order", definition: '{"a": 1}' };
      expect(await catalog.saveDraft({ ...draft, revision: 4 })).toBe("conflict");
      const first = saved(await catalog.saveDraft({ ...draft, revision: 0 }));
      expect(first).toMatchObject({
        revision: 1,
        definition: '{"a": 1}',
        activeVersionId: null,
        activeVersionNumber: null,
      });
      const second = saved(await catalog.saveDraft({ ...draft, name: "Orders", revision: 1 }));
      expect(second).toMatchObject({ id: first.id, revision: 2, name: "Orders", createdAt: first.createdAt });
      expect(await catalog.saveDraft({ ...draft, revision: 1 })).toBe("conflict");
      expect(await catalog.saveDraft({ ...draft, revision: 0 })).toBe("conflict");
      expect(saved(await catalog.saveDraft(draft)).revision).toBe(3);
      expect(await catalog.findWorkflow(projectId, { slug: "order" })).toMatchObject({ id: first.id, revision: 3 });
      expect(await catalog.findWorkflow(projectId, { id: first.id })).toMatchObject({ revision: 3 });
      expect(await catalog.findWorkflow(projectId, { id: "none" })).toBeNull();
    });

    it("lets one of several concurrent saves with the same revision win", async () => {
      const { catalog } = harness().store;
      const { id: projectId } = await catalog.createProject({ slug: "shop", name: "Shop" });
      const draft = { projectId, slug: "order", name: "Order", definition: "{}" };
      await catalog.saveDraft(draft);
      const results = await Promise.all([1, 2, 3, 4].map(() => catalog.saveDraft({ ...draft, revision: 1 })));
      expect(results.filter((result) => result === "conflict")).toHaveLength(3);
    });

    it("lists workflows by slug, page by page", async () => {
      const { catalog } = harness().store;
      const { id: projectId } = await catalog.createProject({ slug: "shop", name: "Shop" });
      for (const slug of ["c", "a", "b"]) await catalog.saveDraft({ projectId, slug, name: slug, definition: "{}" });
      const first = await catalog.listWorkflows({ projectId, limit: 2 });
      expect(first.map((workflow) => workflow.slug)).toEqual(["a", "b"]);
      const rest = await catalog.listWorkflows({ projectId, afterSlug: "b", limit: 2 });
      expect(rest.map((workflow) => workflow.slug)).toEqual(["c"]);
    });

    it("numbers versions without gaps, even if they are published at the same time", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const publish = (hash: string) =>
        catalog.publishVersion({ projectId: project.id, workflowId: workflow.id, hash, definition: `{"h":"${hash}"}` });
      await Promise.all(["a", "b", "c", "b"].map(publish));
      const versions = await catalog.listVersions(project.id, workflow.id);
      expect(versions.map((version) => version.number)).toEqual([3, 2, 1]);

      const again = await publish("a");
      expect(versions).toContainEqual(again);
      expect(await catalog.findVersion(again.id)).toEqual(again);
      expect(await catalog.findWorkflow(project.id, { id: workflow.id })).toMatchObject({
        activeVersionId: again.id,
        activeVersionNumber: again.number,
      });
      await expect(
        catalog.publishVersion({ projectId: project.id, workflowId: randomUUID(), hash: "x", definition: "{}" }),
      ).rejects.toThrow(CatalogEntryMissing);
    });

    it("finds the active version of a workflow by its slug", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const find = (projectId: string) => catalog.findActiveVersion(projectId, workflow.slug);
      expect(await find(project.id)).toEqual({ workflowId: workflow.id, versionId: null });
      expect(await find(randomUUID())).toBeNull();
      expect(await catalog.findActiveVersion(project.id, "other")).toBeNull();
      const version = { projectId: project.id, workflowId: workflow.id, hash: "a", definition: "{}" };
      const { id: versionId } = await catalog.publishVersion(version);
      expect(await find(project.id)).toEqual({ workflowId: workflow.id, versionId });
      await catalog.deleteWorkflow(project.id, workflow.id);
      expect(await find(project.id)).toBeNull();
    });

    it("pauses a workflow and resumes it", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const set = (isPaused: boolean) => catalog.setPaused(project.id, workflow.id, isPaused);
      expect(workflow.pausedAt).toBeNull();
      expect(await catalog.setPaused(randomUUID(), workflow.id, true)).toBeNull();
      const paused = await set(true);
      expect(paused).toEqual({ ...workflow, pausedAt: expect.any(Number) as number });
      expect(await set(true)).toEqual(paused);
      expect(await harness().other.catalog.listPaused()).toEqual([workflow.id]);
      expect(await catalog.findWorkflow(project.id, { id: workflow.id })).toEqual(paused);
      expect(await set(false)).toEqual(workflow);
      expect(await catalog.listPaused()).toEqual([]);
      // What a deleted workflow holds stays held.
      await set(true);
      await catalog.deleteWorkflow(project.id, workflow.id);
      expect(await catalog.listPaused()).toEqual([workflow.id]);
      expect(await set(false)).toBeNull();
    });

    it("knows the schedules of active versions, and up to when their times have been handled", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const publish = (hash: string, hasSchedule: boolean) =>
        catalog.publishVersion({ projectId: project.id, workflowId: workflow.id, hash, definition: hash, hasSchedule });
      const first = await publish("a", true);
      const [schedule] = await harness().other.catalog.listSchedules();
      expect(schedule).toEqual({
        projectId: project.id,
        workflowId: workflow.id,
        versionId: first.id,
        handledUntil: expect.any(Number) as number,
        isPaused: false,
      });
      const { handledUntil = 0 } = schedule ?? {};
      const later = handledUntil + 3_600_000_000;
      await catalog.noteScheduled(workflow.id, later);
      await catalog.noteScheduled(workflow.id, handledUntil + 1);
      const second = await publish("b", true);
      expect(await catalog.listSchedules()).toEqual([{ ...schedule, versionId: second.id, handledUntil: later }]);
      await catalog.setPaused(project.id, workflow.id, true);
      expect(await catalog.listSchedules()).toMatchObject([{ isPaused: true, handledUntil: later }]);
      await publish("a", false);
      expect(await catalog.listSchedules()).toEqual([]);
      await publish("b", true);
      await catalog.setPaused(project.id, workflow.id, false);
      expect(await catalog.listSchedules()).toMatchObject([{ isPaused: false }]);
      await catalog.deleteWorkflow(project.id, workflow.id);
      expect(await catalog.listSchedules()).toEqual([]);
    });

    it("routes a token to its endpoint and the active version", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const unlimited = { slug: project.slug, rateLimit: null, redaction: null, sealedPseudonymKey: null };
      const endpoint = await catalog.createEndpoint(newEndpoint(project, workflow, "token-one"));
      expect(await catalog.findRoute("token-one")).toEqual({ endpoint, version: null, project: unlimited });
      const version = await catalog.publishVersion({
        projectId: project.id,
        workflowId: workflow.id,
        hash: "a",
        definition: "{}",
      });
      expect(await harness().other.catalog.findRoute("token-one")).toEqual({
        endpoint,
        version,
        project: unlimited,
      });
      expect(await catalog.listRoutes()).toEqual([{ endpoint, version, project: unlimited }]);
      expect(await catalog.findRoute("token-two")).toBeNull();
      await expect(catalog.createEndpoint(newEndpoint(project, workflow, "token-one"))).rejects.toThrow(
        CatalogConflict,
      );
      await expect(
        catalog.createEndpoint({ ...newEndpoint(project, workflow, "token-two"), workflowId: randomUUID() }),
      ).rejects.toThrow(CatalogEntryMissing);
    });

    it("changes only the given settings, and can clear them", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const endpoint = await catalog.createEndpoint({
        ...newEndpoint(project, workflow, "token-one"),
        signature: "github-sha256",
        sealedSecret: "sealed",
      });
      const changed = await catalog.updateEndpoint(project.id, endpoint.id, { signature: "none", sealedSecret: null });
      expect(changed).toEqual({ ...endpoint, signature: "none", sealedSecret: null });
      expect(await catalog.listEndpoints(project.id)).toEqual([changed]);
      expect(await catalog.updateEndpoint(project.id, randomUUID(), { name: "x" })).toBeNull();
      expect(await catalog.deleteEndpoint(project.id, endpoint.id)).toBe(true);
      expect(await catalog.deleteEndpoint(project.id, endpoint.id)).toBe(false);
      expect(await catalog.findRoute("token-one")).toBeNull();
    });

    it("keeps the details of an endpoint's signature and its former keys", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const settings = {
        signature: "hmac",
        signatureSettings: '{"hmac":{"header":"x-signature"}}',
        sealedSecret: "third",
        formerKeys: [
          { sealedSecret: "second", expiresAt: 1_800_000_000_000_000 },
          { sealedSecret: "first", expiresAt: null },
        ],
      } as const;
      const endpoint = await catalog.createEndpoint({ ...newEndpoint(project, workflow, "token-one"), ...settings });
      expect(endpoint).toMatchObject(settings);
      expect((await catalog.findRoute("token-one"))?.endpoint).toEqual(endpoint);
      const change = { signature: "stripe", signatureSettings: "{}", formerKeys: [] } as const;
      expect(await catalog.updateEndpoint(project.id, endpoint.id, change)).toEqual({ ...endpoint, ...change });
    });

    it("keeps an endpoint's settings for keys, answers and handshakes, and changes its token", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const settings = {
        sameKey: "compare",
        handshakes: "off",
        sealedVerifyToken: "sealed",
        answer: "response",
        keysByHeader: false,
      } as const;
      const endpoint = await catalog.createEndpoint({ ...newEndpoint(project, workflow, "token-one"), ...settings });
      await catalog.createEndpoint(newEndpoint(project, workflow, "token-two"));
      expect(endpoint).toMatchObject(settings);
      const change = {
        sameKey: "first_counts",
        handshakes: "on",
        sealedVerifyToken: null,
        answer: "result",
        keysByHeader: true,
      } as const;
      expect(await catalog.updateEndpoint(project.id, endpoint.id, change)).toEqual({ ...endpoint, ...change });
      const rotated = await catalog.rotateEndpoint(project.id, endpoint.id, "token-three");
      expect(rotated).toEqual({ ...endpoint, ...change, token: "token-three" });
      expect(await catalog.findRoute("token-one")).toBeNull();
      expect((await catalog.findRoute("token-three"))?.endpoint).toEqual(rotated);
      await expect(catalog.rotateEndpoint(project.id, endpoint.id, "token-two")).rejects.toThrow(CatalogConflict);
      expect(await catalog.rotateEndpoint(project.id, randomUUID(), "token-four")).toBeNull();
    });

    it("keeps what an endpoint accepts, setting by setting, and since when it is paused", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const acceptance = { methods: ["PUT"], rateLimit: { requests: 5, perS: 60 } } as const;
      const endpoint = await catalog.createEndpoint({ ...newEndpoint(project, workflow, "token-one"), acceptance });
      expect(endpoint).toMatchObject({ acceptance, pausedAt: null });
      const change = { methods: null, payloadSchema: { type: "object" } };
      const changed = await catalog.updateEndpoint(project.id, endpoint.id, { acceptance: change });
      const expected = { payloadSchema: { type: "object" }, rateLimit: { requests: 5, perS: 60 } };
      expect(changed).toEqual({ ...endpoint, acceptance: expected });

      const paused = await catalog.setEndpointPaused(project.id, endpoint.id, true);
      expect(paused?.pausedAt).toBeGreaterThanOrEqual(endpoint.createdAt);
      expect(await catalog.setEndpointPaused(project.id, endpoint.id, true)).toEqual(paused);
      expect((await harness().other.catalog.findRoute("token-one"))?.endpoint).toEqual(paused);
      expect(await catalog.setEndpointPaused(project.id, endpoint.id, false)).toEqual(changed);
      expect(await catalog.setEndpointPaused(project.id, randomUUID(), true)).toBeNull();
    });

    it("finds an endpoint by its project's slug and its alias, which is unique in the project", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const theirs = await projectWithWorkflow(catalog, "theirs");
      const signed = { signature: "github-sha256", sealedSecret: "sealed" } as const;
      const create = (owner: typeof theirs, token: string, alias: string | null) =>
        catalog.createEndpoint({ ...newEndpoint(owner.project, owner.workflow, token), ...signed, alias });
      const endpoint = await create({ project, workflow }, "token-one", "orders");
      const other = await create({ project, workflow }, "token-two", null);
      await create(theirs, "token-three", "orders");
      const found = await harness().other.catalog.findRouteByAlias("shop", "orders");
      expect(found).toMatchObject({ endpoint, project: { slug: "shop" } });
      expect(await catalog.findRouteByAlias("shop", "returns")).toBeNull();
      expect(await catalog.findRouteByAlias("none", "orders")).toBeNull();
      await expect(create({ project, workflow }, "token-four", "orders")).rejects.toThrow(CatalogConflict);
      await expect(catalog.updateEndpoint(project.id, other.id, { alias: "orders" })).rejects.toThrow(CatalogConflict);
      await catalog.updateEndpoint(project.id, endpoint.id, { alias: "returns" });
      expect(await catalog.updateEndpoint(project.id, other.id, { alias: "orders" })).toMatchObject({ id: other.id });
    });

    it("publishes another version for other names and labels, and none for an unchanged document", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const publish = (definition: string) =>
        catalog.publishVersion({ projectId: project.id, workflowId: workflow.id, hash: "a", definition });
      const isPublished = async (): Promise<boolean | undefined> =>
        (await catalog.listWorkflows({ projectId: project.id, limit: 10 }))[0]?.isPublished;
      expect(await isPublished()).toBe(false);
      const first = await publish("{}");
      expect(await isPublished()).toBe(true);
      const labeled = await publish('{"label":1}');
      expect([labeled.number, labeled.definition, await isPublished()]).toEqual([2, '{"label":1}', false]);
      expect(await publish("{}")).toEqual(first);
      expect((await catalog.findWorkflow(project.id, { id: workflow.id }))?.isPublished).toBe(true);
      await catalog.saveDraft({ projectId: project.id, slug: "order", name: "Order", definition: "{ }" });
      expect(await isPublished()).toBe(false);
    });

    it("deletes a workflow with its endpoints, frees its slug, and keeps its versions", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const endpoint = await catalog.createEndpoint(newEndpoint(project, workflow, "token-one"));
      const rejection = { projectId: project.id, endpointId: endpoint.id, at: 1, code: "c", detail: "d", bodyBytes: 0 };
      await catalog.recordRejection(rejection);
      const version = await catalog.publishVersion({
        projectId: project.id,
        workflowId: workflow.id,
        hash: "a",
        definition: "{}",
      });
      expect(await catalog.deleteWorkflow(randomUUID(), workflow.id)).toBe(false);
      expect(await catalog.deleteWorkflow(project.id, workflow.id)).toBe(true);
      expect(await catalog.deleteWorkflow(project.id, workflow.id)).toBe(false);
      expect(await catalog.findWorkflow(project.id, { id: workflow.id })).toBeNull();
      expect(await catalog.listWorkflows({ projectId: project.id, limit: 10 })).toEqual([]);
      expect(await catalog.findRoute("token-one")).toBeNull();
      expect(await catalog.listRejections({ projectId: project.id, limit: 10 })).toEqual([]);
      expect(await catalog.findVersion(version.id)).toEqual(version);
      expect(await catalog.findVersion(version.id, project.id)).toEqual(version);
      expect(await catalog.findVersion(version.id, randomUUID())).toBeNull();
      await expect(catalog.createEndpoint(newEndpoint(project, workflow, "token-two"))).rejects.toThrow(
        CatalogEntryMissing,
      );
      const again = await catalog.saveDraft({ projectId: project.id, slug: "order", name: "Order", definition: "{}" });
      expect(again).toMatchObject({ slug: "order", revision: 1, activeVersionId: null });
    });

    it("deletes all but the newest rejections of an endpoint, and all of a deleted one", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const one = await catalog.createEndpoint(newEndpoint(project, workflow, "token-one"));
      const two = await catalog.createEndpoint(newEndpoint(project, workflow, "token-two"));
      const reject = (endpointId: string, detail: string) =>
        catalog.recordRejection({ projectId: project.id, endpointId, at: 1, code: "c", detail, bodyBytes: 0 });
      for (let at = 0; at < 5; at++) await reject(one.id, `${at}`);
      await reject(two.id, "other");
      const details = async (): Promise<readonly string[]> =>
        (await catalog.listRejections({ projectId: project.id, limit: 10 })).map(({ detail }) => detail).toSorted();
      await catalog.trimRejections(project.id, one.id, 10);
      expect(await details()).toHaveLength(6);
      await catalog.trimRejections(project.id, one.id, 2);
      expect(await details()).toHaveLength(3);
      expect(await details()).toContain("other");
      await catalog.deleteEndpoint(project.id, one.id);
      expect(await details()).toEqual(["other"]);
    });

    it("keeps rejections, newest first", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const endpoints: Endpoint[] = [];
      for (const token of ["token-one", "token-two"]) {
        endpoints.push(await catalog.createEndpoint(newEndpoint(project, workflow, token)));
      }
      const [one, two] = endpoints;
      const reject = (endpointId: string, code: string) =>
        catalog.recordRejection({
          projectId: project.id,
          endpointId,
          at: 1_795_482_773_253_007,
          code,
          detail: "d",
          bodyBytes: 3,
        });
      // Ids contain milliseconds: within one, the order is not guaranteed.
      await reject(one?.id ?? "", "json_invalid");
      await reject(two?.id ?? "", "signature_invalid");
      const listed = await catalog.listRejections({ projectId: project.id, limit: 10 });
      expect(listed.map((rejection) => rejection.code).toSorted()).toEqual(["json_invalid", "signature_invalid"]);
      const ofOne = await catalog.listRejections({ projectId: project.id, endpointIds: [one?.id ?? ""], limit: 10 });
      expect(ofOne).toMatchObject([{ code: "json_invalid", at: 1_795_482_773_253_007, bodyBytes: 3 }]);
      expect(await catalog.listRejections({ projectId: project.id, limit: 1 })).toHaveLength(1);
    });

    it("keeps what is known of a rejected request, and selects by endpoint, kind, code, address and id", async () => {
      const { catalog } = harness().store;
      const { project, workflow } = await projectWithWorkflow(catalog, "shop");
      const one = await catalog.createEndpoint(newEndpoint(project, workflow, "token-one"));
      const two = await catalog.createEndpoint(newEndpoint(project, workflow, "token-two"));
      const request = {
        status: 401,
        method: "POST",
        address: "192.0.2.1",
        headers: { "user-agent": "Acme" },
        runId: null,
        isTest: true,
      };
      const refused = { projectId: project.id, at: 1_795_482_773_253_007, code: "signature_invalid", detail: "d" };
      const repeat = { ...request, status: 200, address: null, runId: randomUUID() };
      const recorded = [
        { ...refused, endpointId: one.id, bodyBytes: 3, request },
        { ...refused, endpointId: one.id, bodyBytes: 4, code: DUPLICATE, request: repeat },
        // As earlier releases recorded it.
        { ...refused, endpointId: two.id, bodyBytes: 5 },
      ] as const;
      for (const rejection of recorded) await catalog.recordRejection(rejection);
      const found = async (query: Partial<RejectionQuery>) =>
        (await harness().other.catalog.listRejections({ projectId: project.id, limit: 10, ...query })).toSorted(
          (left, right) => left.bodyBytes - right.bodyBytes,
        );
      const all = await found({});
      expect(all).toEqual(recorded.map((rejection, at) => ({ ...rejection, id: all[at]?.id })));
      const bytes = async (query: Partial<RejectionQuery>): Promise<readonly number[]> =>
        (await found(query)).map(({ bodyBytes }) => bodyBytes);
      expect(await bytes({ endpointIds: [one.id] })).toEqual([3, 4]);
      expect(await bytes({ endpointIds: [one.id, two.id] })).toEqual([3, 4, 5]);
      expect(await bytes({ endpointIds: [] })).toEqual([]);
      expect(await bytes({ kind: "duplicate" })).toEqual([4]);
      expect(await bytes({ kind: "rejected", endpointIds: [one.id] })).toEqual([3]);
      expect(await bytes({ code: "signature_invalid" })).toEqual([3, 5]);
      expect(await bytes({ address: "192.0.2.1" })).toEqual([3]);
      const id = all[0]?.id ?? "";
      expect(await bytes({ beforeId: id })).not.toContain(3);
      expect((await bytes({ fromId: id, endpointIds: [one.id] })).includes(3)).toBe(true);
    });

    it("hides everything of one project from another", async () => {
      const { catalog } = harness().store;
      const ours = await projectWithWorkflow(catalog, "ours");
      const theirs = await projectWithWorkflow(catalog, "theirs");
      const endpoint = await catalog.createEndpoint(newEndpoint(theirs.project, theirs.workflow, "token-one"));
      const key = await catalog.createApiKey({
        projectId: theirs.project.id,
        name: "ci",
        scope: "read",
        hash: "ab",
        prefix: "mh_a",
      });
      await catalog.publishVersion({
        projectId: theirs.project.id,
        workflowId: theirs.workflow.id,
        hash: "a",
        definition: "{}",
      });
      const us = ours.project.id;

      expect(await catalog.findWorkflow(us, { id: theirs.workflow.id })).toBeNull();
      expect(await catalog.listVersions(us, theirs.workflow.id)).toEqual([]);
      expect(await catalog.listEndpoints(us)).toEqual([]);
      expect(await catalog.listApiKeys(us)).toEqual([]);
      expect(await catalog.listRejections({ projectId: us, endpointIds: [endpoint.id], limit: 10 })).toEqual([]);
      expect(await catalog.updateEndpoint(us, endpoint.id, { name: "mine" })).toBeNull();
      expect(await catalog.deleteEndpoint(us, endpoint.id)).toBe(false);
      expect(await catalog.revokeApiKey(us, key.id)).toBe(false);
      await expect(catalog.createEndpoint(newEndpoint(ours.project, theirs.workflow, "token-two"))).rejects.toThrow(
        CatalogEntryMissing,
      );
      await expect(
        catalog.publishVersion({ projectId: us, workflowId: theirs.workflow.id, hash: "b", definition: "{}" }),
      ).rejects.toThrow(CatalogEntryMissing);
    });

    it("raises the catalog revision with every change", async () => {
      const { store, other } = harness();
      const token = await store.journal.join("a");
      const revision = async (): Promise<number> => (await store.journal.heartbeat(token)).catalogRevision;
      let last = await revision();
      const { project, workflow } = await projectWithWorkflow(other.catalog, "shop");
      const endpoint = await other.catalog.createEndpoint(newEndpoint(project, workflow, "token-one"));
      const changes: readonly (() => Promise<unknown>)[] = [
        () => other.catalog.saveDraft({ projectId: project.id, slug: "order", name: "Order", definition: "{ }" }),
        () =>
          other.catalog.publishVersion({ projectId: project.id, workflowId: workflow.id, hash: "a", definition: "{}" }),
        () => other.catalog.updateEndpoint(project.id, endpoint.id, { name: "x" }),
        () => other.catalog.deleteEndpoint(project.id, endpoint.id),
      ];
      for (const change of changes) {
        await change();
        const next = await revision();
        expect(next).toBeGreaterThan(last);
        last = next;
      }
    });
  });
}

async function projectWithWorkflow(catalog: Catalog, slug: string): Promise<{ project: Project; workflow: Workflow }> {
  const project = await catalog.createProject({ slug, name: slug });
  const draft = { projectId: project.id, slug: "order", name: "Order", definition: "{}" };
  return { project, workflow: saved(await catalog.saveDraft(draft)) };
}

function saved(result: Workflow | "conflict"): Workflow {
  if (result === "conflict") throw new Error("The draft was not saved");
  return result;
}

/** An endpoint that checks no signatures. */
export function newEndpoint(project: Pick<Project, "id">, workflow: Pick<Workflow, "id">, token: string): NewEndpoint {
  return {
    projectId: project.id,
    workflowId: workflow.id,
    token,
    name: "Shop",
    signature: "none",
    signatureSettings: "{}",
    sealedSecret: null,
    formerKeys: [],
    dedupeHeader: "x-github-delivery",
    keysByHeader: true,
    bodyBytesMax: 1_048_576,
    answer: "accepted",
    resultTimeoutMs: 5_000,
    sameKey: "by_source",
    handshakes: "on",
    sealedVerifyToken: null,
    acceptance: {},
    alias: null,
  };
}
