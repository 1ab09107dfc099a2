import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import type { ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";

/** Pauses a workflow, or resumes it. */
export async function setPaused(
  workflow: string,
  isPaused: boolean,
  config: Config,
  output: Output,
): Promise<ExitName> {
  const { slug, pausedAt } = await withConnection(connect(config), (client) =>
    isPaused ? client.pauseWorkflow({ workflow }) : client.resumeWorkflow({ workflow }),
  );
  output.line(
    pausedAt === null
      ? `The workflow ${slug} is not paused: runs that waited begin, in the order in which they were accepted.`
      : `The workflow ${slug} has been paused since ${pausedAt}: webhooks are accepted, and their runs wait. Runs that have begun continue.`,
  );
  return "ok";
}
