import { randomBytes } from "node:crypto";

import { validateDefinition, type Plan } from "@meshhook/core";
import { openPostgresStore } from "@meshhook/journal";

import { faultyWorkflow } from "./workflow.ts";

/** A published workflow and its endpoint. */
export interface Published {
  readonly projectId: string;
  readonly workflowId: string;
  readonly token: string;
  readonly plan: Plan;
}

/** Publishes the workflow of a cycle in the first project, past all processes. */
export async function publish(databaseUrl: string, targetUrl: string, slug: string): Promise<Published> {
  const checked = validateDefinition(faultyWorkflow(targetUrl, slug));
  if ("issues" in checked) throw new Error(JSON.stringify(checked.issues));
  const store = openPostgresStore({ connectionString: databaseUrl, retryMs: 30_000 });
  try {
    const { catalog } = store;
    const [project] = await catalog.listProjects();
    if (project === undefined) throw new Error("The first start makes a project");
    const definition = JSON.stringify(checked.definition);
    const workflow = await catalog.saveDraft({ projectId: project.id, slug, name: slug, definition });
    if (workflow === "conflict") throw new Error(`${slug} exists already`);
    const ids = { projectId: project.id, workflowId: workflow.id };
    await catalog.publishVersion({ ...ids, hash: checked.hash, definition });
    const token = randomBytes(18).toString("base64url");
    await catalog.createEndpoint({
      ...ids,
      token,
      name: slug,
      signature: "none",
      signatureSettings: "{}",
      sealedSecret: null,
      formerKeys: [],
      dedupeHeader: null,
      keysByHeader: true,
      bodyBytesMax: 10_000,
      answer: "accepted",
      resultTimeoutMs: 1_000,
      sameKey: "by_source",
      handshakes: "off",
      sealedVerifyToken: null,
      acceptance: {},
      alias: null,
    });
    return { ...ids, token, plan: checked.plan };
  } finally {
    await store.close();
  }
}
