import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { CatalogConflict, type Catalog, type Project } from "@meshhook/journal";

import type { Config } from "../config/settings.ts";
import { CommandError } from "../exit-codes.ts";
import { dataDirectory } from "./database.ts";
import { privateFile } from "./private-file.ts";

const PREFIX_CHARACTERS = 11;
const KEY = /^mh_[A-Za-z0-9_-]{20,100}$/;

/** What this process knows of the key with full access. */
export interface AdminKey {
  /** The key, if this process just generated it; the database holds only its hash. */
  readonly generatedKey: string | null;
  /** The file that holds a valid key; null without one. */
  readonly keyFile: string | null;
  /** The project, if this process has just created it. */
  readonly newProject: Project | null;
}

/**
 * Makes sure that there is a project and a key with all rights. Any number of processes may do so at the same time.
 *
 * Without MESHHOOK_ADMIN_KEY the first start generates a key and keeps it in the data directory, file `admin.key`, with mode 0600,
 * beside the key that seals secrets: a key that is only printed on a terminal scrolls away. If it cannot be kept, it is still printed.
 */
export async function ensureAdminKey(
  catalog: Catalog,
  config: Pick<Config, "adminKey" | "dataDir">,
): Promise<AdminKey> {
  const given = config.adminKey;
  const path = join(dataDirectory(config), "admin.key");
  const [stored] = await catalog.listProjects();
  const newProject = stored === undefined ? await createFirstProject(catalog) : null;
  const project = stored ?? newProject ?? (await catalog.listProjects())[0];
  if (project === undefined) throw new Error("The project that another process just created no longer exists.");
  if (given !== null) {
    await makeValid(catalog, project, given);
    return { generatedKey: null, keyFile: null, newProject };
  }
  // Of two at their first start the second finds the first one's project, but no key yet.
  const isFirstStart = stored === undefined || (await catalog.listApiKeys(project.id)).length === 0;
  if (!isFirstStart) {
    const kept = (await readFile(path, "utf8").catch(() => "")).trim();
    const isValid = KEY.test(kept) && (await catalog.findApiKeyByHash(hashOf(kept))) !== null;
    return { generatedKey: null, keyFile: isValid ? path : null, newProject };
  }
  const fresh = `mh_${randomBytes(32).toString("base64url")}`;
  const kept = await privateFile(path, fresh, "").catch(() => null);
  const isKept = kept !== null && KEY.test(kept);
  const key = isKept ? kept : fresh;
  await makeValid(catalog, project, key);
  return { generatedKey: key, keyFile: isKept ? path : null, newProject };
}

async function makeValid(catalog: Catalog, project: Project, key: string): Promise<void> {
  const hash = hashOf(key);
  if ((await catalog.findApiKeyByHash(hash)) !== null) return;
  try {
    await catalog.createApiKey({
      projectId: project.id,
      name: "admin",
      scope: "admin",
      hash,
      prefix: key.slice(0, PREFIX_CHARACTERS),
    });
  } catch (error) {
    if (!(error instanceof CatalogConflict)) throw error;
    // Several processes with one key at their first start: another process was faster.
    if ((await catalog.findApiKeyByHash(hash)) !== null) return;
    throw new CommandError(
      "badInput",
      "The key in MESHHOOK_ADMIN_KEY was revoked, and a revoked key cannot become valid again. Set MESHHOOK_ADMIN_KEY to another key.",
      { cause: error },
    );
  }
}

/** Null when another process was faster: of two processes at their first start, one creates the project and the other finds it. */
async function createFirstProject(catalog: Catalog): Promise<Project | null> {
  try {
    return await catalog.createProject({ slug: "default", name: "Default" });
  } catch (error) {
    if (error instanceof CatalogConflict && (await catalog.listProjects()).length > 0) return null;
    throw error;
  }
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
