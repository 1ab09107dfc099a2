import { useEntryOf } from "../audit.ts";
import { CatalogEntryMissing } from "../catalog.ts";
import { currentCondition } from "../current-condition.ts";
import {
  type SealedRow,
  type SealedSecret,
  SEALED_PREFIX_CHARACTERS,
  type Secret,
  SECRET_VERSIONS_MAX,
  SECRETS_MAX,
  type SecretUse,
  type SecretVersion,
  type Vault,
} from "../vault.ts";
import type { MemoryAudit } from "./audit.ts";
import type { MemoryCatalog } from "./catalog.ts";
import type { Revisions } from "./journal.ts";

interface StoredVersion extends Secret {
  readonly id: string;
  readonly projectId: string;
  /** Null: there is a newer version. */
  readonly sealed: string | null;
}

/** The vault in memory: the same answers as Postgres. */
export class MemoryVault implements Vault {
  readonly #catalog: MemoryCatalog;
  readonly #nowMs: () => number;
  readonly #newId: () => string;
  readonly #revisions: Revisions;
  readonly #audit: MemoryAudit;
  /** In the order of their creation. */
  #versions: readonly StoredVersion[] = [];

  constructor(options: {
    readonly catalog: MemoryCatalog;
    readonly nowMs: () => number;
    readonly newId: () => string;
    readonly revisions: Revisions;
    readonly audit: MemoryAudit;
  }) {
    this.#catalog = options.catalog;
    this.#nowMs = options.nowMs;
    this.#newId = options.newId;
    this.#revisions = options.revisions;
    this.#audit = options.audit;
  }

