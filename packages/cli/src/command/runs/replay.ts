import { randomUUID } from "node:crypto";

import { connect, withConnection } from "../../api/connect.ts";
import type { Config } from "../../config/settings.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import type { ManyOptions } from "./describe.ts";
import { manyOf, wholeNumber } from "./filter.ts";
import { followJob, previewLines, rerunLine } from "./job.ts";

/** Replays a run, or all runs of a filter. */
export async function replayRuns(
  runId: string | null,
  options: ManyOptions & { readonly sameVersion?: true; readonly idempotencyKey?: string },
  config: Config,
  output: Output,
): Promise<ExitName> {
  const filter = manyOf(runId, options);
  const version = options.sameVersion === true ? ("same" as const) : ("active" as const);
  const idempotencyKey = options.idempotencyKey ?? randomUUID();
  const ratePerSecond = wholeNumber("--per-second", options.perSecond ?? "20", 1_000);
  const connection = connect(config);
  return withConnection(connection, async (client) => {
    if (runId !== null) {
      const answer = await client.replayRun({ runId, body: { idempotencyKey, version } });
      output.line(rerunLine(answer));
      return "ok";
    }
    const job = { kind: "replay" as const, filter: filter ?? {}, version };
    if (options.dryRun === true) {
      for (const line of previewLines(await client.previewJob({ body: job }), "replayed")) output.line(line);
      return "ok";
    }
    return followJob(client, await client.createJob({ body: { ...job, idempotencyKey, ratePerSecond } }), output);
  });
}
