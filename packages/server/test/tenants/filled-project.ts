import { createClient, type Client } from "@meshhook/contract";
import { waitFor } from "@meshhook/testkit";
import { expect } from "vitest";

import { addUser, signIn } from "../people.ts";
import { failingDefinition, post, publish, pureDefinition, waitingDefinition, type Harness } from "../harness.ts";

/** A project with something of everything in it. */
export interface FilledProject {
  readonly projectId: string;
  readonly slug: string;
  /** Scope write: what a project can give. */
  readonly key: string;
  /** Of an owner of the organisation, who is signed in. */
  readonly cookie: string;
  readonly client: Client;
  /** Values of parameters that name something of the project, by the name of the parameter. */
  readonly names: { readonly [parameter: string]: readonly string[] };
  /** Texts that nobody else may see: its names, and what its senders sent. */
  readonly canaries: readonly string[];
}

/** Both projects use it, so that nothing is told apart by it. */
export const SHARED_KEY = "the-same-key";

export async function fillProject(harness: Harness, word: string): Promise<FilledProject> {
  const { catalog, people } = harness.store;
  const organisation = await people.createOrganisation({ slug: `${word}-organisation`, name: `Organisation ${word}` });
  const { id: projectId } = await catalog.createProject({
    slug: word,
    name: `Project ${word}`,
    organisationId: organisation.id,
  });
  const key = await harness.addKey(projectId, "write");
  const client = createClient({ url: harness.url, key });

  const email = `owner@${word}.example`;
  const owner = await addUser(people, email, { role: "owner", projectId });
  const cookie = await signIn(harness, email);
  const [session] = await people.listSessions(owner.id);

  const pure = await publish(client, pureDefinition(`${word}-pure`), { name: `${word}-endpoint` });
  const failing = await publish(client, failingDefinition(`${word}-failing`));
  const waiting = await publish(client, waitingDefinition(`${word}-waiting`));
  const signed = await client.createEndpoint({
    body: {
      workflow: `${word}-pure`,
      name: `${word}-signed`,
      signature: "github-sha256",
      secret: `${word}-signing-secret`,
      alias: `${word}-alias`,
    },
  });
  const secret = `${word}_SECRET`.replaceAll("-", "_").toUpperCase();
  await client.putSecret({ name: secret, body: { value: `${word}-value-of-the-secret` } });
  const made = await client.createKey({ body: { name: `${word}-key`, scope: "read" } });

  const send = async (token: string, about: string, headers: Record<string, string> = {}): Promise<string> => {
    const { body } = await post(`${harness.url}/hooks/${token}`, JSON.stringify({ text: `${word}-${about}` }), headers);
    return String(body["runId"]);
  };
  const succeeded = await send(pure.token, "payload", { "idempotency-key": SHARED_KEY });
  expect(await send(pure.token, "payload", { "idempotency-key": SHARED_KEY })).toBe(succeeded);
  const failed = await send(failing.token, "failure");
  const running = await send(waiting.token, "wait");
  const canceled = await send(waiting.token, "stopped");
  const suspect = await send(waiting.token, "suspect");
  expect((await post(`${harness.url}/hooks/${signed.token}`, "{}")).status).toBe(401);
  await client.cancelRun({ runId: canceled, body: { reason: `${word}-reason` } });
  await client.signalRun({ runId: running, body: { name: "paid", payload: `${word}-signal`, key: SHARED_KEY } });
  await client.linkSignal({ runId: running, body: { name: "paid" } });
  const { runId: replayed } = await client.replayRun({ runId: failed, body: { idempotencyKey: SHARED_KEY } });
  const job = await client.createJob({
    body: { kind: "replay", filter: { code: "none" }, idempotencyKey: SHARED_KEY },
  });
  await waitFor("the runs and the job have ended", async () => {
    const statuses = await Promise.all([failed, canceled, replayed].map((runId) => client.getRun({ runId })));
    return (
      statuses.every(({ status }) => status !== "running") && (await client.getJob({ jobId: job.id })).state === "done"
    );
  });

  const channel = await client.createAlertChannel({
    body: {
      name: `${word}-channel`,
      target: { kind: "webhook", url: `https://alerts.example/${word}`, signingKeys: [secret] },
    },
  });
  const rule = await client.createAlertRule({ body: { kind: "failed_runs", name: `${word}-rule`, threshold: 1_000 } });
  // What is found of a rule that is not paused changes it.
  await client.updateAlertRule({ ruleId: rule.id, body: { isPaused: true } });

  const { items: workflows } = await client.listWorkflows({});
  const versions = await Promise.all(
    workflows.map(async ({ slug }) => (await client.listVersions({ workflow: slug })).items.map(({ id }) => id)),
  );
  const runs = [succeeded, failed, running, canceled, suspect, replayed];
  const endpoints = [pure, failing, waiting, signed];
  const page = await client.listRuns({ limit: 1 });
  const names: FilledProject["names"] = {
    project: [projectId, word],
    projectId: [projectId],
    workflow: workflows.flatMap(({ id, slug }) => [id, slug]),
    versionId: versions.flat(),
    runId: runs,
    endpointId: endpoints.map(({ id }) => id),
    endpoint: endpoints.map(({ id }) => id),
    keyId: [made.id, ...signed.signingKeys.map(({ id }) => id)],
    name: [secret],
    jobId: [job.id],
    channelId: [channel.id],
    channelIds: [channel.id],
    ruleId: [rule.id],
    userId: [owner.id],
    organisation: [organisation.id, organisation.slug],
    sessionId: [session?.id ?? "none"],
    cursor: [page.nextCursor ?? "none"],
    actor: (await client.listAudit({})).items.flatMap(({ actor }) => actor.id ?? []).slice(0, 1),
    resource: [pure.id, workflows[0]?.id ?? "none"],
  };
  return {
    projectId,
    slug: word,
    key,
    cookie,
    client,
    names,
    canaries: [
      word,
      word.toUpperCase().replaceAll("-", "_"),
      made.key,
      ...endpoints.map(({ token }) => token),
      ...Object.values(names).flat(),
    ],
  };
}
