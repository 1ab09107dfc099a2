import { randomBytes } from "node:crypto";

import { validateDefinition } from "@meshhook/core";
import type { Catalog, Project } from "@meshhook/journal";

import document from "./first-webhook.json" with { type: "json" };

const BODY_BYTES_MAX = 1_048_576;
const RESULT_TIMEOUT_MS = 10_000;

/** A working webhook: its address and a body to send. */
export interface FirstWebhook {
  readonly path: string;
  readonly sample: unknown;
}

/** Publishes the sample workflow in a new project, with an endpoint, so that there is something to send to and a run to look at. */
export async function createFirstWebhook(catalog: Catalog, project: Project): Promise<FirstWebhook> {
  const checked = validateDefinition(document);
  if ("issues" in checked) throw new Error(`first-webhook.json is not valid: ${JSON.stringify(checked.issues)}`);
  const { definition, hash } = checked;
  const { slug } = definition;
  const text = JSON.stringify(definition);
  const workflow = await catalog.saveDraft({
    projectId: project.id,
    slug,
    name: definition.name ?? slug,
    definition: text,
  });
  if (workflow === "conflict") throw new Error(`The new project ${project.id} already has the workflow ${slug}`);
  await catalog.publishVersion({ projectId: project.id, workflowId: workflow.id, hash, definition: text });
  const token = randomBytes(18).toString("base64url");
  await catalog.createEndpoint({
    projectId: project.id,
    workflowId: workflow.id,
    token,
    name: slug,
    signature: "none",
    signatureSettings: "{}",
    sealedSecret: null,
    formerKeys: [],
    dedupeHeader: null,
    keysByHeader: true,
    bodyBytesMax: BODY_BYTES_MAX,
    answer: "accepted",
    resultTimeoutMs: RESULT_TIMEOUT_MS,
    sameKey: "by_source",
    handshakes: "on",
    sealedVerifyToken: null,
    acceptance: {},
    alias: null,
  });
  return { path: `/hooks/${token}`, sample: definition.input?.sample ?? {} };
}
