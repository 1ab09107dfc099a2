import { createHash, randomBytes } from "node:crypto";

import type { Catalog, Project } from "@meshhook/journal";

const PREFIX_CHARACTERS = 11;

/**
 * Makes sure that there is a project and a key with all rights.
 *
 * @param given  MESHHOOK_ADMIN_KEY: becomes valid if it is not. Null: a key is generated when the database has no project yet.
 * @returns The key when it was generated just now, to be shown this once; only its hash is stored.
 */
export async function ensureAdminKey(catalog: Catalog, given: string | null): Promise<string | null> {
  const projects = await catalog.listProjects();
  const isFirstStart = projects.length === 0;
  const project = projects[0] ?? (await createFirstProject(catalog));
  if (given === null && !isFirstStart) return null;
  const key = given ?? `mh_${randomBytes(32).toString("base64url")}`;
  const hash = createHash("sha256").update(key).digest("hex");
  if ((await catalog.findApiKeyByHash(hash)) === null) {
    await catalog.createApiKey({
      projectId: project.id,
      name: "admin",
      scope: "admin",
      hash,
      prefix: key.slice(0, PREFIX_CHARACTERS),
    });
  }
  return given === null ? key : null;
}

/** Of two processes at their first start one creates the project; the other finds it. */
async function createFirstProject(catalog: Catalog): Promise<Project> {
  try {
    return await catalog.createProject({ slug: "default", name: "Default" });
  } catch (error) {
    const project = (await catalog.listProjects())[0];
    if (project === undefined) throw error;
    return project;
  }
}
