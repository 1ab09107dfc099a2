import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import type { Output } from "../terminal/output.ts";
import { findEndpoint } from "./find-endpoint.ts";

/** What is paused or resumed: one of the two. */
export interface PauseRequest {
  readonly workflow: string | null;
  readonly endpoint: string | null;
}

/** Pauses a workflow or an endpoint, or resumes it. */
export async function setPaused(
  { workflow, endpoint }: PauseRequest,
  isPaused: boolean,
  config: Config,
  output: Output,
): Promise<ExitName> {
  if (workflow !== null && endpoint === null) output.line(await setWorkflowPaused(workflow, isPaused, config));
  else if (endpoint !== null && workflow === null) output.line(await setEndpointPaused(endpoint, isPaused, config));
  else throw new CommandError("badInput", "Name either a workflow, or an endpoint with --endpoint.");
  return "ok";
}

async function setWorkflowPaused(workflow: string, isPaused: boolean, config: Config): Promise<string> {
  const { slug, pausedAt } = await withConnection(connect(config), (client) =>
    isPaused ? client.pauseWorkflow({ workflow }) : client.resumeWorkflow({ workflow }),
  );
  return pausedAt === null
    ? `The workflow ${slug} is not paused: runs that waited begin, in the order in which they were accepted.`
    : `The workflow ${slug} has been paused since ${pausedAt}: webhooks are accepted, and their runs wait. Runs that have begun continue.`;
}

async function setEndpointPaused(target: string, isPaused: boolean, config: Config): Promise<string> {
  const connection = connect(config);
  const { id: endpointId } = await findEndpoint(connection, target);
  const { name, pausedAt } = await withConnection(connection, (client) =>
    isPaused ? client.pauseEndpoint({ endpointId }) : client.resumeEndpoint({ endpointId }),
  );
  return pausedAt === null
    ? `The endpoint ${name} is not paused: it accepts webhooks.`
    : `The endpoint ${name} has been paused since ${pausedAt}: webhooks are answered 503 and not stored.`;
}
