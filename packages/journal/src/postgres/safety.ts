import { endQuietly, HeardClient } from "./heard-client.ts";
import { refuseSharedSessions } from "./pooler.ts";

/** The oldest supported server: views with the rights of their reader need it. */
export const SERVER_VERSION_MIN = 15;

/** How long the database may take for each step of the check. */
const ANSWER_MS_MAX = 10_000;

/** What a database guarantees about committed data. */
export interface DatabaseSafety {
  /** For people: `18.4`. */
  readonly serverVersion: string;
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly fullPageWrites: string;
  /** Why a committed webhook could be lost; empty when it cannot. Never empty without `allowUnsafe`: then it throws. */
  readonly risks: readonly string[];
}

/** The database could lose or alter data that it reported as committed, or is too old. */
export class UnsafeDatabase extends Error {
  override readonly name = "UnsafeDatabase";
}

/**
 * Checks that this connection string leads to sessions MeshHook can use, and that a commit there means that the data is on
 * disk.
 *
 * @throws SharedSessions  when a pooler in between gives each transaction a different session.
 * @throws UnsafeDatabase  with every reason and its remedy. `allowUnsafe` permits a lack of durability, but never a version
 *   that is too old or an encoding that cannot hold every text.
 */
export async function checkDatabaseSafety(
  connectionString: string,
  options: { readonly allowUnsafe?: boolean } = {},
): Promise<DatabaseSafety> {
  const config = {
    connectionString,
    application_name: "meshhook safety",
    connectionTimeoutMillis: ANSWER_MS_MAX,
    query_timeout: ANSWER_MS_MAX,
  };
  const client = new HeardClient(config);
  const other = new HeardClient(config);
  try {
    await client.connect();
    await other.connect();
    await refuseSharedSessions(client, other);
    const found = await client.query<SettingsRow>(
      `select
         current_setting('server_version') as version,
         current_setting('server_version_num')::int as version_number,
         current_setting('server_encoding') as encoding,
         current_setting('fsync') as fsync,
         current_setting('synchronous_commit') as synchronous_commit,
         current_setting('full_page_writes') as full_page_writes,
         current_setting('default_transaction_read_only') as default_transaction_read_only,
         pg_is_in_recovery() as is_standby`,
    );
    const settings = found.rows[0];
    if (settings === undefined) throw new UnsafeDatabase("The database did not report its settings.");
    return judge(settings, options.allowUnsafe ?? false);
  } finally {
    await Promise.all([endQuietly(client), endQuietly(other)]);
  }
}

/** Settings of the whole server, which an administrator may change while MeshHook runs, and no session can fix for itself. */
export interface DurabilitySettings {
  readonly fsync: string;
  readonly full_page_writes: string;
}

interface SettingsRow extends DurabilitySettings {
  readonly version: string;
  readonly version_number: number;
  readonly encoding: string;
  readonly synchronous_commit: string;
  readonly is_standby: boolean;
  readonly default_transaction_read_only: string;
}

/** How a crash of the database's machine could lose commits, each with its remedy. */
export function durabilityRisks(settings: DurabilitySettings): readonly string[] {
  const risks: string[] = [];
  if (settings.fsync !== "on") {
    risks.push(
      `fsync is ${settings.fsync}: a crash of the machine can lose or corrupt everything. To fix it: alter system set fsync = on; select pg_reload_conf();`,
    );
  }
  if (settings.full_page_writes !== "on") {
    risks.push(
      `full_page_writes is ${settings.full_page_writes}: a crash of the machine can leave torn pages. To fix it: alter system set full_page_writes = on; select pg_reload_conf();`,
    );
  }
  return risks;
}

function judge(settings: SettingsRow, allowUnsafe: boolean): DatabaseSafety {
  const unusable: string[] = [];
  if (settings.version_number < SERVER_VERSION_MIN * 10_000) {
    unusable.push(
      `The server is PostgreSQL ${settings.version}; MeshHook needs ${SERVER_VERSION_MIN} or later. Upgrade the server.`,
    );
  }
  if (settings.encoding !== "UTF8") {
    unusable.push(
      `The database's encoding is ${settings.encoding}; MeshHook needs UTF8. Create the database with: create database … encoding 'UTF8' template template0;`,
    );
  }
  if (settings.is_standby) {
    unusable.push("The server is a standby, which accepts no changes. Give DATABASE_URL the address of the primary.");
  } else if (settings.default_transaction_read_only === "on") {
    unusable.push(
      "default_transaction_read_only is on, so nothing can be stored. To fix it: set default_transaction_read_only = off; then, whichever of them sets it: alter role … reset default_transaction_read_only; alter database … reset default_transaction_read_only; alter system reset default_transaction_read_only;",
    );
  }
  const risks = [...durabilityRisks(settings)];
  if (settings.synchronous_commit === "off") {
    risks.push(
      "synchronous_commit is off: a crash can lose webhooks that were answered 2xx. To fix it: alter system set synchronous_commit = on; select pg_reload_conf(); (also check for alter role … or alter database … set synchronous_commit)",
    );
  }
  const reasons = allowUnsafe ? unusable : [...unusable, ...risks];
  if (reasons.length > 0) {
    const remedy = unusable.length === 0 ? "\nTo start anyway, set MESHHOOK_ALLOW_UNSAFE_DATABASE=1." : "";
    throw new UnsafeDatabase(`MeshHook cannot use this database:\n- ${reasons.join("\n- ")}${remedy}`);
  }
  return {
    serverVersion: settings.version,
    fsync: settings.fsync,
    synchronousCommit: settings.synchronous_commit,
    fullPageWrites: settings.full_page_writes,
    risks,
  };
}
