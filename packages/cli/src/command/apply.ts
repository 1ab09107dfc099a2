import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import {
  SIGNATURE_KINDS,
  type Client,
  type EndpointResource,
  type SignatureKind,
  type SignatureSettings,
  type VersionResource,
} from "@meshhook/contract";

import { connect, withConnection } from "../api/connect.ts";
import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";
import { curlLine } from "../terminal/curl-line.ts";
import type { Output } from "../terminal/output.ts";
import { readText, readWorkflowFiles, type WorkflowFile } from "./workflow-file.ts";

const SAMPLE_CHARACTERS_MAX = 300;

export interface ApplyRequest {
  readonly paths: readonly string[];
  readonly isDryRun: boolean;
  /** How deliveries are signed; null: new endpoints check nothing, and others stay as they are. */
  readonly signature: string | null;
  /** A JSON file with the details of the signature. */
  readonly signatureSettings: string | null;
  /** A JSON file with other settings of the endpoints. */
  readonly endpoint: string | null;
}

type EndpointChange = Parameters<Client["updateEndpoint"]>[0]["body"];

/** What the endpoints are to check. */
interface Signature {
  readonly signature: SignatureKind;
  readonly signatureSettings?: SignatureSettings;
  readonly secret?: string;
}

/** Validates workflow files, saves and publishes them, and creates an endpoint for each that has none. Applying the same file again changes nothing. */
export async function apply(request: ApplyRequest, config: Config, output: Output): Promise<ExitName> {
  const files = await readWorkflowFiles(request.paths);
  const signature = await readSignature(request, config.signingSecret);
  const settings = request.endpoint === null ? {} : readEndpoint(request.endpoint, await readText(request.endpoint));
  if (request.isDryRun) {
    for (const { path, definition } of files) {
      output.line(`${path}: valid, workflow ${definition.slug} with ${Object.keys(definition.nodes).length} nodes`);
    }
    return "ok";
  }
  const connection = connect(config);
  for (const file of files) {
    const { version, endpoint } = await withConnection(connection, (client) =>
      applyOne(client, file, signature, settings),
    );
    const url = `${connection.url}${endpoint.path}`;
    output.line(`${file.definition.slug}: version ${version.number} is active`);
    output.line(`  Webhook URL  ${url}`);
    output.line(`  Signature    ${endpoint.signature}`);
    for (const warning of endpoint.warnings) output.line(`  Warning      ${warning}`);
    output.line(`  Try it       ${tryLine(url, file)}`);
  }
  return "ok";
}

/** Null when none is asked for. @throws CommandError */
async function readSignature(request: ApplyRequest, secret: string | null): Promise<Signature | null> {
  const { signature: name, signatureSettings: path } = request;
  if (name === null && path !== null)
    throw new CommandError("badInput", "--signature-settings needs --signature, which says what the settings are for");
  if (name === null) return null;
  const signature = SIGNATURE_KINDS.find((kind) => kind === name);
  if (signature === undefined)
    throw new CommandError("badInput", `--signature: "${name}" is not one of ${SIGNATURE_KINDS.join(", ")}`);
  return {
    signature,
    ...(path === null ? {} : { signatureSettings: readSettings(path, await readText(path)) }),
    ...(secret === null || signature === "none" ? {} : { secret }),
  };
}

/** The API checks the rest. */
function readSettings(path: string, text: string): SignatureSettings {
  try {
    return JSON.parse(text) as SignatureSettings;
  } catch (error) {
    throw new CommandError("badInput", `${path}: The settings of a signature are not JSON`, { cause: error });
  }
}

/** What has options of its own. */
const ELSEWHERE = ["signature", "signatureSettings", "secret"];

/** The API checks the rest. @throws CommandError */
function readEndpoint(path: string, text: string): EndpointChange {
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch (error) {
    throw new CommandError("badInput", `${path}: The settings of an endpoint are not JSON`, { cause: error });
  }
  if (typeof settings !== "object" || settings === null || Array.isArray(settings))
    throw new CommandError("badInput", `${path}: The settings of an endpoint are not a JSON object`);
  const named = ELSEWHERE.find((name) => Object.hasOwn(settings, name));
  if (named !== undefined)
    throw new CommandError(
      "badInput",
      `${path}: "${named}" does not belong here; use --signature, --signature-settings and MESHHOOK_SIGNING_SECRET`,
    );
  return settings;
}

async function applyOne(
  client: Client,
  { definition }: WorkflowFile,
  signature: Signature | null,
  settings: EndpointChange,
): Promise<{ version: VersionResource; endpoint: EndpointResource }> {
  const workflow = await client.updateWorkflow({ workflow: definition.slug, body: { definition } });
  const version = await client.publishWorkflow({ workflow: workflow.id });
  const existing = (await client.listEndpoints()).items.find((endpoint) => endpoint.workflowId === workflow.id);
  if (existing === undefined) {
    const body = { workflow: workflow.id, name: definition.slug, ...settings, ...signature };
    return { version, endpoint: await client.createEndpoint({ body }) };
  }
  const others = Object.entries(settings).filter(
    ([name, value]) => !isDeepStrictEqual(value, plain(existing[name as keyof EndpointResource])),
  );
  const change = { ...Object.fromEntries(others), ...(signature === null ? {} : changeTo(signature, existing)) };
  if (Object.keys(change).length === 0) return { version, endpoint: existing };
  return { version, endpoint: await client.updateEndpoint({ endpointId: existing.id, body: change }) };
}

/** Null when the endpoint checks this already. Its keys stay: replacing them would end older ones that are still in use. */
function changeTo(signature: Signature, endpoint: EndpointResource): Partial<Signature> | null {
  if (signature.signature !== endpoint.signature) return signature;
  const { signatureSettings } = signature;
  if (signatureSettings === undefined || isDeepStrictEqual(plain(signatureSettings), plain(endpoint.signatureSettings)))
    return null;
  return { signatureSettings };
}

/** What the answer holds has no prototype. */
function plain(settings: EndpointResource[keyof EndpointResource] | undefined): unknown {
  return settings === undefined ? undefined : JSON.parse(JSON.stringify(settings));
}

/** Uses the payload next to the file, the definition's own sample, or an empty object. */
function tryLine(url: string, { path, definition }: WorkflowFile): string {
  const beside = join(dirname(path), "payload.json");
  const sample = JSON.stringify(definition.input?.sample ?? {});
  return curlLine(url, existsSync(beside) ? `@${beside}` : sample.length <= SAMPLE_CHARACTERS_MAX ? sample : "{}");
}
