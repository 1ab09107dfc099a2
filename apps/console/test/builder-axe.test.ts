import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { expectForEverybody } from "./axe.ts";
import { DESK } from "./builder-window.ts";
import { openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
beforeAll(async () => void (meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" })));
afterAll(() => meshhook.close());

const SECRET = "a secret for signing";

function definition(slug: string, expression: string) {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: {
      hook: { type: "webhook@1", config: {} },
      shape: { type: "transform@1", config: { expression } },
    },
    edges: [{ from: "hook", to: "shape" }],
  };
}

describe.each(["light", "dark"] as const)("in the %s theme axe finds nothing", (colorScheme) => {
  const slug = `themed-${colorScheme}`;

  it("in the dialogs of a conflict and of publishing", async () => {
    await meshhook.client.createWorkflow({ body: { definition: definition(slug, "input") } });
    await meshhook.client.publishWorkflow({ workflow: slug });
    const page = await meshhook.open(`/workflows/${slug}?node=shape`, {
      viewport: DESK,
      colorScheme,
      expectedErrors: /status of 409/,
    });
    await page.getByRole("textbox", { name: /^Label/ }).waitFor();
    await meshhook.client.updateWorkflow({
      workflow: slug,
      body: { definition: definition(slug, "input.theirs") },
    });
    await page.getByRole("textbox", { name: /^Label/ }).fill("mine");
    const conflict = page.getByRole("dialog", { name: "Somebody else changed this workflow" });
    await conflict.getByRole("heading", { name: "Your changes" }).waitFor();
    await conflict.getByRole("heading", { name: /^Their changes/ }).waitFor();
    await expect.poll(() => conflict.getByRole("listitem").count()).toBe(2);
    await expectForEverybody(page);
    await conflict.getByRole("button", { name: /^Use theirs/ }).click();
    await page.getByText("Unpublished changes (version 1 runs)").waitFor();
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page
      .getByRole("dialog", { name: "Publish" })
      .getByText(/shape · expression/)
      .waitFor();
    await expectForEverybody(page);
    await page.context().close();
  });

  it("in the endpoint panel with all its contents", async () => {
    const { token } = await meshhook.client.createEndpoint({
      body: { workflow: slug, name: slug, signature: "github-sha256", secret: SECRET },
    });
    const refused = await fetch(`${meshhook.url}/hooks/${token}`, { method: "POST", body: "{}" });
    expect(refused.status).toBe(401);
    const page = await meshhook.open(`/workflows/${slug}?panel=endpoint`, {
      viewport: DESK,
      colorScheme,
      expectedErrors: /422 \(Unprocessable Entity\)/,
    });
    await page.getByLabel("Secret, to sign with").fill(SECRET);
    await page.getByRole("region", { name: "signed curl line", exact: true }).waitFor();
    await page.getByRole("button", { name: "Send the sample now" }).click();
    await page.getByRole("link", { name: /^run / }).waitFor();
    await page.getByRole("list", { name: "Refused deliveries" }).waitFor();
    await page.getByLabel("Header that identifies a delivery").fill("X Order");
    await page.getByLabel("Header that identifies a delivery").blur();
    await page.getByRole("alert").waitFor();
    await expectForEverybody(page);
    await page.context().close();
  });
});
