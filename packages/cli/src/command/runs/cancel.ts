import { randomUUID } from "node:crypto";

import { connect, withConnection } from "../../api/connect.ts";
import type { Config } from "../../config/settings.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import type { ManyOptions } from "./describe.ts";
import { manyOf, wholeNumber } from "./filter.ts";
import { followJob, previewLines } from "./job.ts";

/** Cancels a run, or all running ones of a filter. */
export async function cancelRuns(
  runId: string | null,
  options: ManyOptions & { readonly reason?: string },
  config: Config,
  output: Output,
): Promise<ExitName> {
  const filter = manyOf(runId, options);
  const { reason } = options;
  const ratePerSecond = wholeNumber("--per-second", options.perSecond ?? "20", 1_000);
  return withConnection(connect(config), async (client) => {
    if (runId !== null) {
      const { accepted } = await client.cancelRun({ runId, ...(reason === undefined ? {} : { body: { reason } }) });
      output.line(accepted ? `Run ${runId} is asked to stop.` : `Run ${runId} had already ended.`);
      return "ok";
    }
    const job = { kind: "cancel" as const, filter: filter ?? {}, ...(reason === undefined ? {} : { reason }) };
    if (options.dryRun === true) {
      for (const line of previewLines(await client.previewJob({ body: job }), "canceled")) output.line(line);
      return "ok";
    }
    const body = { ...job, idempotencyKey: randomUUID(), ratePerSecond };
    return followJob(client, await client.createJob({ body }), output);
  });
}
