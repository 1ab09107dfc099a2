import { createHash, randomBytes } from "node:crypto";

import type { Catalog, Project } from "@meshhook/journal";

const PREFIX_CHARACTERS = 11;

/** What the first start made. */
export interface FirstStart {
  /** The key when it was generated just now, to be shown this once; only its hash is stored. */
  readonly generatedKey: string | null;
  /** The project when this process created it just now. */
  readonly newProject: Project | null;
}

/**
 * Makes sure that there is a project and a key with all rights.
 *
 * @param given  MESHHOOK_ADMIN_KEY: becomes valid if it is not. Null: a key is generated when the database has no project yet.
 */
export async function ensureAdminKey(catalog: Catalog, given: string | null): Promise<FirstStart> {
  const [stored] = await catalog.listProjects();
  const newProject = stored === undefined ? await createFirstProject(catalog) : null;
  const project = stored ?? newProject ?? (await catalog.listProjects())[0];
  if (project === undefined) throw new Error("the project that another process had just created is gone");
  if (given === null && stored !== undefined) return { generatedKey: null, newProject };
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
  return { generatedKey: given === null ? key : null, newProject };
}

/** Null when another process was faster: of two at their first start one creates the project, and the other finds it. */
async function createFirstProject(catalog: Catalog): Promise<Project | null> {
  try {
    return await catalog.createProject({ slug: "default", name: "Default" });
  } catch (error) {
    if ((await catalog.listProjects()).length === 0) throw error;
    return null;
  }
}
