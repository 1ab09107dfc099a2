import { randomUUID } from "node:crypto";

import { connect, withConnection } from "../../api/connect.ts";
import type { Config } from "../../config/settings.ts";
import type { ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import type { ManyOptions } from "./describe.ts";
import { manyOf, wholeNumber } from "./filter.ts";
import { followJob, previewLines } from "./job.ts";

/** Erases a run that has ended, or all such runs of a filter. */
export async function eraseRuns(
  runId: string | null,
  options: ManyOptions,
  config: Config,
  output: Output,
): Promise<ExitName> {
  const filter = manyOf(runId, options);
  const ratePerSecond = wholeNumber("--per-second", options.perSecond ?? "20", 1_000);
  return withConnection(connect(config), async (client) => {
    if (runId !== null) {
      await client.eraseRun({ runId });
      output.line(`Run ${runId} is erased: nobody sees it any more, and retention removes what is stored of it.`);
      return "ok";
    }
    const job = { kind: "erase" as const, filter: filter ?? {} };
    if (options.dryRun === true) {
      for (const line of previewLines(await client.previewJob({ body: job }), "erased")) output.line(line);
      return "ok";
    }
    const body = { ...job, idempotencyKey: randomUUID(), ratePerSecond };
    return followJob(client, await client.createJob({ body }), output);
  });
}
