import { compile, parseJsonExactly, type Plan, type WorkflowDefinition } from "@meshhook/core";
import type { Catalog, Version } from "@meshhook/journal";
import { LRUCache } from "lru-cache";

/**
 * Compiled plans by version id. Versions are immutable, so an entry never goes stale; the least recently used are dropped first.
 */
export class PlanCache {
  readonly #catalog: Catalog;
  readonly #plans: LRUCache<string, Plan>;

  constructor(catalog: Catalog, capacity = 1_000) {
    this.#catalog = catalog;
    this.#plans = new LRUCache({ max: capacity });
  }

  /** Null when there is no such version. */
  async get(versionId: string): Promise<Plan | null> {
    const cached = this.#plans.get(versionId);
    if (cached !== undefined) return cached;
    const version = await this.#catalog.findVersion(versionId);
    return version === null ? null : this.ofVersion(version);
  }

  ofVersion(version: Version): Plan {
    const cached = this.#plans.get(version.id);
    if (cached !== undefined) return cached;
    // Definitions are validated before they are published and stored unchanged.
    const plan = compile(parseJsonExactly(version.definition) as unknown as WorkflowDefinition);
    this.#plans.set(version.id, plan);
    return plan;
  }
}
