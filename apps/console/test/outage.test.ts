import type { WorkflowDefinition } from "@meshhook/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
beforeAll(async () => void (meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" })));
afterAll(() => meshhook.close());

const EXPECTED = /Failed to load resource|ERR_FAILED|dynamically imported module|^$/;
const DESK = { width: 1400, height: 900 };

const DEFINITION: WorkflowDefinition = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "outage",
  nodes: { hook: { type: "webhook@1", config: {} } },
  edges: [],
};

describe("while the server is away", () => {
  test("a page whose script cannot be loaded says so, keeps its address, and opens when the server is back", async () => {
    const page = await meshhook.open("/workflows", { expectedErrors: EXPECTED });
    await page.getByRole("heading", { name: "Workflows" }).waitFor();
    await meshhook.crash();
    await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Runs" }).click();
    await page.getByRole("heading", { name: "The server is not responding" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/runs");
    expect(await page.getByText("500").count()).toBe(0);
    await meshhook.restart();
    await page.getByRole("heading", { name: "Runs", exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/runs");
    await page.context().close();
  });

  test("a saved builder says that nothing more can be saved, even if it is not touched, and continues afterwards", async () => {
    await meshhook.client.createWorkflow({ body: { definition: DEFINITION } });
    const page = await meshhook.open("/workflows/outage", { viewport: DESK, expectedErrors: EXPECTED });
    await page.locator('[data-save="saved"]').waitFor();
    await meshhook.crash();
    await page.getByText("Saved; the server is not responding now").waitFor();
    await page.getByLabel("Description").fill("written meanwhile");
    await page.getByText("Not saved: the server is not responding. Kept in this browser.").waitFor();
    await meshhook.restart();
    await page.locator('[data-save="saved"]').waitFor();
    expect((await meshhook.client.getWorkflow({ workflow: "outage" })).definition).toMatchObject({
      description: "written meanwhile",
    });
    await page.context().close();
  }, 90_000);

  test("parts of a page that load later say that they are missing, and load on a retry", async () => {
    const page = await meshhook.open("/workflows", { expectedErrors: EXPECTED });
    await page.getByRole("heading", { name: "Workflows" }).waitFor();
    const scripts = "**/_app/immutable/**";
    await page.route(scripts, (route) => route.abort());
    await page.keyboard.press("Control+k");
    await page.getByText("The list of commands could not be loaded").waitFor();
    await page.unroute(scripts);
    // The browser remembers the failure, so that trying again reloads the page; keys are for the new one.
    await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Try again" }).click()]);
    await page.getByRole("heading", { name: "Workflows" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "What do you want to do?" }).waitFor();
    await page.context().close();
  });

  test("a console whose first script cannot be loaded is not a blank page, and starts when the server is back", async () => {
    const page = await meshhook.open("about:blank", { expectedErrors: EXPECTED });
    await page.route("**/_app/immutable/entry/**", (route) => route.abort());
    await page.goto("/runs");
    await page.getByText("The server is not responding. This page opens by itself").waitFor();
    await page.unroute("**/_app/immutable/entry/**");
    await page.getByRole("heading", { name: "Runs", exact: true }).waitFor();
    await page.context().close();
  });
});

describe("while the server is slow", () => {
  test("a page says that it is loading, when it is first opened and after a click, whose target is shown at once", async () => {
    const page = await meshhook.open("about:blank");
    let open = (): void => undefined;
    const hold = (): Promise<void> => new Promise((resolve) => (open = resolve));
    let held = hold();
    await page.route("**/api/v1/**", async (route) => {
      await held;
      await route.continue();
    });
    await page.goto("/workflows");
    await page.getByText("Loading MeshHook…").waitFor();
    open();
    await page.getByRole("heading", { name: "Workflows" }).waitFor();
    expect(await page.getByText("Loading MeshHook…").count()).toBe(0);

    held = hold();
    const runs = page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Runs" });
    await runs.click();
    await page.getByRole("progressbar", { name: "Loading the page" }).waitFor();
    expect(await runs.getAttribute("aria-current")).toBe("page");
    open();
    await page.getByRole("heading", { name: "Runs", exact: true }).waitFor();
    expect(await page.getByRole("progressbar").count()).toBe(0);
    await page.context().close();
  });
});
