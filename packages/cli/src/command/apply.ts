import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

import type { Client, EndpointResource, VersionResource } from "@meshhook/contract";

import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import type { ExitName } from "../exit-codes.ts";
import { curlLine } from "../terminal/curl-line.ts";
import type { Output } from "../terminal/output.ts";
import { readWorkflowFiles, type WorkflowFile } from "./workflow-file.ts";

const SAMPLE_CHARACTERS_MAX = 300;

/** Validates workflow files, saves and publishes them, and creates an endpoint for each that has none. Applying the same file again changes nothing. */
export async function apply(
  paths: readonly string[],
  isDryRun: boolean,
  config: Config,
  output: Output,
): Promise<ExitName> {
  const files = await readWorkflowFiles(paths);
  if (isDryRun) {
    for (const { path, definition } of files) {
      output.line(`${path}: valid, workflow ${definition.slug} with ${Object.keys(definition.nodes).length} nodes`);
    }
    return "ok";
  }
  const connection = connect(config);
  for (const file of files) {
    const applied = await withConnection(connection, (client) => applyOne(client, file));
    const url = `${connection.url}${applied.endpoint.path}`;
    output.line(`${file.definition.slug}: version ${applied.version.number} is active`);
    output.line(`  Webhook URL  ${url}`);
    output.line(`  Try it       ${tryLine(url, file)}`);
  }
  return "ok";
}

async function applyOne(
  client: Client,
  { definition }: WorkflowFile,
): Promise<{ version: VersionResource; endpoint: EndpointResource }> {
  const workflow = await client.updateWorkflow({ workflow: definition.slug, body: { definition } });
  const version = await client.publishWorkflow({ workflow: workflow.id });
  const existing = (await client.listEndpoints()).items.find((endpoint) => endpoint.workflowId === workflow.id);
  const endpoint =
    existing ?? (await client.createEndpoint({ body: { workflow: workflow.id, name: definition.slug } }));
  return { version, endpoint };
}

/** Uses the payload next to the file, the definition's own sample, or an empty object. */
function tryLine(url: string, { path, definition }: WorkflowFile): string {
  const beside = join(dirname(path), "payload.json");
  const sample = JSON.stringify(definition.input?.sample ?? {});
  return curlLine(url, existsSync(beside) ? `@${beside}` : sample.length <= SAMPLE_CHARACTERS_MAX ? sample : "{}");
}
