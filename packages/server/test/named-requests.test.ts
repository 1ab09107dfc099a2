import { createClient, routes, type RouteSpec } from "@meshhook/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { keepsAnswers } from "../src/api/named-requests.ts";
import { publish, pureDefinition, startHarness, waitingDefinition, type Harness } from "./harness.ts";

let harness: Harness;
/** Another process on the same data. */
let other: Harness;
beforeAll(async () => {
  harness = await startHarness();
  other = await startHarness({ store: harness.store, key: harness.key });
});
afterAll(async () => {
  await other.close();
  await harness.close();
});

async function post(
  path: string,
  key: string | null,
  body?: unknown,
  more: { readonly at?: Harness; readonly auth?: string } = {},
) {
  const { at = harness, auth = harness.key } = more;
  const response = await fetch(`${at.url}/api/v1${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${auth}`,
      ...(key === null ? {} : { "idempotency-key": key }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    text: await response.text(),
    retryAfter: response.headers.get("retry-after"),
    isRepeat: response.headers.get("meshhook-duplicate") === "true",
  };
}
const codeOf = ({ text }: { readonly text: string }): unknown => (JSON.parse(text) as { readonly code?: unknown }).code;

it("every POST that may change something gives a repeat the same answer, also through another process", async () => {
  const endpoint = await publish(harness.client, pureDefinition("keys"), {
    signature: "github-sha256",
    secret: "a-first-signing-secret",
  });
  const waiting = await publish(harness.client, waitingDefinition("waits"));
  const { runId } = await harness.client.deliver(waiting.token, {});
  const job = await harness.client.createJob({ body: { kind: "replay", filter: {}, idempotencyKey: "a-job" } });
  const user = await harness.client.createUser({ body: { email: "member@once.example", name: "Member" } });
  const channel = await harness.client.createAlertChannel({
    body: { name: "Hook", target: { kind: "webhook", url: "https://192.0.2.1/", signingKeys: ["ALERT_KEY"] } },
  });
  const calls: { readonly [name: string]: readonly [path: string, body?: unknown] } = {
    createProject: ["/projects", { slug: "made-once", name: "Made once" }],
    createOrganisation: ["/organisations", { slug: "made-once", name: "Made once" }],
    createUser: ["/users", { email: "made@once.example", name: "Made once", password: "a long enough password" }],
    addMember: ["/members", { email: "member@once.example", role: "viewer", reach: "project" }],
    linkIdentity: [`/users/${user.id}/identities`, { issuer: "https://issuer.example", subject: "made once" }],
    createAlertChannel: [
      "/alerts/channels",
      { name: "made once", target: { kind: "webhook", url: "https://192.0.2.1/", signingKeys: ["ALERT_KEY"] } },
    ],
    testAlertChannel: [`/alerts/channels/${channel.id}/test`],
    createAlertRule: ["/alerts/rules", { kind: "failed_runs", name: "made once", threshold: 1 }],
    createKey: ["/keys", { name: "made once", scope: "read" }],
    rewrapSecrets: ["/secret-keys/rewrap", {}],
    createWorkflow: ["/workflows", { definition: { ...pureDefinition("made-once"), exact: undefined } }],
    publishWorkflow: ["/workflows/keys/publish"],
    pauseWorkflow: ["/workflows/keys/pause"],
    resumeWorkflow: ["/workflows/keys/resume"],
    createEndpoint: ["/endpoints", { workflow: "keys", name: "made once" }],
    rotateEndpoint: [`/endpoints/${endpoint.id}/rotate`],
    pauseEndpoint: [`/endpoints/${endpoint.id}/pause`],
    resumeEndpoint: [`/endpoints/${endpoint.id}/resume`],
    addSigningKey: [`/endpoints/${endpoint.id}/signing-keys`, { secret: "a-second-signing-secret" }],
    sendTestDelivery: [`/endpoints/${endpoint.id}/test-deliveries`, {}],
    releaseRun: [`/runs/${runId}/release`],
    linkSignal: [`/runs/${runId}/signal-links`, { name: "go" }],
    cancelRun: [`/runs/${runId}/cancel`],
    stopJob: [`/jobs/${job.id}/stop`],
  };
  const kept = Object.entries<RouteSpec>(routes)
    .filter(([, spec]) => keepsAnswers(spec))
    .map(([name]) => name);
  expect(Object.keys(calls).sort()).toEqual(kept.sort());
  for (const [name, [path, body]] of Object.entries(calls)) {
    const first = await post(path, `once ${name}`, body);
    // A run that is not set aside cannot be released; what changed nothing is not kept.
    if (name === "releaseRun") expect(first.status).toBe(409);
    else expect([name, first.status]).toEqual([name, routes[name as keyof typeof routes].status]);
    const again = await post(path, `once ${name}`, body, { at: other });
    expect([name, again.status, again.isRepeat]).toEqual([name, first.status, name !== "releaseRun"]);
    if (name !== "releaseRun") expect(again.text).toBe(first.text);
  }
  expect((await harness.client.listEndpoints()).items.filter((one) => one.name === "made once")).toHaveLength(1);
  expect((await harness.client.listKeys()).items.filter((one) => one.name === "made once")).toHaveLength(1);
  const rotated = (await harness.client.listEndpoints()).items.find((one) => one.id === endpoint.id);
  expect(rotated?.signingKeys).toHaveLength(2);
  expect((await harness.client.listDeliveries({})).items.filter((one) => one.endpointId === endpoint.id)).toHaveLength(
    1,
  );
});

it("of many at once one has the effect, and the others its answer or word that it is on its way", async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      post("/keys", "all at once", { name: "at once", scope: "read" }, { at: at % 2 === 0 ? harness : other }),
    ),
  );
  const made = answers.filter(({ status }) => status === 201);
  expect(new Set(made.map(({ text }) => text)).size).toBe(1);
  expect(made.filter(({ isRepeat }) => !isRepeat)).toHaveLength(1);
  for (const answer of answers.filter(({ status }) => status !== 201))
    expect([answer.status, codeOf(answer), answer.retryAfter]).toEqual([409, "request_in_progress", "1"]);
  expect((await harness.client.listKeys()).items.filter(({ name }) => name === "at once")).toHaveLength(1);
});

