import { randomUUID } from "node:crypto";

import type { Act } from "../audit.ts";
import { newEndpoint } from "./catalog.ts";
import { useHarness } from "./harness.ts";
import type { CreateHarness, TestFunctions } from "./harness.ts";

export function describeAudit(test: TestFunctions, create: CreateHarness): void {
  const { describe, expect, it } = test;

  describe("audit log", () => {
    const harness = useHarness(test, create);
    const actOf = (projectId: string, more: Partial<Act> = {}): Act => ({
      projectId,
      action: "updateProject",
      actor: { kind: "key", id: "the-key", name: "ci" },
      resource: { kind: "project", id: null },
      address: "192.0.2.7",
      requestId: "request-1",
      ...more,
    });

    it("has each act with its change, once, and shows a project its own only", async () => {
      const { audit, catalog } = harness().store;
      const project = await catalog.createProject({ slug: "shop", name: "Shop" });
      const act = actOf(project.id);
      const changed = await audit.during(act, () =>
        catalog.updateProject(project.id, { name: "Store", concurrency: 5 }),
      );
      expect(changed).toMatchObject({ name: "Store" });
      const [entry, ...others] = await harness().other.audit.list({ projectId: project.id, limit: 10 });
      expect(others).toEqual([]);
      expect(entry).toEqual({
        ...act,
        id: entry?.id,
        at: entry?.at,
        resource: { kind: "project", id: project.id, name: "shop" },
        detail: {
          changes: [
            { field: "name", from: "Shop", to: "Store" },
            { field: "concurrency", from: null, to: 5 },
          ],
        },
      });
      expect(await audit.list({ projectId: randomUUID(), limit: 10 })).toEqual([]);
    });

    it("names fields that are secret or large, without their values", async () => {
      const { audit, catalog } = harness().store;
      const { id: projectId } = await catalog.createProject({ slug: "shop", name: "Shop" });
      const workflow = await catalog.saveDraft({ projectId, slug: "order", name: "Order", definition: "{}" });
      if (workflow === "conflict") throw new Error("conflict");
      const settings = {
        ...newEndpoint({ id: projectId }, workflow, `canary-${randomUUID()}`),
        signature: "github-sha256" as const,
        signatureSettings: '{"url":"canary"}',
        sealedSecret: "canary-sealed",
      };
      const endpoint = await audit.during(actOf(projectId), () => catalog.createEndpoint(settings));
      await audit.during(actOf(projectId), () =>
        catalog.updateEndpoint(projectId, endpoint.id, { sealedSecret: "canary-2", name: "new orders" }),
      );
      const entries = await audit.list({ projectId, limit: 10 });
      expect(JSON.stringify(entries)).not.toContain("canary");
      expect(entries[0]?.detail.changes).toEqual([
        { field: "name", from: "Shop", to: "new orders" },
        { field: "signingKeys" },
      ]);
      expect(entries[1]?.detail.changes).toContainEqual({ field: "name", to: "Shop" });
    });

    it("has what changes nothing in the catalog too, and nothing of what was refused or undone", async () => {
      const { audit, catalog } = harness().store;
      const { id: projectId } = await catalog.createProject({ slug: "shop", name: "Shop" });
      const act = actOf(projectId, { action: "cancelRun", resource: { kind: "run", id: "r1" } });
      expect(await audit.during(act, () => Promise.resolve(true))).toBe(true);
      await expect(audit.during(act, () => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
      const missing = async (): Promise<void> => {
        if ((await catalog.updateProject(randomUUID(), { name: "x" })) === null) throw new Error("not found");
      };
      await expect(audit.during(act, missing)).rejects.toThrow("not found");
      await expect(audit.during(act, () => catalog.createProject({ slug: "shop", name: "Again" }))).rejects.toThrow();
      // Two at the same time do not take each other's entries.
      await Promise.all(
        ["a", "b"].map((id) =>
          audit.during(actOf(projectId, { resource: { kind: "project", id } }), () =>
            catalog.updateProject(projectId, { name: id }),
          ),
        ),
      );
      const entries = await audit.list({ projectId, limit: 10 });
      expect(new Set(entries.map(({ resource }) => resource.id))).toEqual(new Set(["a", "b", "r1"]));
      expect(entries).toHaveLength(3);
      expect(entries.at(-1)).toMatchObject({ action: "cancelRun", detail: {} });
    });

    it("is listed by what is asked for, page by page", async () => {
      const { audit } = harness().store;
      const projectId = randomUUID();
      for (const [action, id] of [
        ["a", "1"],
        ["b", "1"],
        ["a", "2"],
      ] as const)
        await audit.during(actOf(projectId, { action, resource: { kind: "thing", id } }), () => Promise.resolve());
      const all = await audit.list({ projectId, limit: 10 });
      expect(all).toHaveLength(3);
      expect(await audit.list({ projectId, action: "a", limit: 10 })).toEqual(
        all.filter(({ action }) => action === "a"),
      );
      expect(await audit.list({ projectId, resourceId: "1", limit: 10 })).toHaveLength(2);
      expect(await audit.list({ projectId, actorId: "the-key", limit: 10 })).toHaveLength(3);
      expect(await audit.list({ projectId, actorId: "another", limit: 10 })).toEqual([]);
      const first = await audit.list({ projectId, limit: 1 });
      expect([...first, ...(await audit.list({ projectId, beforeId: first[0]?.id ?? "", limit: 10 }))]).toEqual(all);
      const at = all[0]?.at ?? 0;
      expect(await audit.list({ projectId, from: at + 1_000, limit: 10 })).toEqual([]);
      expect(await audit.list({ projectId, until: at + 1_000, limit: 10 })).toEqual(all);
    });
  });
}
