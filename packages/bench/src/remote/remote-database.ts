import { Client } from "pg";
import { auditRuns } from "../audit/audit.ts";
import type { AuditReport } from "../audit/audit.ts";
import type { AuditInput } from "../audit/audit-input.ts";
import { countUnfinished } from "../audit/backlog.ts";
import { readRunTimes } from "../audit/run-times.ts";
import type { RunTimes } from "../audit/run-times.ts";
import { BENCH_APPLICATION } from "../database/connect.ts";
import { checkClock } from "../measure/clock-check.ts";
import type { ClockCheck } from "../result/result.ts";
import { RemoteRefused } from "./remote-target.ts";

/** How the target's server is set. */
export interface RemoteServer {
  readonly version: string;
  readonly fsync: boolean;
  readonly synchronousCommit: string;
}

/** The target's database, only looked at: the audit makes temporary tables on its own connection and nothing else. */
export class RemoteDatabase {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** @throws RemoteRefused  when it cannot be reached, holds no MeshHook, or hides rows from the role. */
  static async open(url: string): Promise<RemoteDatabase> {
    const client = new Client({ connectionString: url, application_name: BENCH_APPLICATION });
    // A connection that breaks while nobody asks would otherwise end the process; the next query reports it.
    client.on("error", () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ has: boolean; hides: boolean }>(`
        select
          to_regclass('meshhook.journal') is not null as has,
          not (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as hides`);
      if (rows[0]?.has !== true)
        throw new RemoteRefused(
          "unreachable",
          "The database of --database-url (MESHHOOK_BENCH_DATABASE_URL) holds no MeshHook. Use the target's own database.",
        );
      if (rows[0].hides)
        throw new RemoteRefused(
          "denied",
          "The role of --database-url (MESHHOOK_BENCH_DATABASE_URL) does not see the rows of every project, so the audit would miss some. Use a role with BYPASSRLS, or leave the database out.",
        );
      return new RemoteDatabase(client);
    } catch (error) {
      await client.end().catch(() => undefined);
      if (error instanceof RemoteRefused) throw error;
      throw new RemoteRefused(
        "unreachable",
        `The database of --database-url (MESHHOOK_BENCH_DATABASE_URL) cannot be reached: ${error instanceof Error ? error.message : String(error)}.`,
        { cause: error },
      );
    }
  }

  /** @throws RemoteRefused  when the target keeps its workflows in another database. */
  async requireWorkflow(workflowId: string): Promise<void> {
    const { rowCount } = await this.#client.query("select 1 from meshhook.workflows where id = $1", [workflowId]);
    if (rowCount === 0)
      throw new RemoteRefused(
        "unreachable",
        "The database of --database-url (MESHHOOK_BENCH_DATABASE_URL) is not the target's: a workflow that was just made there is not in it.",
      );
  }

  async readServer(): Promise<RemoteServer> {
    const { rows } = await this.#client.query<{ version: string; fsync: string; commit: string }>(
      "select current_setting('server_version') as version, current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit",
    );
    const { version = "unknown", fsync = "on", commit = "unknown" } = rows[0] ?? {};
    return { version, fsync: fsync === "on", synchronousCommit: commit };
  }

  async hasRunning(workflowId: string): Promise<boolean> {
    return (await countUnfinished(this.#client, workflowId)) > 0;
  }

  async audit(input: AuditInput): Promise<AuditReport & { readonly runs: readonly RunTimes[] }> {
    const report = await auditRuns(this.#client, input);
    return { ...report, runs: await readRunTimes(this.#client) };
  }

  checkClock(): Promise<ClockCheck> {
    return checkClock("PostgreSQL", async () => {
      const { rows } = await this.#client.query<{ us: number }>(
        "select extract(epoch from clock_timestamp())::float8 * 1000000 as us",
      );
      return rows[0]?.us ?? 0;
    });
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }
}
