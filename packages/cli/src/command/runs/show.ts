import { connect, withConnection } from "../../api/connect.ts";
import type { Config } from "../../config/settings.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import { visibleLine } from "../../terminal/visible.ts";

/** Shows a run: its steps, its error with every answer of the step that failed, and what it became again. */
export async function showRun(runId: string, config: Config, output: Output): Promise<ExitName> {
  return withConnection(connect(config), async (client): Promise<ExitName> => {
    const run = await client.getRun({ runId, outputs: false });
    const say = (line: string): void => output.line(visibleLine(line));
    say(`Run ${run.id}  ${run.status}, started at ${run.startedAt}`);
    for (const { node, type, status, attempts, kept, error } of run.steps) {
      const tries = attempts > 1 ? `, ${attempts} attempts` : "";
      const origin = kept === true ? ", kept from the run before" : "";
      const reason = error === undefined ? "" : `  ${error.code}: ${error.message}`;
      say(`  ${node} (${type})  ${status}${tries}${origin}${reason}`);
    }
    const error = run.result?.error;
    if (error !== undefined) {
      say(`Failed: ${error.code}${error.node === undefined ? "" : ` in ${error.node}`}: ${error.message}`);
      const { attemptFacts } = await client.getFailure({ runId });
      for (const { kind, at, data } of attemptFacts) say(`  ${at}  ${kind}  ${JSON.stringify(data)}`);
    }
    const { items } = await client.listReruns({ runId });
    for (const rerun of items) {
      say(`${rerun.kind === "replay" ? "Replayed" : "Resumed"} as ${rerun.runId} at ${rerun.at}`);
    }
    return "ok";
  });
}
