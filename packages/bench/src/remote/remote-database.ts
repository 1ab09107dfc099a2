import { Client } from "pg";
import { auditRuns } from "../audit/audit.ts";
import type { AuditReport } from "../audit/audit.ts";
import type { AuditInput } from "../audit/audit-input.ts";
import { countUnfinished } from "../audit/backlog.ts";
import { readRunTimes } from "../audit/run-times.ts";
import type { RunTimes } from "../audit/run-times.ts";
import { BENCH_APPLICATION } from "../database/connect.ts";
import { hasWorkflow, inspectDatabase, readServerClock, readServerSettings } from "../database/inspect.ts";
import type { ServerSettings } from "../database/inspect.ts";
import { checkClock } from "../measure/clock-check.ts";
import type { ClockCheck } from "../result/result.ts";
import { RemoteRefused } from "./remote-target.ts";

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
      const { isMeshHook, hides } = await inspectDatabase(client);
      if (!isMeshHook)
        throw new RemoteRefused(
          "unreachable",
          "The database of --database-url (MESHHOOK_BENCH_DATABASE_URL) holds no MeshHook. Use the target's own database.",
        );
      if (hides)
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
    if (!(await hasWorkflow(this.#client, workflowId)))
      throw new RemoteRefused(
        "unreachable",
        "The database of --database-url (MESHHOOK_BENCH_DATABASE_URL) is not the target's: a workflow that was just made there is not in it.",
      );
  }

  readServer(): Promise<ServerSettings> {
    return readServerSettings(this.#client);
  }

  async hasRunning(workflowId: string): Promise<boolean> {
    return (await countUnfinished(this.#client, workflowId)) > 0;
  }

  async audit(input: AuditInput): Promise<AuditReport & { readonly runs: readonly RunTimes[] }> {
    const report = await auditRuns(this.#client, input);
    return { ...report, runs: await readRunTimes(this.#client) };
  }

  checkClock(): Promise<ClockCheck> {
    return checkClock("PostgreSQL", () => readServerClock(this.#client));
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }
}
