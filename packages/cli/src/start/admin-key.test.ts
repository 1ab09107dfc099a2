import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createMemoryStore } from "@meshhook/journal";
import { afterEach, beforeEach, expect, test } from "vitest";

import { ensureAdminKey } from "./admin-key.ts";

const GIVEN = "mh_0123456789abcdef0123456789";
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "meshhook-admin-key-"));
});

afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

test("the first start creates a valid key and keeps it for its owner; later starts create none and find the file", async () => {
  const { catalog } = createMemoryStore();
  const { generatedKey: key, keyFile, newProject } = await ensureAdminKey(catalog, { adminKey: null, dataDir });
  expect(key).toMatch(/^mh_[A-Za-z0-9_-]{43}$/);
  expect(keyFile).toBe(join(dataDir, "admin.key"));
  expect(await readFile(keyFile!, "utf8")).toBe(`${key}\n`);
  expect((await stat(keyFile!)).mode & 0o777).toBe(0o600);
  expect(await catalog.findApiKeyByHash(hashOf(key!))).toMatchObject({ scope: "admin", prefix: key!.slice(0, 11) });
  expect(await ensureAdminKey(catalog, { adminKey: null, dataDir })).toEqual({
    generatedKey: null,
    keyFile,
    newProject: null,
  });
  expect(await catalog.listProjects()).toEqual([newProject]);
});

test("a file with a key that this database does not know is not mentioned", async () => {
  const { catalog } = createMemoryStore();
  await ensureAdminKey(catalog, { adminKey: GIVEN, dataDir });
  await writeFile(join(dataDir, "admin.key"), "mh_of-another-database-0123456789\n");
  expect(await ensureAdminKey(catalog, { adminKey: null, dataDir })).toMatchObject({
    generatedKey: null,
    keyFile: null,
  });
});

test("a key that cannot be kept is still shown", async () => {
  const { catalog } = createMemoryStore();
  await writeFile(join(dataDir, "file"), "");
  const made = await ensureAdminKey(catalog, { adminKey: null, dataDir: join(dataDir, "file") });
  expect(made).toMatchObject({ generatedKey: expect.stringMatching(/^mh_/), keyFile: null });
});

test("a given key becomes valid at any start, and is never shown or kept", async () => {
  const { catalog } = createMemoryStore();
  await ensureAdminKey(catalog, { adminKey: "mh_another-key-0123456789abcdef", dataDir });
  for (let start = 0; start < 2; start++)
    expect(await ensureAdminKey(catalog, { adminKey: GIVEN, dataDir })).toEqual({
      generatedKey: null,
      keyFile: null,
      newProject: null,
    });
  expect(await catalog.findApiKeyByHash(hashOf(GIVEN))).toMatchObject({ scope: "admin" });
  const [project] = await catalog.listProjects();
  expect(await catalog.listApiKeys(project!.id)).toHaveLength(2);
});

test("several processes with the same key at their first start all succeed", async () => {
  const { catalog } = createMemoryStore();
  const made = await Promise.all(
    Array.from({ length: 5 }, () => ensureAdminKey(catalog, { adminKey: GIVEN, dataDir })),
  );
  expect(made.filter(({ newProject }) => newProject !== null)).toHaveLength(1);
  const generated = await Promise.all(
    Array.from({ length: 5 }, () => ensureAdminKey(createMemoryStore().catalog, { adminKey: null, dataDir })),
  );
  expect(new Set(generated.map(({ generatedKey }) => generatedKey)).size).toBe(1);
});

test("a start that finds another one's project before its key was stored uses the same key file, and names it", async () => {
  const { catalog } = createMemoryStore();
  await catalog.createProject({ slug: "default", name: "Default" });
  const second = await ensureAdminKey(catalog, { adminKey: null, dataDir });
  expect(second).toMatchObject({ keyFile: join(dataDir, "admin.key"), newProject: null });
  expect((await readFile(second.keyFile!, "utf8")).trim()).toBe(second.generatedKey);
  expect(await catalog.findApiKeyByHash(hashOf(second.generatedKey!))).toMatchObject({ scope: "admin" });
});

test("a given key that was revoked is refused with the reason", async () => {
  const { catalog } = createMemoryStore();
  await ensureAdminKey(catalog, { adminKey: GIVEN, dataDir });
  const [project] = await catalog.listProjects();
  const [key] = await catalog.listApiKeys(project!.id);
  await catalog.revokeApiKey(project!.id, key!.id);
  await expect(ensureAdminKey(catalog, { adminKey: GIVEN, dataDir })).rejects.toThrow(/MESHHOOK_ADMIN_KEY was revoked/);
});
