import { randomUUID } from "node:crypto";

import { CatalogEntryMissing } from "../catalog.ts";
import { SECRET_VERSIONS_MAX, type Vault } from "../vault.ts";
import { newEndpoint } from "./catalog.ts";
import { useHarness } from "./harness.ts";
import type { CreateHarness, TestFunctions } from "./harness.ts";

/** How values begin that were sealed under one key, and under another. */
const [OLD, NEW] = ["AgAAAAAAAAAA", "AgEBAQEBAQEB"];

export function describeVault(test: TestFunctions, create: CreateHarness): void {
  const { describe, expect, it } = test;

  describe("vault", () => {
    const harness = useHarness(test, create);
    const newProject = async (slug = "shop"): Promise<string> =>
      (await harness().store.catalog.createProject({ slug, name: slug })).id;
    const put = (vault: Vault, projectId: string, name: string, sealed = `${OLD}value`) =>
      vault.addSecret({ projectId, name, seal: (version) => `${sealed}${version}` });

    it("numbers the versions of a secret, keeps the value of the newest only, and lists them without values", async () => {
      const { vault, journal } = harness().store;
      const projectId = await newProject();
      const token = await journal.join("watcher");
      const { catalogRevision } = await journal.heartbeat(token);
      const first = await put(vault, projectId, "KEY");
      expect(first).toMatchObject({ name: "KEY", version: 1, usedAt: null });
      expect((await journal.heartbeat(token)).catalogRevision).toBeGreaterThan(catalogRevision);
      const second = await put(vault, projectId, "KEY");
      const other = await put(vault, projectId, "ANOTHER");
      expect(await harness().other.vault.listSecrets(projectId)).toEqual([other, second]);
      expect((await vault.listSecretVersions(projectId, "KEY")).map(({ version }) => version)).toEqual([2, 1]);
      expect(await harness().other.vault.findSecret(projectId, "KEY")).toEqual({ version: 2, sealed: `${OLD}value2` });
      // The erased value counts no more.
      expect(await vault.countSealed()).toEqual(new Map([[OLD, 2]]));
      for (let version = 3; version <= SECRET_VERSIONS_MAX + 2; version++) await put(vault, projectId, "KEY");
      expect(await vault.listSecretVersions(projectId, "KEY")).toHaveLength(SECRET_VERSIONS_MAX);

      const { store, other: elsewhere } = harness();
      const added = await Promise.all(
        [store, elsewhere, store, elsewhere].map((process) => put(process.vault, projectId, "AT_ONCE")),
      );
      expect(new Set(added.map((secret) => (secret === "full" ? 0 : secret.version)))).toEqual(new Set([1, 2, 3, 4]));
    });

    it("shows a project nothing of another one, and refuses what belongs to none", async () => {
      const { vault } = harness().store;
      const [ours, theirs] = [await newProject(), await newProject("other")];
      await put(vault, ours, "KEY");
      expect(await vault.listSecrets(theirs)).toEqual([]);
      expect(await vault.listSecretVersions(theirs, "KEY")).toEqual([]);
      expect(await vault.findSecret(theirs, "KEY")).toBeNull();
      expect(await vault.deleteSecret(theirs, "KEY")).toBe(false);
      expect(await vault.listSecrets(ours)).toHaveLength(1);
      await expect(put(vault, randomUUID(), "KEY")).rejects.toThrow(CatalogEntryMissing);
      expect(await vault.deleteSecret(ours, "KEY")).toBe(true);
      expect([await vault.findSecret(ours, "KEY"), await vault.listSecrets(ours)]).toEqual([null, []]);
    });

    it("finds the workflows whose active version names a secret", async () => {
      const { catalog, vault } = harness().store;
      const projectId = await newProject();
      const publish = async (slug: string, definition: string): Promise<void> => {
        const saved = await catalog.saveDraft({ projectId, slug, name: slug, definition });
        if (saved === "conflict") throw new Error(slug);
        await catalog.publishVersion({ projectId, workflowId: saved.id, hash: slug, definition });
      };
      await publish("hole", '{"header":"Bearer {{ secrets.API_KEY }}"}');
      await publish("signs", '{"signingKeys":["API_KEY"]}');
      await publish("longer", '{"header":"{{ secrets.API_KEY_2 }}","a":"API_KEY"}');
      await publish("alike", '{"signingKeys":["APIXKEY"]}');
      await catalog.saveDraft({ projectId, slug: "draft", name: "draft", definition: "{{ secrets.API_KEY }}" });
      expect(await vault.listSecretUsers(projectId, "API_KEY")).toEqual(["hole", "signs"]);
      expect(await vault.listSecretUsers(await newProject("other"), "API_KEY")).toEqual([]);
    });

    it("notes when a secret was used, and adds it to the audit log", async () => {
      const { vault, audit } = harness().store;
      const projectId = await newProject();
      await put(vault, projectId, "KEY");
      const use = { projectId, name: "KEY", count: 3, runIds: ["a", "b"] };
      const at = 1_790_000_000_000_000;
      await vault.noteUses([
        { ...use, at },
        { ...use, name: "FROM_A_FILE", at },
      ]);
      await vault.noteUses([{ ...use, at: at - 60_000_000 }]);
      expect(await vault.listSecrets(projectId)).toMatchObject([{ name: "KEY", usedAt: at }]);
      const entries = await audit.list({ projectId, action: "useSecret", resourceId: "FROM_A_FILE", limit: 10 });
      expect(entries).toMatchObject([
        { actor: { kind: "process" }, resource: { kind: "secret" }, detail: { uses: 3, runIds: ["a", "b"] } },
      ]);
    });

    it("lists what is under another key, part by part, and replaces only what nobody changed", async () => {
      const { catalog, vault } = harness().store;
      const projectId = await newProject();
      const workflow = await catalog.saveDraft({ projectId, slug: "order", name: "Order", definition: "{}" });
      if (workflow === "conflict") throw new Error("conflict");
      const endpoint = await catalog.createEndpoint({
        ...newEndpoint({ id: projectId }, workflow, randomUUID()),
        sealedSecret: `${NEW}newest`,
        sealedVerifyToken: "AQdirect",
        formerKeys: [{ sealedSecret: `${OLD}former`, expiresAt: 5 }],
      });
      await catalog.createEndpoint({
        ...newEndpoint({ id: projectId }, workflow, randomUUID()),
        sealedSecret: `${NEW}other`,
      });
      await put(vault, projectId, "KEY");
      await put(vault, projectId, "DONE", `${NEW}value`);
      expect(await vault.countSealed()).toEqual(
        new Map<string | null, number>([
          [OLD, 2],
          [NEW, 3],
          [null, 1],
        ]),
      );
      const query = { prefix: NEW, after: null, limit: 1 };
      const [first] = await vault.listSealed(query);
      const [second] = await vault.listSealed({ ...query, after: first?.id ?? null });
      expect(await vault.listSealed({ ...query, after: second?.id ?? null })).toEqual([]);
      const rows = [first, second];
      const secret = rows.find((row) => row?.kind === "secret");
      const keys = rows.find((row) => row?.kind === "endpoint");
      if (secret?.kind !== "secret" || keys?.kind !== "endpoint") throw new Error(JSON.stringify(rows));
      expect(secret).toMatchObject({ projectId, name: "KEY", version: 1, sealed: `${OLD}value1` });
      expect(await vault.replaceSealed(secret, { ...secret, sealed: `${NEW}value1` })).toBe(true);
      expect(await vault.replaceSealed(secret, { ...secret, sealed: `${NEW}again` })).toBe(false);
      expect(await vault.findSecret(projectId, "KEY")).toEqual({ version: 1, sealed: `${NEW}value1` });

      const wrapped = {
        ...keys,
        sealedVerifyToken: `${NEW}token`,
        formerKeys: [{ sealedSecret: `${NEW}f`, expiresAt: 5 }],
      };
      await catalog.updateEndpoint(projectId, endpoint.id, { sealedVerifyToken: null });
      expect(await vault.replaceSealed(keys, wrapped)).toBe(false);
      await catalog.updateEndpoint(projectId, endpoint.id, { sealedVerifyToken: "AQdirect" });
      expect(await vault.replaceSealed(keys, wrapped)).toBe(true);
      expect((await catalog.listEndpoints(projectId)).find(({ id }) => id === endpoint.id)).toEqual({
        ...endpoint,
        sealedVerifyToken: `${NEW}token`,
        formerKeys: [{ sealedSecret: `${NEW}f`, expiresAt: 5 }],
      });
      expect(await vault.listSealed({ ...query, limit: 10 })).toEqual([]);

      await catalog.updateProject(projectId, { sealedPseudonymKey: `${OLD}key` });
      expect((await vault.countSealed()).get(OLD)).toBe(1);
      const [key] = await vault.listSealed({ ...query, limit: 10 });
      if (key?.kind !== "pseudonym-key") throw new Error(JSON.stringify(key));
      expect(key).toEqual({ kind: "pseudonym-key", id: projectId, projectId, sealed: `${OLD}key` });
      expect(await vault.replaceSealed(key, { ...key, sealed: `${NEW}key` })).toBe(true);
      expect(await vault.replaceSealed(key, { ...key, sealed: `${NEW}again` })).toBe(false);
      expect(await vault.listSealed({ ...query, limit: 10 })).toEqual([]);
    });
  });
}
