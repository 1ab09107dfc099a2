import type { Micros } from "@meshhook/core";

import { useEntryOf } from "../audit.ts";
import { CatalogEntryMissing, type FormerKey } from "../catalog.ts";
import { requireCondition } from "../current-condition.ts";
import { isUuid, newId } from "../id.ts";
import {
  type SealedRow,
  type SealedSecret,
  type Secret,
  SECRET_VERSIONS_MAX,
  SECRETS_MAX,
  type SecretUse,
  type SecretVersion,
  type Vault,
} from "../vault.ts";
import { insertEntry, newEntry } from "./audit.ts";
import type { Connections, Runner } from "./connections.ts";
import { queries } from "./queries.ts";
import { timestampOf } from "./time.ts";

const NIL_UUID = "00000000-0000-0000-0000-000000000000";

/** The vault in Postgres. */
export class PostgresVault implements Vault {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  addSecret({
    projectId,
    name,
    seal,
  }: {
    readonly projectId: string;
    readonly name: string;
    readonly seal: (version: number) => string;
  }): Promise<Secret | "full"> {
    return this.#connections.changeAsTenant("store a secret", projectId, async (runner) => {
      const locked = await runner.query(queries["lock-project"], [projectId]);
      if (locked.rowCount !== 1) throw new CatalogEntryMissing(`There is no project ${projectId}`);
      await requireCondition(() => newestOf(runner, projectId, name));
      const next = await runner.query<{ version: number; others: number }>(queries["next-secret-version"], [
        projectId,
        name,
      ]);
      const { version = 1, others = 0 } = next.rows[0] ?? {};
      if (others >= SECRETS_MAX) return "full";
      const createdAt = Date.now() * 1_000;
      const values = [newId(), projectId, name, version, seal(version), timestampOf(createdAt)];
      await runner.query(queries["add-secret"], values);
      await runner.query(queries["erase-secrets"], [projectId, name, version]);
      await runner.query(queries["forget-secret-versions"], [projectId, name, version - SECRET_VERSIONS_MAX]);
      return { name, version, createdAt, usedAt: null };
    });
  }

  async listSecrets(projectId: string): Promise<readonly Secret[]> {
    const found = await this.#connections.readAsTenant<SecretColumns>(
      "list secrets",
      projectId,
      queries["list-secrets"],
      [projectId],
    );
    return found.rows.map((row) => ({ name: row.name, ...versionOf(row) }));
  }

  async listSecretVersions(projectId: string, name: string): Promise<readonly SecretVersion[]> {
    const found = await this.#connections.readAsTenant<SecretColumns>(
      "list the versions of a secret",
      projectId,
      queries["list-secret-versions"],
      [projectId, name],
    );
    return found.rows.map(versionOf);
  }

  deleteSecret(projectId: string, name: string): Promise<boolean> {
    return this.#connections.changeAsTenant("delete a secret", projectId, async (runner) => {
      await requireCondition(async () => {
        // What adds a version locks the project, too.
        await runner.query(queries["lock-project"], [projectId]);
        return newestOf(runner, projectId, name);
      });
      const deleted = await runner.query(queries["delete-secret"], [projectId, name]);
      return (deleted.rowCount ?? 0) > 0;
    });
  }

  async findSecret(projectId: string, name: string): Promise<SealedSecret | null> {
    if (!isUuid(projectId)) return null;
    const found = await this.#connections.readAsTenant<{ version: number; sealed: string }>(
      "find a secret",
      projectId,
      queries["find-secret"],
      [projectId, name],
    );
    return found.rows[0] ?? null;
  }

  async listSecretUsers(projectId: string, name: string): Promise<readonly string[]> {
    const found = await this.#connections.readAsTenant<{ slug: string }>(
      "find what uses a secret",
      projectId,
      queries["list-secret-users"],
      [projectId, name],
    );
    return found.rows.map(({ slug }) => slug);
  }

  async noteUses(uses: readonly SecretUse[]): Promise<void> {
    // In one order, so that processes that note the same secrets do not wait for each other in a circle.
    const inOrder = uses.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    await this.#connections.transaction("note the use of secrets", async (runner) => {
      for (const use of inOrder) {
        await runner.query(queries["note-secret-use"], [use.projectId, use.name, timestampOf(use.at)]);
        await insertEntry(runner, { ...useEntryOf(use), ...newEntry() });
      }
    });
  }

  async listSealed(query: {
    readonly prefix: string;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<readonly SealedRow[]> {
    const { prefix, after, limit } = query;
    const values = [prefix, after ?? NIL_UUID, limit];
    const found = await this.#connections.read<SealedColumns>("list sealed values", queries["list-sealed"], values);
    return found.rows.map(sealedOf);
  }

  async replaceSealed(before: SealedRow, after: SealedRow): Promise<boolean> {
    const changed =
      before.kind !== "endpoint" && after.kind === before.kind
        ? await this.#connections.read(
            "wrap a secret or a key anew",
            queries[before.kind === "secret" ? "replace-sealed-secret" : "replace-sealed-pseudonym-key"],
            [before.id, before.sealed, after.sealed],
          )
        : await this.#connections.read("wrap an endpoint's keys anew", queries["replace-sealed-endpoint"], [
            before.id,
            ...sealedValues(before),
            ...sealedValues(after),
          ]);
    return changed.rowCount === 1;
  }

  async countSealed(): Promise<ReadonlyMap<string | null, number>> {
    const found = await this.#connections.read<{ prefix: string | null; count: number }>(
      "count sealed values",
      queries["count-sealed"],
      [],
    );
    return new Map(found.rows.map(({ prefix, count }) => [prefix, count]));
  }
}

async function newestOf(runner: Runner, projectId: string, name: string): Promise<Secret | null> {
  const versions = await runner.query<SecretColumns>(queries["list-secret-versions"], [projectId, name]);
  const [newest] = versions.rows;
  return newest === undefined ? null : { name: newest.name, ...versionOf(newest) };
}

function keyOf({ projectId, name }: SecretUse): string {
  return `${projectId} ${name}`;
}

interface SecretColumns {
  readonly name: string;
  readonly version: number;
  readonly created_at: Micros;
  readonly used_at: Micros | null;
}

function versionOf({ version, created_at, used_at }: SecretColumns): SecretVersion {
  return { version, createdAt: created_at, usedAt: used_at };
}

interface SealedColumns {
  readonly kind: SealedRow["kind"];
  readonly id: string;
  readonly project_id: string;
  readonly name: string | null;
  readonly version: number | null;
  readonly sealed: string | null;
  readonly verify_token: string | null;
  readonly former_keys: string | null;
}

function sealedOf(row: SealedColumns): SealedRow {
  const { id, project_id: projectId, sealed } = row;
  if (row.kind === "secret")
    return { kind: row.kind, id, projectId, name: row.name ?? "", version: row.version ?? 0, sealed: sealed ?? "" };
  if (row.kind === "pseudonym-key") return { kind: row.kind, id, projectId, sealed: sealed ?? "" };
  const formerKeys = JSON.parse(row.former_keys ?? "[]") as readonly FormerKey[];
  return { kind: row.kind, id, projectId, sealedSecret: sealed, sealedVerifyToken: row.verify_token, formerKeys };
}

function sealedValues(row: SealedRow): readonly (string | null)[] {
  return row.kind !== "endpoint" ? [] : [row.sealedSecret, row.sealedVerifyToken, JSON.stringify(row.formerKeys)];
}
