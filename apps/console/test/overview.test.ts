import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
beforeAll(async () => void (meshhook = await openConsole()));
afterAll(() => meshhook.close());

describe("the first minute", () => {
  it("shows the first webhook from the moment it arrives, without a reload", async () => {
    const page = await meshhook.open("/");
    await page.getByRole("heading", { name: "Your first webhook" }).waitFor();
    await page.getByText("Waiting for the webhook").waitFor();
    const line = await page.getByRole("region", { name: "curl line" }).textContent();
    const [, address = "", payload = ""] = /POST (\S+) .*--data '(.*)'/.exec(line ?? "") ?? [];
    expect(address.startsWith(meshhook.url)).toBe(true);

    const answer = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: payload,
    });
    const { runId } = (await answer.json()) as { readonly runId: string };

    const steps = page.getByRole("list", { name: "Steps" });
    await steps.getByRole("listitem").filter({ hasText: "Greeted by name" }).getByText("succeeded").waitFor();
    await steps.getByRole("listitem").filter({ hasText: "Nobody named" }).getByText("skipped").waitFor();
    await page.getByRole("region", { name: "result" }).getByText("Hello, Ada!").waitFor();
    expect(await page.getByRole("link", { name: "Open the run" }).getAttribute("href")).toBe(`/runs/${runId}`);
    expect(await page.getByRole("link", { name: "Open the workflow" }).getAttribute("href")).toBe(
      "/workflows/first-webhook",
    );
    await page.context().close();
  });

  it("is replaced by the activity once something has run", async () => {
    const page = await meshhook.open("/");
    await page.getByRole("heading", { name: "Recent runs" }).waitFor();
    await page.getByText("No run failed in the last 24 hours.").waitFor();
    const workflow = page.getByRole("row", { name: /Your first webhook first-webhook/ });
    await workflow.getByText("Published", { exact: true }).waitFor();

    await workflow.getByRole("button", { name: "Send a test webhook to Your first webhook" }).click();
    await workflow.getByRole("link", { name: "run succeeded" }).waitFor();
    const runs = page.getByRole("table", { name: "Recent runs" }).getByRole("row");
    await expect.poll(() => runs.count()).toBe(3);
    await page.context().close();
  });

  it("shows which workflows failed in the last day, and links to their failed runs", async () => {
    await meshhook.client.updateWorkflow({
      workflow: "always-fails",
      body: {
        definition: {
          apiVersion: "meshhook/v1",
          kind: "Workflow",
          slug: "always-fails",
          name: "Always fails",
          nodes: {
            in: { type: "webhook@1", config: {} },
            out: { type: "terminate@1", config: { status: "failed", reason: "as it was told" } },
          },
          edges: [{ from: "in", to: "out" }],
        },
      },
    });
    await meshhook.client.publishWorkflow({ workflow: "always-fails" });
    const { token } = await meshhook.client.createEndpoint({ body: { workflow: "always-fails", name: "in" } });
    await meshhook.client.deliver(token, {});
    await meshhook.client.deliver(token, {});

    const page = await meshhook.open("/");
    await page.getByRole("link", { name: "2 runs failed" }).click();
    await page.waitForURL("**/runs?status=failed&workflow=always-fails");
    await expect.poll(() => page.getByRole("table", { name: "Runs" }).getByRole("row").count()).toBe(3);
    await page.context().close();
  });
});

it("a project without any workflow is offered the sample", async () => {
  const other = await meshhook.client.createProject({ body: { slug: "other", name: "Other" } });
  const { key } = await meshhook.client.createKey({ body: { name: "k", scope: "write", projectId: other.id } });
  const page = await meshhook.open("/sign-in", { isSignedIn: false });
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Create the sample workflow" }).click();
  await page.getByRole("button", { name: "Send it from here" }).click();
  await page.getByRole("region", { name: "result" }).getByText("Hello, Ada!").waitFor();
  await page.context().close();
});