it("an attempt whose process ended in its middle keeps the key for a moment", async () => {
  const project = await harness.client.createProject({ body: { slug: "ended", name: "Ended" } });
  const { key } = await harness.client.createKey({ body: { name: "ended", scope: "write", projectId: project.id } });
  const spy: string[] = [];
  const { answers } = harness.store;
  const stuck = new Proxy(answers, {
    get: (target, name) => {
      if (name === "during") return () => (spy.push("begun"), new Promise(() => undefined));
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
  const dying = await startHarness({ store: { ...harness.store, answers: stuck }, key: harness.key });
  const abort = new AbortController();
  const silent = fetch(`${dying.url}/api/v1/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "idempotency-key": "ended", "content-type": "application/json" },
    body: JSON.stringify({ name: "never", scope: "read" }),
    signal: abort.signal,
  }).catch(() => null);
  await expect.poll(() => spy).toEqual(["begun"]);
  const answer = await post("/keys", "ended", { name: "never", scope: "read" }, { auth: key });
  expect([answer.status, codeOf(answer)]).toEqual([409, "request_in_progress"]);
  abort.abort();
  await silent;
  await dying.close();
});

describe("a key", () => {
  it("that was used for another request is refused, whatever differs", async () => {
    const body = { workflow: "keys", name: "differs" };
    expect((await post("/endpoints", "differs", body)).status).toBe(201);
    const other = await post("/endpoints", "differs", { ...body, name: "other" });
    expect([other.status, codeOf(other)]).toEqual([422, "request_differs"]);
    expect((await post("/workflows/keys/pause", "differs by path")).status).toBe(200);
    const path = await post("/workflows/waits/pause", "differs by path");
    expect([path.status, codeOf(path)]).toEqual([422, "request_differs"]);
  });

  it("belongs to the caller and to the route", async () => {
    const writer = await harness.client.createKey({ body: { name: "writer", scope: "write" } });
    const mine = await post("/keys", "shared", { name: "mine", scope: "read" });
    const theirs = await post("/keys", "shared", { name: "mine", scope: "read" }, { auth: writer.key });
    expect([mine.status, theirs.status, theirs.isRepeat]).toEqual([201, 201, false]);
    expect(theirs.text).not.toBe(mine.text);
    expect((await post("/workflows/keys/resume", "shared")).isRepeat).toBe(false);
  });

  it("of a request that was refused can be used again", async () => {
    const refused = await post("/endpoints", "refused", { workflow: "no-such-workflow", name: "x" });
    expect(refused.status).toBe(404);
    expect((await post("/endpoints", "refused", { workflow: "keys", name: "x" })).status).toBe(201);
  });

  it.each(["", "a".repeat(256), "tab\tin it", "ümlaut"])("of %j is refused", async (key) => {
    const answer = await post("/keys", key, { name: "x", scope: "read" }).catch(() => null);
    // The platform's client sends no header of characters beyond Latin-1.
    if (answer !== null) expect([answer.status, codeOf(answer)]).toEqual([400, "idempotency_key_invalid"]);
  });

  it("gives nothing to a caller whose scope is too small, nor to one that was revoked", async () => {
    const { key, id } = await harness.client.createKey({ body: { name: "w", scope: "write" } });
    expect((await post("/keys", "revoked", { name: "x", scope: "read" }, { auth: key })).status).toBe(201);
    await harness.client.revokeKey({ keyId: id });
    expect((await post("/keys", "revoked", { name: "x", scope: "read" }, { auth: key })).status).toBe(401);
  });

  it("is the body's own field where a route has one", async () => {
    const { token } = await publish(harness.client, pureDefinition("replayed"));
    const { runId } = await harness.client.deliver(token, {});
    const first = await harness.client.replayRun({ runId, body: { idempotencyKey: "replay-me" } });
    const again = await post(`/runs/${runId}/replay`, "replay-me", {});
    expect(JSON.parse(again.text)).toMatchObject({ runId: first.runId, duplicate: true });
    const both = await post(`/runs/${runId}/replay`, "one", { idempotencyKey: "another" });
    expect([both.status, codeOf(both)]).toEqual([422, "request_invalid"]);
  });
});

it("what is kept is encrypted, so that a key which is shown once cannot be read from the store", async () => {
  const made = JSON.parse((await post("/keys", "sealed", { name: "sealed", scope: "read" })).text) as { key: string };
  const texts: string[] = [];
  const answers = new Proxy(harness.store.answers, {
    get: (target, name) => {
      if (name !== "claim") return Reflect.get(target, name, target) as unknown;
      return async (asked: Parameters<typeof target.claim>[0]) => {
        const found = await target.claim(asked);
        if (found.kind === "answered") texts.push(found.answer);
        return found;
      };
    },
  });
  const reader = await startHarness({ store: { ...harness.store, answers }, key: harness.key });
  const again = await post("/keys", "sealed", { name: "sealed", scope: "read" }, { at: reader });
  await reader.close();
  expect(JSON.parse(again.text)).toMatchObject({ key: made.key });
  expect(texts).toHaveLength(1);
  expect(texts.join()).not.toContain(made.key.slice(0, 8));
  expect(Buffer.from(texts.join(), "base64").includes(made.key.slice(0, 8))).toBe(false);
});

it("the typed client names requests", async () => {
  const client = createClient({ url: harness.url, key: harness.key });
  const body = { workflow: "keys", name: "by the client" };
  const first = await client.createEndpoint({ idempotencyKey: "by the client", body });
  expect(await client.createEndpoint({ idempotencyKey: "by the client", body })).toEqual(first);
});
