import type { Catalog } from "@meshhook/journal";

/** What holds runs back, as the catalog has it. */
export interface AdmissionRules {
  /** Ids of workflows. */
  readonly paused: ReadonlySet<string>;
  /** How many runs of a project may go on at the same time, by the id of the project. */
  readonly limits: ReadonlyMap<string, number>;
}

export type AdmissionCatalog = Pick<Catalog, "listPaused" | "listProjects">;

/** @throws JournalUnavailable */
export async function readAdmissionRules(catalog: AdmissionCatalog): Promise<AdmissionRules> {
  const [paused, projects] = await Promise.all([catalog.listPaused(), catalog.listProjects()]);
  const limits = new Map<string, number>();
  for (const { id, concurrency } of projects) if (concurrency !== null) limits.set(id, concurrency);
  return { paused: new Set(paused), limits };
}