  async addSecret({
    projectId,
    name,
    seal,
  }: {
    readonly projectId: string;
    readonly name: string;
    readonly seal: (version: number) => string;
  }): Promise<Secret | "full"> {
    if (!(await this.#catalog.listProjects()).some(({ id }) => id === projectId))
      throw new CatalogEntryMissing(`There is no project ${projectId}`);
    const others = new Set(this.#versions.filter((stored) => stored.projectId === projectId).map((one) => one.name));
    others.delete(name);
    if (others.size >= SECRETS_MAX) return "full";
    const [newest] = this.#versionsOf(projectId, name);
    currentCondition()?.(newest === undefined ? null : secretOf(newest));
    const version = (newest?.version ?? 0) + 1;
    const added: StoredVersion = {
      id: this.#newId(),
      projectId,
      name,
      version,
      sealed: seal(version),
      createdAt: Math.floor(this.#nowMs()) * 1_000,
      usedAt: null,
    };
    const isOlder = (stored: StoredVersion): boolean => stored.projectId === projectId && stored.name === name;
    this.#versions = [
      ...this.#versions
        .filter((stored) => !isOlder(stored) || stored.version > version - SECRET_VERSIONS_MAX)
        .map((stored) => (isOlder(stored) ? { ...stored, sealed: null } : stored)),
      added,
    ];
    this.#revisions.catalog += 1;
    this.#audit.changed(null, secretOf(added));
    return secretOf(added);
  }

  async listSecrets(projectId: string): Promise<readonly Secret[]> {
    return this.#versions
      .filter((stored) => stored.projectId === projectId && stored.sealed !== null)
      .map(secretOf)
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async listSecretVersions(projectId: string, name: string): Promise<readonly SecretVersion[]> {
    return this.#versionsOf(projectId, name).map(({ version, createdAt, usedAt }) => ({ version, createdAt, usedAt }));
  }

  async deleteSecret(projectId: string, name: string): Promise<boolean> {
    const gone = new Set(this.#versionsOf(projectId, name));
    const [newest] = gone;
    currentCondition()?.(newest === undefined ? null : secretOf(newest));
    this.#versions = this.#versions.filter((stored) => !gone.has(stored));
    this.#revisions.catalog += 1;
    if (gone.size > 0) this.#audit.changed(null, null);
    return gone.size > 0;
  }

  async findSecret(projectId: string, name: string): Promise<SealedSecret | null> {
    const { version = 0, sealed = null } = this.#versionsOf(projectId, name)[0] ?? {};
    return sealed === null ? null : { version, sealed };
  }

  async listSecretUsers(projectId: string, name: string): Promise<readonly string[]> {
    const hole = new RegExp(`secrets\\s*\\.\\s*${name}(?![A-Za-z0-9_])`);
    const slugs: string[] = [];
    for (const { slug, activeVersionId } of await this.#catalog.listWorkflows({ projectId, limit: 1_000_000 })) {
      const { definition = "" } = (activeVersionId && (await this.#catalog.findVersion(activeVersionId))) || {};
      const isKey = definition.includes("signingKeys") && definition.includes(`"${name}"`);
      if (isKey || hole.test(definition)) slugs.push(slug);
    }
    return slugs;
  }

  async noteUses(uses: readonly SecretUse[]): Promise<void> {
    for (const use of uses) {
      const { projectId, name, at } = use;
      this.#audit.add(useEntryOf(use));
      const [newest] = this.#versionsOf(projectId, name);
      this.#versions = this.#versions.map((stored) =>
        stored === newest ? { ...stored, usedAt: Math.max(stored.usedAt ?? 0, at) } : stored,
      );
    }
  }

  async listSealed({
    prefix,
    after,
    limit,
  }: {
    readonly prefix: string;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<readonly SealedRow[]> {
    return (await this.#sealed())
      .filter((row) => (after === null || row.id > after) && textsOf(row).some((text) => !text.startsWith(prefix)))
      .sort((one, other) => (one.id < other.id ? -1 : 1))
      .slice(0, limit);
  }

  async replaceSealed(before: SealedRow, after: SealedRow): Promise<boolean> {
    const stored = (await this.#sealed()).find(({ id }) => id === before.id);
    if (stored === undefined || textsOf(stored).join() !== textsOf(before).join()) return false;
    if (after.kind === "endpoint") {
      const { projectId, id, sealedSecret, sealedVerifyToken, formerKeys } = after;
      await this.#catalog.updateEndpoint(projectId, id, { sealedSecret, sealedVerifyToken, formerKeys });
    } else if (after.kind === "pseudonym-key") {
      await this.#catalog.replacePseudonymKey(after.projectId, after.sealed);
    } else this.#versions = this.#versions.map((one) => (one.id === after.id ? { ...one, sealed: after.sealed } : one));
    return true;
  }

  async countSealed(): Promise<ReadonlyMap<string | null, number>> {
    const counts = new Map<string | null, number>();
    for (const text of (await this.#sealed()).flatMap(textsOf)) {
      const prefix = /^A[g-v]/.test(text) ? text.slice(0, SEALED_PREFIX_CHARACTERS) : null;
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
    return counts;
  }

  async #sealed(): Promise<readonly SealedRow[]> {
    const secrets = this.#versions.flatMap(({ id, projectId, name, version, sealed }) =>
      sealed === null ? [] : [{ kind: "secret" as const, id, projectId, name, version, sealed }],
    );
    const endpoints = (await this.#catalog.listRoutes()).map(
      ({ endpoint: { id, projectId, sealedSecret, sealedVerifyToken, formerKeys } }) =>
        ({ kind: "endpoint", id, projectId, sealedSecret, sealedVerifyToken, formerKeys }) as const,
    );
    const keys = (await this.#catalog.listProjects()).flatMap(({ id, sealedPseudonymKey: sealed }) =>
      sealed === null ? [] : [{ kind: "pseudonym-key" as const, id, projectId: id, sealed }],
    );
    return [...secrets, ...endpoints, ...keys];
  }

  /** Newest first. */
  #versionsOf(projectId: string, name: string): readonly StoredVersion[] {
    return this.#versions
      .filter((stored) => stored.projectId === projectId && stored.name === name)
      .sort((one, other) => other.version - one.version);
  }
}

function secretOf({ name, version, createdAt, usedAt }: StoredVersion): Secret {
  return { name, version, createdAt, usedAt };
}

function textsOf(row: SealedRow): readonly string[] {
  const texts =
    row.kind !== "endpoint"
      ? [row.sealed]
      : [row.sealedSecret, row.sealedVerifyToken, ...row.formerKeys.map((key) => key.sealedSecret)];
  return texts.filter((text) => text !== null);
}
