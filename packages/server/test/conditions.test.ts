import { routes, type RouteSpec } from "@meshhook/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { publish, pureDefinition, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const STALE = '"AAAAAAAAAAAAAAAAAAAAAA"';
const everyRoute = Object.entries<RouteSpec>(routes);

async function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
): Promise<{ readonly status: number; readonly etag: string; readonly body: { readonly [name: string]: unknown } }> {
  const response = await fetch(`${harness.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${harness.key}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get("etag") ?? "",
    body: (text === "" ? {} : JSON.parse(text)) as { readonly [name: string]: unknown },
  };
}

/** Something of each kind, and how each conditional route is called. */
async function make(slug: string) {
  const endpoint = await publish(harness.client, pureDefinition(slug));
  const signed = await harness.client.updateEndpoint({
    endpointId: endpoint.id,
    body: { signature: "github-sha256", secret: "a-first-signing-secret" },
  });
  const rotated = await harness.client.addSigningKey({
    endpointId: signed.id,
    body: { secret: "a-second-signing-secret" },
  });
  const key = await harness.client.createKey({ body: { name: slug, scope: "read" } });
  const project = await harness.client.createProject({ body: { slug, name: slug } });
  const secret = slug.replaceAll("-", "_").toUpperCase();
  await harness.client.putSecret({ name: secret, body: { value: "a-secret-value" } });
  const [, formerKey] = rotated.signingKeys;
  const at = { endpoint: `/endpoints/${endpoint.id}`, workflow: `/workflows/${slug}` };
  const calls: { readonly [name: string]: { readonly path: string; readonly shown: string; readonly body?: unknown } } =
    {
      updateProject: { path: `/projects/${slug}`, shown: `/projects/${project.id}`, body: { name: "Other" } },
      putSecret: { path: `/secrets/${secret}`, shown: `/secrets/${secret}`, body: { value: "another-value" } },
      updateWorkflow: { path: at.workflow, shown: at.workflow, body: { definition: pureDefinition(slug) } },
      publishWorkflow: { path: `${at.workflow}/publish`, shown: at.workflow },
      pauseWorkflow: { path: `${at.workflow}/pause`, shown: at.workflow },
      resumeWorkflow: { path: `${at.workflow}/resume`, shown: at.workflow },
      updateEndpoint: { path: at.endpoint, shown: at.endpoint, body: { name: "Other" } },
      rotateEndpoint: { path: `${at.endpoint}/rotate`, shown: at.endpoint },
      pauseEndpoint: { path: `${at.endpoint}/pause`, shown: at.endpoint },
      resumeEndpoint: { path: `${at.endpoint}/resume`, shown: at.endpoint },
      addSigningKey: {
        path: `${at.endpoint}/signing-keys`,
        shown: at.endpoint,
        body: { secret: "a-third-signing-secret" },
      },
      removeSigningKey: { path: `${at.endpoint}/signing-keys/${formerKey?.id ?? ""}`, shown: at.endpoint },
      deleteEndpoint: { path: at.endpoint, shown: at.endpoint },
      deleteWorkflow: { path: at.workflow, shown: at.workflow },
      deleteSecret: { path: `/secrets/${secret}`, shown: `/secrets/${secret}` },
      revokeKey: { path: `/keys/${key.id}`, shown: `/keys/${key.id}` },
    };
  return calls;
}

it("every conditional route refuses a stale tag with the one that holds now, changes nothing, and takes that one", async () => {
  const calls = await make("conditional");
  const conditional = everyRoute.filter(([, { conditional }]) => conditional === true).map(([name]) => name);
  expect(Object.keys(calls).sort()).toEqual(conditional.sort());
  for (const [name, { path, shown, body }] of Object.entries(calls)) {
    const { method } = routes[name as keyof typeof routes];
    const before = await ask("GET", shown);
    expect([name, before.status]).toEqual([name, 200]);
    const stale = await ask(method, path, { "if-match": STALE }, body);
    expect([name, stale.status, stale.body["code"]]).toEqual([name, 412, "precondition_failed"]);
    expect(stale.body["etag"]).toBe(before.body["etag"]);
    expect(stale.etag).toBe(`"${String(before.body["etag"])}"`);
    expect(await ask("GET", shown)).toEqual(before);
    const done = await ask(method, path, { "if-match": before.etag }, body);
    expect([name, done.status]).toEqual([name, routes[name as keyof typeof routes].status]);
  }
});

it("a write that changes nothing with an ETag refuses conditions instead of ignoring them", async () => {
  for (const [name, { method, scope, conditional, path }] of everyRoute) {
    if (method === "GET" || scope === null || conditional === true || path.includes("{")) continue;
    const { status, body } = await ask(method, path, { "if-match": STALE }, name === "rewrapSecrets" ? {} : undefined);
    expect([name, [412, 422].includes(status), body["code"] !== undefined]).toEqual([name, true, true]);
  }
  const refused = await ask("POST", "/projects", { "if-match": STALE }, { slug: "not-made", name: "Not made" });
  expect([refused.status, refused.body["code"]]).toEqual([412, "precondition_failed"]);
  expect((await ask("GET", "/projects/not-made")).status).toBe(404);
});

describe("If-Match and If-None-Match", () => {
  const put = (name: string, headers: Record<string, string>) =>
    ask("PUT", `/secrets/${name}`, headers, { value: "a-secret-value" });

  it.each([
    ['"other", %', 200],
    ["%", 200],
    ["  %  ", 200],
    ["*", 200],
    ["W/%", 412],
    ['"%"', 400],
    ["unquoted", 400],
    ['"open', 400],
    ['"a" "b"', 400],
    ["", 412],
  ])("If-Match: %s of an existing secret is answered %i", async (template, status) => {
    await put("MATCHED", {});
    const { etag } = await ask("GET", "/secrets/MATCHED");
    expect((await put("MATCHED", { "if-match": template.replace("%", etag) })).status).toBe(status);
  });

  it("If-Match: * requires that there is something, If-None-Match: * that there is nothing", async () => {
    expect(await put("ABSENT", { "if-match": "*" })).toMatchObject({ status: 412, etag: "" });
    expect((await put("ABSENT", { "if-none-match": "*" })).status).toBe(200);
    expect((await put("ABSENT", { "if-none-match": "*" })).status).toBe(412);
    const workflow = { definition: pureDefinition("created-once") };
    expect((await ask("PUT", "/workflows/created-once", { "if-match": "*" }, workflow)).status).toBe(412);
    expect((await ask("PUT", "/workflows/created-once", { "if-none-match": "*" }, workflow)).status).toBe(200);
    expect((await ask("PUT", "/workflows/created-once", { "if-none-match": "*" }, workflow)).status).toBe(412);
  });

  it("the use of a secret is no change of it", async () => {
    const { etag } = await put("USED", {});
    const [{ id: projectId } = { id: "" }] = await harness.store.catalog.listProjects();
    await harness.store.vault.noteUses([{ projectId, name: "USED", at: Date.now() * 1_000, count: 1, runIds: [] }]);
    expect((await put("USED", { "if-match": etag })).status).toBe(200);
  });
});

describe("reads", () => {
  it("have a strong tag, and 304 for who has it", async () => {
    await publish(harness.client, pureDefinition("read"));
    for (const path of ["/workflows/read", "/workflows", "/endpoints", "/session", "/projects", "/runs"]) {
      const first = await ask("GET", path);
      expect(first.etag).toMatch(/^"[\w.-]+"$/);
      expect(await ask("GET", path, { "if-none-match": `"other", W/${first.etag}` })).toEqual({
        status: 304,
        etag: first.etag,
        body: {},
      });
      expect((await ask("GET", path, { "if-none-match": "*" })).status).toBe(304);
      expect((await ask("GET", path, { "if-none-match": '"other"' })).status).toBe(200);
    }
    const before = await ask("GET", "/workflows/read");
    await harness.client.pauseWorkflow({ workflow: "read" });
    const after = await ask("GET", "/workflows/read", { "if-none-match": before.etag });
    expect(after.status).toBe(200);
    expect(after.etag).not.toBe(before.etag);
  });

  it("show the same state to who may see less, with another tag for what they see", async () => {
    const endpoint = await publish(harness.client, pureDefinition("seen"));
    const { key } = await harness.client.createKey({ body: { name: "reader", scope: "read" } });
    const mine = await ask("GET", `/endpoints/${endpoint.id}`);
    const theirs = await ask("GET", `/endpoints/${endpoint.id}`, { authorization: `Bearer ${key}` });
    expect(theirs.body["etag"]).toBe(mine.body["etag"]);
    expect(theirs.etag).not.toBe(mine.etag);
  });
});

it("the client sends the tag it is given, and the problem says the one that holds", async () => {
  const endpoint = await publish(harness.client, pureDefinition("client"));
  const changed = await harness.client.updateEndpoint({
    endpointId: endpoint.id,
    ifMatch: endpoint.etag,
    body: { name: "A" },
  });
  const again = harness.client.updateEndpoint({ endpointId: endpoint.id, ifMatch: endpoint.etag, body: { name: "B" } });
  await expect(again).rejects.toMatchObject({ status: 412, code: "precondition_failed", etag: changed.etag });
});
