import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import type { ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";

/** Releases a run that is set aside; without one, lists those that are. */
export async function release(runId: string | null, config: Config, output: Output): Promise<ExitName> {
  const connection = connect(config);
  if (runId !== null) {
    await withConnection(connection, (client) => client.releaseRun({ runId }));
    output.line(`Run ${runId} is released. The process that owns it loads it again within seconds.`);
    return "ok";
  }
  const { items } = await withConnection(connection, (client) => client.listSetAside());
  if (items.length === 0) output.line("No run of this project is set aside.");
  for (const run of items) output.line(`${run.runId}  ${run.attempts} attempts, the last one at ${run.lastAttemptAt}`);
  return "ok";
}
