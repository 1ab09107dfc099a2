import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { post, publish, pureDefinition, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
let readKey: string;
let url: string;
let endpointId: string;
let runId: string;

beforeAll(async () => {
  harness = await startHarness();
  const endpoint = await publish(harness.client, pureDefinition());
  url = harness.url + endpoint.path;
  endpointId = endpoint.id;
  runId = String((await post(url, JSON.stringify({ canary: "x".repeat(3_000) }))).body["runId"]);
  readKey = await harness.addKey((await harness.client.listProjects()).items[0]?.id ?? "", "read");
});
afterAll(() => harness.close());

const get = (path: string, headers: Record<string, string> = {}, key = harness.key): Promise<Response> =>
  fetch(`${harness.url}/api/v1${path}`, { headers: { authorization: `Bearer ${key}`, ...headers } });

describe("an answer of the API", () => {
  it.each(["br", "gzip"])("is compressed with %s if the caller accepts it and it is large enough", async (coding) => {
    const answer = await get(`/runs/${runId}`, { "accept-encoding": coding });
    expect(answer.headers.get("content-encoding")).toBe(coding);
    expect(answer.headers.get("vary")).toMatch(/accept-encoding/i);
    expect(await answer.json()).toMatchObject({ id: runId });
    expect((await get("/workflows", { "accept-encoding": coding })).headers.get("content-encoding")).toBeNull();
    expect((await get(`/runs/${runId}`, { "accept-encoding": "identity" })).headers.get("content-encoding")).toBeNull();
  });

  it("that may contain a secret is not compressed", async () => {
    for (let at = 0; at < 10; at++)
      await harness.client.createEndpoint({ body: { workflow: "pure", name: `endpoint ${at}` } });
    const answer = await get("/endpoints", { "accept-encoding": "br, gzip" });
    expect(answer.headers.get("content-encoding")).toBeNull();
    expect((await answer.text()).length).toBeGreaterThan(1_024);
  });

  it("leaves out the outputs on request", async () => {
    const withAndWithout = async (path: string, headers: Record<string, string> = {}): Promise<boolean[]> =>
      Promise.all(
        ["", "?outputs=true", "?outputs=false"].map(async (query) =>
          (await (await get(path + query, headers)).text()).includes("canary"),
        ),
      );
    const run = await harness.client.getRun({ runId, outputs: false });
    expect(run.steps.map((step) => "output" in step)).toEqual([false, false, false]);
    expect(run.result?.output).toMatchObject({ got: { canary: expect.any(String) as string } });
    const small = String((await post(url, '{"canary":1}')).body["runId"]);
    expect(await withAndWithout(`/runs/${small}/events`)).toEqual([true, true, false]);
    const stream = { accept: "text/event-stream" };
    expect(await withAndWithout(`/runs/${small}/events`, stream)).toEqual([true, true, false]);
    const events = (await harness.client.listEvents({ runId: small, outputs: false })).items;
    expect(events.map(({ type }) => type)).toEqual(
      (await harness.client.listEvents({ runId: small })).items.map(({ type }) => type),
    );
  });
});

describe("a key that may only read", () => {
  it("does not see the addresses of webhooks", async () => {
    const { token, path } = (await harness.client.listEndpoints()).items.find(({ id }) => id === endpointId) ?? {};
    expect(path).toBe(`/hooks/${token}`);
    for (const place of ["/endpoints", "/workflows/pure", `/runs/${runId}`, `/endpoints/${endpointId}/rejections`]) {
      const text = await (await get(place, {}, readKey)).text();
      expect(text).not.toContain(token);
      expect(text).not.toContain("unauthenticated");
    }
    const { items } = (await (await get("/endpoints", {}, readKey)).json()) as { items: object[] };
    expect(items[0]).toMatchObject({ token: "", path: "/hooks/…", name: "pure" });
  });
});

describe("an endpoint's address", () => {
  it("can be changed: the old one is gone at once", async () => {
    const { id, path } = await harness.client.createEndpoint({ body: { workflow: "pure", name: "leaked" } });
    const rotated = await harness.client.rotateEndpoint({ endpointId: id });
    expect(rotated).toMatchObject({ id, name: "leaked" });
    expect(rotated.path).not.toBe(path);
    expect((await post(harness.url + path, "{}")).status).toBe(404);
    expect((await post(harness.url + rotated.path, "{}")).status).toBe(202);
    await expect(harness.client.rotateEndpoint({ endpointId: "x" })).rejects.toMatchObject({ code: "not_found" });
    const refused = await fetch(`${harness.url}/api/v1/endpoints/${id}/rotate`, {
      method: "POST",
      headers: { authorization: `Bearer ${readKey}` },
    });
    expect(refused.status).toBe(403);
  });
});

describe("a workflow", () => {
  it("is deleted with its endpoints, while its runs stay and its slug is free", async () => {
    const { path } = await publish(harness.client, pureDefinition("passing"));
    const old = String((await post(harness.url + path, "{}")).body["runId"]);
    await harness.client.deleteWorkflow({ workflow: "passing" });
    expect((await post(harness.url + path, "{}")).status).toBe(404);
    await expect(harness.client.getWorkflow({ workflow: "passing" })).rejects.toMatchObject({ code: "not_found" });
    await expect(harness.client.deleteWorkflow({ workflow: "passing" })).rejects.toMatchObject({ code: "not_found" });
    expect(await harness.client.getRun({ runId: old })).toMatchObject({ status: "succeeded" });
    expect((await harness.client.listRuns({})).items.map(({ id }) => id)).toContain(old);
    expect(await harness.client.createWorkflow({ body: { definition: pureDefinition("passing") } })).toMatchObject({
      revision: 1,
      draftState: "new",
    });
  });

  it("whose draft differs only in names, labels and positions can be published, and says that it is not published yet", async () => {
    const definition = pureDefinition("labeled") as { nodes: { copy: object } };
    await publish(harness.client, definition);
    const state = async (): Promise<unknown> => [
      (await harness.client.getWorkflow({ workflow: "labeled" })).draftState,
      (await harness.client.listWorkflows({})).items.find(({ slug }) => slug === "labeled")?.draftState,
    ];
    expect(await state()).toEqual(["published", "published"]);
    const labeled = {
      ...definition,
      name: "Labeled",
      nodes: { ...definition.nodes, copy: { ...definition.nodes.copy, label: "Copy" } },
    };
    const saved = await harness.client.updateWorkflow({ workflow: "labeled", body: { definition: labeled } });
    expect(saved.draftHash).toBe(saved.activeVersionHash);
    expect(await state()).toEqual(["changed", "changed"]);
    const version = await harness.client.publishWorkflow({ workflow: "labeled" });
    expect(version).toMatchObject({ number: 2, definition: { name: "Labeled", nodes: { copy: { label: "Copy" } } } });
    expect(await state()).toEqual(["published", "published"]);
    expect((await harness.client.publishWorkflow({ workflow: "labeled" })).id).toBe(version.id);
    await harness.client.updateWorkflow({ workflow: "labeled", body: { definition } });
    expect((await harness.client.publishWorkflow({ workflow: "labeled" })).number).toBe(1);
  });
});
