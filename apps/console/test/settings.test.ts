import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import { createClient } from "@meshhook/contract";
import { tableTexts } from "@meshhook/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { KEY, openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
beforeAll(async () => {
  meshhook = await openConsole({ MESHHOOK_EGRESS_ALLOW: "127.0.0.0/8", MESHHOOK_LOG_LEVEL: "debug" });
});
afterAll(() => meshhook.close());

describe("API keys", () => {
  it("are shown once, work, and stop working when they are revoked", async () => {
    const page = await meshhook.open("/settings");
    await page.getByLabel("Name of the new key").fill("the shop");
    await page.getByLabel("Scope").selectOption("read");
    await page.getByRole("button", { name: "Create key" }).click();
    const shown = page.getByRole("region", { name: "API key", exact: true });
    const key = (await shown.textContent()) ?? "";
    const shop = createClient({ url: meshhook.url, key });
    expect((await shop.getSession()).key?.scope).toBe("read");

    await page.reload();
    await page.getByRole("list", { name: "API keys" }).getByText("the shop").waitFor();
    expect(await page.content()).not.toContain(key);

    await page.getByRole("button", { name: "Revoke the shop" }).click();
    await page.getByRole("dialog", { name: "Revoke the shop?" }).getByRole("button", { name: "Cancel" }).click();
    expect((await shop.getSession()).key?.name).toBe("the shop");
    await page.getByRole("button", { name: "Revoke the shop" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("listitem").filter({ hasText: "the shop" }).getByText("revoked").waitFor();
    const refusal = async (): Promise<string> =>
      shop.getSession().then(
        () => "works",
        (problem: { readonly code: string }) => problem.code,
      );
    await expect.poll(refusal).toBe("unauthenticated");
    await page.context().close();
  });

  it("cannot be revoked in a session that was signed in with them", async () => {
    const page = await meshhook.open("/settings");
    await page.getByRole("listitem").filter({ hasText: "You are signed in with this key" }).waitFor();
    expect(await page.getByRole("button", { name: "Revoke admin" }).count()).toBe(0);
    await page.context().close();
  });

  it("are not offered to a read-only key, with the reason", async () => {
    const { key } = await meshhook.client.createKey({ body: { name: "looks", scope: "read" } });
    const page = await meshhook.open("/sign-in?next=/settings", { isSignedIn: false });
    await page.getByLabel("API key").fill(key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Sign in with a key that can write to see and create keys").waitFor();
    await page.context().close();
  });
});

describe("secrets", () => {
  it("are stored, replaced and deleted, and a workflow that uses one is named before", async () => {
    const page = await meshhook.open("/settings", { expectedErrors: /409 \(Conflict\)/ });
    const store = async (button: string, value: string): Promise<void> => {
      await page.getByLabel("Name of the secret").fill("PAGE_TOKEN");
      await page.getByLabel("Value").fill(value);
      await page.getByRole("button", { name: button }).click();
    };
    const entry = page.getByRole("list", { name: "Secrets" }).getByRole("listitem").filter({ hasText: "PAGE_TOKEN" });
    await store("Store secret", "the first value");
    await entry.getByText("version 1").waitFor();
    await store("Store new version", "the second value");
    await entry.getByText("version 2").waitFor();
    expect(await page.content()).not.toMatch(/the (first|second) value/);

    const call = { method: "POST", url: "http://127.0.0.1:9/", headers: { "x-key": "{{ secrets.PAGE_TOKEN }}" } };
    await publish("uses-page-token", { send: { type: "http_call@1", config: call } });
    await page.getByRole("button", { name: "Delete the secret PAGE_TOKEN" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete the secret PAGE_TOKEN?" });
    await dialog.getByRole("button", { name: "Delete" }).click();
    await dialog.getByText('The secret "PAGE_TOKEN" is used by uses-page-token').waitFor();
    await dialog.getByRole("button", { name: "Delete anyway" }).click();
    await entry.waitFor({ state: "detached" });

    await page.getByRole("link", { name: "Who changed what" }).click();
    await page.getByRole("heading", { name: "Audit log" }).waitFor();
    await page.getByLabel("Action").fill("deleteSecret");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.waitForURL("**/settings/audit?action=deleteSecret");
    await expect.poll(() => page.getByRole("listitem").filter({ hasText: "PAGE_TOKEN" }).count()).toBe(1);
    await page.context().close();
  });

  it("are found nowhere after runs have used them, whatever the target answers", async () => {
    const canaries = {
      VAULT: 'canary-vault "7f3a" ü/?&<1>',
      SIGNING: "canary-signing-9b2c4d",
      VERIFY: "canary-verify-51aa07",
      HEADER: "canary-header-e1d0f2",
    };
    const { client } = meshhook;
    await client.putSecret({ name: "CANARY", body: { value: canaries.VAULT } });
    const { key } = await client.createKey({ body: { name: "canary", scope: "read" } });
    const echoes: string[] = [];
    const target = createServer((request, response) => {
      void text(request).then((body) => {
        const { url = "", headers } = request;
        const echo = JSON.stringify({ url, header: headers["x-key"], body, plain: canaries.VAULT });
        echoes.push(echo);
        const status = url.startsWith("/fails") ? 422 : 200;
        const type = status === 200 ? "application/json" : "text/plain";
        response.writeHead(status, { "content-type": type, "x-echo": encodeURIComponent(canaries.VAULT) }).end(echo);
      });
    });
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
    // Headers cannot hold all of these characters, so the header has a secret of its own.
    await client.putSecret({ name: "CANARY_HEADER", body: { value: canaries.HEADER } });
    const call = (path: string): object => ({
      type: "http_call@1",
      config: {
        method: "POST",
        url: `${origin}${path}?key={{ secrets.CANARY }}`,
        headers: { "x-key": "Bearer {{ secrets.CANARY_HEADER }}" },
        body: { key: "{{ secrets.CANARY }}" },
        retry: { attemptsMax: 1 },
      },
    });
    const endpoint = await publish(
      "canary",
      { works: call("/works"), fails: call("/fails") },
      { signature: "github-sha256", secret: canaries.SIGNING, verifyToken: canaries.VERIFY },
    );
    const address = `${meshhook.url}/hooks/${endpoint.token}`;
    expect((await fetch(address, { method: "POST", body: "{}" })).status).toBe(401);
    const signature = `sha256=${createHmac("sha256", canaries.SIGNING).update("{}").digest("hex")}`;
    const { runId } = await client.deliver(endpoint.token, "{}", { headers: { "x-hub-signature-256": signature } });
    await expect.poll(async () => (await client.getRun({ runId })).status, { timeout: 10_000 }).toBe("failed");
    target.close();
    expect(echoes).toHaveLength(2);
    expect(echoes.join()).toContain(canaries.HEADER);

    const places: [place: string, text: string][] = [["log", meshhook.output()]];
    const page = await meshhook.open(`/runs/${runId}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0);
    places.push(["run page", await page.content()]);
    for (const path of ["/settings", "/settings/audit", "/workflows/canary", "/deliveries"]) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      places.push([path, await page.content()]);
    }
    places.push(["browser", await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))]);
    const headers = { authorization: `Bearer ${KEY}` };
    const read = async (path: string, accept = "application/json"): Promise<void> => {
      const response = await fetch(`${meshhook.url}${path}`, { headers: { ...headers, accept } });
      places.push([`${accept} ${path}`, await response.text()]);
    };
    await read("/metrics");
    await read(`/api/v1/runs/${runId}/events`, "text/event-stream");
    for (const path of [
      `runs/${runId}`,
      `runs/${runId}/facts`,
      `runs/${runId}/events`,
      `failures/${runId}`,
      "failures",
    ])
      await read(`/api/v1/${path}`);
    for (const path of [
      "endpoints",
      "deliveries",
      "keys",
      "secrets",
      "secrets/CANARY/versions",
      "secret-keys",
      "audit",
    ])
      await read(`/api/v1/${path}`);
    await read(`/api/v1/endpoints/${endpoint.id}/rejections`);
    for (const [name, stored] of await tableTexts(meshhook.databaseUrl)) places.push([`table ${name}`, stored]);
    const search = (value: string): string[] =>
      places.filter(([, found]) => formsOf(value).some((form) => found.includes(form))).map(([place]) => place);
    for (const value of [...Object.values(canaries), key]) expect([value, search(value)]).toEqual([value, []]);
    // The search finds what is there.
    expect(search("{{ secrets.CANARY }}")).toContain(`table journal_${dayOf(runId)}`);
    expect(places.map(([place]) => place)).toEqual(expect.arrayContaining(["table secrets", "table audit"]));
    await page.context().close();
  });

  /** As it is, and as JSON, URLs and Base64 write it, with the JSON of JSON. */
  function formsOf(value: string): string[] {
    const json = JSON.stringify(value).slice(1, -1);
    const base64 = [0, 1, 2].map((before) =>
      Buffer.concat([Buffer.alloc(before), Buffer.from(value)])
        .toString("base64")
        .slice(4, Math.floor(((before + Buffer.byteLength(value)) * 4) / 3) - 1),
    );
    return [value, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(value), ...base64];
  }

  /** As the journal's partitions are named. */
  function dayOf(runId: string): string {
    const ms = Number.parseInt(runId.replaceAll("-", "").slice(0, 12), 16);
    return new Date(ms).toISOString().slice(0, 10).replaceAll("-", "");
  }
});

/** webhook → the nodes, one after the other. */
async function publish(slug: string, nodes: { readonly [id: string]: object }, endpoint: object = {}) {
  const { client } = meshhook;
  const ids = ["hook", ...Object.keys(nodes)];
  const definition = {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: { hook: { type: "webhook@1", config: {} }, ...nodes },
    edges: ids.slice(1).map((to, at) => ({ from: ids[at], to })),
  };
  await client.createWorkflow({ body: { definition } });
  await client.publishWorkflow({ workflow: slug });
  return client.createEndpoint({ body: { workflow: slug, name: slug, ...endpoint } });
}

describe("the session", () => {
  // These tests provoke 401, which the browser reports as an error.
  const expectedErrors = /401 \(Unauthorized\)/;

  it("that ended in another tab leads to the sign-in page with the next call, and back", async () => {
    const page = await meshhook.open("/runs", { expectedErrors });
    const other = await page.context().newPage();
    await other.goto("/");
    await other.getByRole("button", { name: /^Account/ }).click();
    await other.getByRole("button", { name: "Sign out" }).click();
    await other.waitForURL("**/sign-in");

    await page.getByRole("link", { name: "Workflows" }).click();
    await page.waitForURL("**/sign-in?next=%2Fworkflows");
    await page.getByLabel("API key").fill(KEY);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/workflows");
    await page.getByRole("heading", { name: "Workflows" }).waitFor();
    await page.context().close();
  });

  it("that ended is noticed even on a page that only refreshes automatically", async () => {
    const page = await meshhook.open("/runs?status=failed", { expectedErrors });
    await page.getByRole("heading", { name: "Runs", exact: true }).waitFor();
    await page.evaluate(() => fetch("/api/v1/session", { method: "DELETE" }));
    await page.waitForURL("**/sign-in?next=%2Fruns%3Fstatus%3Dfailed");
    await page.context().close();
  });

  it.each(["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)", "http:evil"])(
    "leads nowhere but into this console after signing in, also when asked to go to %s",
    async (next) => {
      const page = await meshhook.open(`/sign-in?next=${encodeURIComponent(next)}`, { isSignedIn: false });
      await page.getByLabel("API key").fill(KEY);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL((address) => address.pathname !== "/sign-in");
      expect(new URL(page.url()).origin).toBe(meshhook.url);
      await page.context().close();
    },
  );

  it.each(["/", "/workflows", "/runs/anything", "/benchmarks/anything"])(
    "that is missing is noticed by one request, whatever %s would ask for",
    async (path) => {
      const page = await meshhook.open("about:blank", { isSignedIn: false, expectedErrors });
      const refused: string[] = [];
      page.on("response", (response) => {
        if (response.status() === 401) refused.push(new URL(response.url()).pathname);
      });
      await page.goto(path);
      await page.waitForURL(`**/sign-in?next=${encodeURIComponent(path)}`);
      await page.getByLabel("API key").waitFor();
      expect(refused).toEqual(["/api/v1/session"]);
      await page.context().close();
    },
  );

  it("is refused for a wrong key, with the remedy", async () => {
    const page = await meshhook.open("/sign-in", { isSignedIn: false, expectedErrors });
    await page.getByLabel("API key").fill("mh_not_a_key_of_this_installation");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("This key is unknown or was revoked.").waitFor();
    await page.context().close();
  });
});

describe("a page that does not exist", () => {
  const expectedErrors = /404 \(Not Found\)/;

  it("says so in words at an unknown address", async () => {
    const page = await meshhook.open("/no/such/page", { expectedErrors });
    await page.getByRole("heading", { name: "Page not found" }).waitFor();
    await page.context().close();
  });

  it("says so in words for a run of another project", async () => {
    const other = await meshhook.client.createProject({ body: { slug: "theirs", name: "Theirs" } });
    const { key } = await meshhook.client.createKey({ body: { name: "k", scope: "write", projectId: other.id } });
    const theirs = createClient({ url: meshhook.url, key });
    await theirs.updateWorkflow({
      workflow: "w",
      body: {
        definition: {
          apiVersion: "meshhook/v1",
          kind: "Workflow",
          slug: "w",
          name: "W",
          nodes: { in: { type: "webhook@1", config: {} }, out: { type: "terminate@1", config: {} } },
          edges: [{ from: "in", to: "out" }],
        },
      },
    });
    await theirs.publishWorkflow({ workflow: "w" });
    const { token } = await theirs.createEndpoint({ body: { workflow: "w", name: "in" } });
    const { runId } = await theirs.deliver(token, {});
    const page = await meshhook.open(`/runs/${runId}`, { expectedErrors });
    await page.getByRole("heading", { name: "Page not found" }).waitFor();
    await page.getByText(runId).waitFor();
    await page.context().close();
  });
});
