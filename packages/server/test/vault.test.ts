import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { createClient, RequestProblem, routes, type Client, type RouteSpec } from "@meshhook/contract";
import { Keyring, SecretBox } from "@meshhook/runtime";
import { waitFor } from "@meshhook/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { isAudited } from "../src/api/acts.ts";
import { post, publish, pureDefinition, SECRET, SECRET_KEY, sign, startHarness, type Harness } from "./harness.ts";

const VALUE = 'canary "vault" value';

let harness: Harness;
let client: Client;

beforeAll(async () => {
  harness = await startHarness({ egressAllow: ["127.0.0.0/8"], trustedProxies: ["127.0.0.1"] });
  client = harness.client;
});
afterAll(() => harness.close());

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "worked",
    (error: unknown) => (error instanceof RequestProblem ? error.code : String(error)),
  );
}

function callingDefinition(slug: string, url: string, secret: string): object {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: {
      hook: { type: "webhook@1", config: {} },
      send: { type: "http_call@1", config: { method: "POST", url, headers: { "x-key": `{{ secrets.${secret} }}` } } },
    },
    edges: [{ from: "hook", to: "send" }],
  };
}

describe("secrets over the API", () => {
  it("can be stored and replaced, and no answer and no log line has a value", async () => {
    expect(await client.putSecret({ name: "API_KEY", body: { value: VALUE } })).toMatchObject({
      version: 1,
      usedAt: null,
    });
    expect(await client.putSecret({ name: "API_KEY", body: { value: `${VALUE} 2` } })).toMatchObject({ version: 2 });
    const answers = [
      await client.listSecrets(),
      await client.listSecretVersions({ name: "API_KEY" }),
      await client.listSecretKeys(),
      await client.listAudit({}),
    ];
    expect(answers[0]).toMatchObject({ items: [{ name: "API_KEY", version: 2 }] });
    expect(JSON.stringify([answers, harness.logged])).not.toContain("canary");
  });

  it.each(["short", "x".repeat(16_385), "half \ud800 of a pair", "a nul \u0000 inside"])(
    "are refused where a call could not use them, without repeating the value",
    async (value) => {
      const error: unknown = await client
        .putSecret({ name: "WRONG", body: { value } })
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "request_invalid" });
      expect(JSON.stringify(error) + String(error)).not.toContain(value);
      expect(await codeOf(client.listSecretVersions({ name: "WRONG" }))).toBe("not_found");
    },
  );

  it("are used by calls from their next attempt on, in their newest version", async () => {
    const seen: (string | string[] | undefined)[] = [];
    const target = createServer((request, response) => {
      seen.push(request.headers["x-key"]);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`;
      const endpoint = await publish(client, callingDefinition("calls", url, "TOKEN"));
      const send = async (): Promise<void> => {
        const count = seen.length;
        await post(`${harness.url}/hooks/${endpoint.token}`, "{}");
        await waitFor("the call has arrived", () => seen.length > count);
      };
      await client.putSecret({ name: "TOKEN", body: { value: "the first value" } });
      await send();
      await client.putSecret({ name: "TOKEN", body: { value: "the second value" } });
      await send();
      expect(seen).toEqual(["the first value", "the second value"]);
    } finally {
      await new Promise((resolve) => target.close(resolve));
    }
    // The active version uses it, so it goes only if that is what is wanted.
    const refusal: unknown = await client.deleteSecret({ name: "TOKEN" }).catch((thrown: unknown) => thrown);
    expect(refusal).toMatchObject({ code: "secret_in_use", detail: 'The secret "TOKEN" is used by calls' });
    await client.deleteSecret({ name: "TOKEN", force: true });
    expect(await codeOf(client.deleteSecret({ name: "TOKEN" }))).toBe("not_found");
  });

  it("belong to their project, and a key that may only read changes none", async () => {
    const reader = createClient({
      url: harness.url,
      key: await harness.addKey((await client.getSession()).project.id, "read"),
    });
    const other = await client.createProject({ body: { slug: "other", name: "Other" } });
    const stranger = createClient({ url: harness.url, key: await harness.addKey(other.id, "write") });
    expect((await reader.listSecrets()).items.map(({ name }) => name)).toContain("API_KEY");
    expect(await codeOf(reader.putSecret({ name: "API_KEY", body: { value: VALUE } }))).toBe("scope_insufficient");
    expect(await codeOf(reader.listAudit({}))).toBe("scope_insufficient");
    expect(await stranger.listSecrets()).toEqual({ items: [] });
    expect(await codeOf(stranger.listSecretVersions({ name: "API_KEY" }))).toBe("not_found");
    expect(await codeOf(stranger.deleteSecret({ name: "API_KEY", force: true }))).toBe("not_found");
    expect(await codeOf(stranger.listSecretKeys())).toBe("scope_insufficient");
    expect((await stranger.listAudit({})).items).toEqual([]);
  });
});

describe("another secret key", () => {
  it("takes over everything that is stored, step by step, and the keys of endpoints keep their ids", async () => {
    const first = await startHarness();
    const endpoint = await publish(first.client, pureDefinition(), {
      signature: "github-sha256",
      secret: SECRET,
      verifyToken: "canary-token",
    });
    await first.client.addSigningKey({ endpointId: endpoint.id, body: { secret: "another-signing-secret" } });
    const { projectId } = (await first.store.catalog.listRoutes())[0]!.endpoint;
    const firstBox = new SecretBox(new Keyring([SECRET_KEY]));
    for (const name of Array.from({ length: 250 }, (_, count) => `KEY_${count}`)) {
      const seal = (version: number): string => firstBox.seal(projectId, `value of ${name}`, { name, version });
      await first.store.vault.addSecret({ projectId, name, seal });
    }
    const [before] = (await first.client.listEndpoints()).items;
    const oldId = (await first.client.listSecretKeys()).items[0]?.id;
    const next = Buffer.alloc(32, 9);
    const second = await startHarness({
      store: first.store,
      secretKey: next,
      formerSecretKeys: [SECRET_KEY],
      key: first.key,
    });
    try {
      const delivered = await post(`${second.url}/hooks/${endpoint.token}`, "{}", {
        "x-hub-signature-256": sign("{}"),
      });
      expect(delivered.status).toBe(202);
      const newId = new Keyring([next]).current.id;
      expect((await second.client.listSecretKeys()).items).toEqual([
        { id: newId, state: "current", values: 0 },
        { id: oldId, state: "former", values: 253 },
      ]);
      const steps = [await second.client.rewrapSecrets({})];
      for (let after = steps[0]?.next ?? null; after !== null; after = steps.at(-1)?.next ?? null)
        steps.push(await second.client.rewrapSecrets({ body: { after } }));
      expect(steps.length).toBeGreaterThan(1);
      expect(steps.reduce((sum, { rewrapped }) => sum + rewrapped, 0)).toBe(253);
      expect((await second.client.listSecretKeys()).items).toEqual([
        { id: newId, state: "current", values: 253 },
        { id: oldId, state: "former", values: 0 },
      ]);
      expect(await second.client.rewrapSecrets({})).toEqual({ rewrapped: 0, unreadable: 0, next: null });
      expect((await second.client.listEndpoints()).items[0]?.signingKeys).toEqual(before?.signingKeys);
      // The first process lacks the key: it says which, and leaves everything as it is.
      expect((await first.client.listSecretKeys()).items).toContainEqual({ id: newId, state: "missing", values: 253 });
      expect(await first.client.rewrapSecrets({})).toMatchObject({ rewrapped: 0 });
      const sealed = await first.store.vault.findSecret(projectId, "KEY_7");
      const box = new SecretBox(new Keyring([next]));
      expect(box.open(projectId, sealed!.sealed, { name: "KEY_7", version: 1 }).toString()).toBe("value of KEY_7");
    } finally {
      await second.close();
    }
    const third = await startHarness({ store: first.store, key: first.key });
    expect(third.logged.join("\n")).toContain("a secret key that this process does not have");
    await third.close();
    await first.close();
  });
});

describe("the audit log", () => {
  it("has who did what, from where and under which request id, without secrets", async () => {
    const { key: session } = await client.getSession();
    const endpoint = await publish(client, pureDefinition("audited"));
    await client.updateEndpoint({
      endpointId: endpoint.id,
      body: { name: "renamed", signature: "github-sha256", secret: SECRET },
    });
    const { items } = await client.listAudit({ resource: endpoint.id });
    expect(items).toEqual([
      {
        id: expect.any(String) as unknown,
        at: expect.any(String) as unknown,
        action: "updateEndpoint",
        actor: { kind: "key", id: session?.id, name: session?.name },
        resource: { kind: "endpoint", id: endpoint.id, name: "renamed" },
        changes: expect.arrayContaining([
          { field: "name", from: "audited", to: "renamed" },
          { field: "signature", from: "none", to: "github-sha256" },
          { field: "signingKeys" },
        ]) as unknown,
        address: "127.0.0.1",
        requestId: expect.any(String) as unknown,
      },
      expect.objectContaining({ action: "createEndpoint" }),
    ]);
    expect(JSON.stringify((await client.listAudit({ limit: 200 })).items)).not.toContain(SECRET);
  });

  it("has every write that was done, none that was refused, and no read", async () => {
    const { project } = await client.getSession();
    const writer = createClient({ url: harness.url, key: await harness.addKey(project.id, "write") });
    const actor = (await writer.getSession()).key?.id ?? "";
    await writer.listWorkflows({});
    await writer.validateWorkflow({ body: { definition: {} } });
    expect(await codeOf(writer.pauseWorkflow({ workflow: "nothing" }))).toBe("not_found");
    expect(await codeOf(writer.createProject({ body: { slug: "no", name: "No" } }))).toBe("scope_insufficient");
    const { slug } = await writer.createWorkflow({ body: { definition: pureDefinition("written") } });
    await writer.publishWorkflow({ workflow: slug });
    const { token } = await writer.createEndpoint({ body: { workflow: slug, name: "in" } });
    const { runId } = await writer.deliver(token, {});
    await writer.cancelRun({ runId });
    const made = await writer.createKey({ body: { name: "made", scope: "read" } });
    await writer.revokeKey({ keyId: made.id });
    const { items } = await writer.listAudit({ actor });
    expect(items.map(({ action }) => action).toReversed()).toEqual([
      "createWorkflow",
      "publishWorkflow",
      "createEndpoint",
      "cancelRun",
      "createKey",
      "revokeKey",
    ]);
    expect(items.find(({ action }) => action === "cancelRun")?.resource).toMatchObject({ kind: "run", id: runId });
    expect(JSON.stringify(items)).not.toContain(made.key);
  });

  it("has the address that a trusted proxy names, and the caller's own request id", async () => {
    const answer = await fetch(`${harness.url}/api/v1/secrets/FORWARDED`, {
      method: "PUT",
      body: JSON.stringify({ value: "a forwarded value" }),
      headers: {
        authorization: `Bearer ${harness.key}`,
        "content-type": "application/json",
        "x-forwarded-for": "198.51.100.1, 203.0.113.9",
        "x-request-id": "request-of-the-shop",
      },
    });
    expect(answer.status).toBe(200);
    const { items } = await client.listAudit({ resource: "FORWARDED" });
    expect(items).toMatchObject([{ address: "203.0.113.9", requestId: "request-of-the-shop" }]);
  });

  it("is read page by page, and a cursor belongs to its filter", async () => {
    const all = (await client.listAudit({ limit: 200 })).items;
    const paged = [];
    let cursor: string | undefined;
    do {
      const page = await client.listAudit({ limit: 7, ...(cursor === undefined ? {} : { cursor }) });
      paged.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(paged).toEqual(all);
    const { nextCursor } = await client.listAudit({ limit: 1 });
    expect(await codeOf(client.listAudit({ action: "putSecret", cursor: nextCursor ?? "" }))).toBe("cursor_invalid");
    expect(await codeOf(client.listAudit({ after: "yesterday" }))).toBe("request_invalid");
  });

  it("records every route that may change something", () => {
    const writes = Object.entries<RouteSpec>(routes).filter(
      ([, { method, scope }]) => method !== "GET" && scope !== null,
    );
    const unrecorded = writes.filter(([name, spec]) => !isAudited(name, spec)).map(([name]) => name);
    // They compute, choose what the session shows, or belong to the work of runs.
    expect(unrecorded.toSorted()).toEqual([
      "chooseProject",
      "linkSignal",
      "previewJob",
      "signalRun",
      "tryWorkflow",
      "validateWorkflow",
    ]);
  });
});
