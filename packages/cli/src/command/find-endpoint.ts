import { RequestProblem, type EndpointResource } from "@meshhook/contract";

import { withConnection, type Connection } from "../api/connect.ts";
import { CommandError } from "../exit-codes.ts";

/** The endpoint that a word on the command line means: its token, id or name, or the slug or id of its workflow. @throws CommandError */
export async function findEndpoint(connection: Connection, target: string): Promise<EndpointResource> {
  return withConnection(connection, async (client) => {
    const { items } = await client.listEndpoints();
    const named = items.find((endpoint) => [endpoint.token, endpoint.id, endpoint.name].includes(target));
    if (named !== undefined) return named;
    const workflow = await client.getWorkflow({ workflow: target }).catch((error: unknown) => {
      if (error instanceof RequestProblem && error.status === 404) return null;
      throw error;
    });
    const ofWorkflow = items.find((endpoint) => endpoint.workflowId === workflow?.id);
    if (ofWorkflow !== undefined) return ofWorkflow;
    throw new CommandError(
      "badInput",
      `"${target}" is neither an endpoint nor a workflow with an endpoint. ${knownNames(items, target)}`,
    );
  });
}

/** Nobody reads more names than these, and they would hide what is wrong. */
const NAMES_MAX = 10;

/** The names that could be meant; those that contain what was typed come first. */
function knownNames(endpoints: readonly EndpointResource[], target: string): string {
  if (endpoints.length === 0) return "The project has no endpoints yet; apply a workflow first.";
  const isAlike = (name: string): boolean => name.toLowerCase().includes(target.toLowerCase());
  const names = [...new Set(endpoints.map(({ name }) => name))];
  const sorted = [...names.filter(isAlike), ...names.filter((name) => !isAlike(name))];
  const shown = sorted.slice(0, NAMES_MAX).join(", ");
  const more = sorted.length - NAMES_MAX;
  if (more <= 0) return `Endpoints: ${shown}.`;
  return `Endpoints: ${shown} and ${more} more; the console and GET /api/v1/endpoints list them all.`;
}
