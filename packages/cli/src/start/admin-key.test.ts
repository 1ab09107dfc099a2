import { createHash } from "node:crypto";
import { createMemoryStore } from "@meshhook/journal";
import { expect, test } from "vitest";

import { ensureAdminKey } from "./admin-key.ts";

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

test("the first start makes a key that works; later starts make none", async () => {
  const { catalog } = createMemoryStore();
  const { generatedKey: key, newProject } = await ensureAdminKey(catalog, null);
  expect(key).toMatch(/^mh_[A-Za-z0-9_-]{43}$/);
  expect(await catalog.findApiKeyByHash(hashOf(key!))).toMatchObject({ scope: "admin", prefix: key!.slice(0, 11) });
  expect(await ensureAdminKey(catalog, null)).toEqual({ generatedKey: null, newProject: null });
  expect(await catalog.listProjects()).toEqual([newProject]);
});

test("a given key works from any start on, and is never shown", async () => {
  const { catalog } = createMemoryStore();
  await ensureAdminKey(catalog, null);
  const given = "mh_0123456789abcdef0123456789";
  for (let start = 0; start < 2; start++)
    expect(await ensureAdminKey(catalog, given)).toEqual({ generatedKey: null, newProject: null });
  expect(await catalog.findApiKeyByHash(hashOf(given))).toMatchObject({ scope: "admin" });
  const [project] = await catalog.listProjects();
  expect(await catalog.listApiKeys(project!.id)).toHaveLength(2);
});
