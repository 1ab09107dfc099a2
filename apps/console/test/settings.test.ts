import { createClient } from "@meshhook/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { KEY, openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
beforeAll(async () => void (meshhook = await openConsole()));
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
    expect((await shop.getSession()).key.scope).toBe("read");

    await page.reload();
    await page.getByRole("list", { name: "API keys" }).getByText("the shop").waitFor();
    expect(await page.content()).not.toContain(key);

    await page.getByRole("button", { name: "Revoke the shop" }).click();
    await page.getByRole("dialog", { name: "Revoke the shop?" }).getByRole("button", { name: "Cancel" }).click();
    expect((await shop.getSession()).key.name).toBe("the shop");
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
    await page.getByText("Your key can only read").waitFor();
    await page.context().close();
  });
});

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
