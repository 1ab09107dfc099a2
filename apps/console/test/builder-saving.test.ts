import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { card, DESK } from "./builder-window.ts";
import { openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
beforeAll(async () => {
  meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" });
});
afterAll(() => meshhook.close());

const definition = (slug: string) => ({
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug,
  nodes: {
    hook: { type: "webhook@1", config: {} },
    shape: { type: "transform@1", config: { expression: "input" } },
  },
  edges: [{ from: "hook", to: "shape" }],
});

function label(page: Page): Locator {
  return page.getByRole("textbox", { name: /^Label/ });
}

async function openWorkflow(slug: string, expectedErrors?: RegExp): Promise<Page> {
  const known = (await meshhook.client.listWorkflows({})).items.some((item) => item.slug === slug);
  if (!known) await meshhook.client.createWorkflow({ body: { definition: definition(slug) } });
  const page = await meshhook.open(`/workflows/${slug}?node=shape`, {
    viewport: DESK,
    ...(expectedErrors === undefined ? {} : { expectedErrors }),
  });
  await label(page).waitFor();
  await card(page, "shape").waitFor();
  return page;
}

async function stored(slug: string): Promise<{ label: string | undefined; nodes: string[] }> {
  const { definition } = await meshhook.client.getWorkflow({ workflow: slug });
  const { nodes } = definition as { nodes: { [id: string]: { label?: string } } };
  return { label: nodes["shape"]?.label, nodes: Object.keys(nodes) };
}

describe("saving", () => {
  it("is automatic, says when, and includes unfinished work", async () => {
    const page = await openWorkflow("by-itself");
    await label(page).fill("Shape it");
    await page.getByText(/^Saved \d\d:\d\d:\d\d/).waitFor();
    expect((await stored("by-itself")).label).toBe("Shape it");
    await page.getByRole("button", { name: "Delete shape" }).click();
    await page.getByRole("button", { name: "Add a node", exact: true }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^HTTP call/ })
      .click();
    await page.getByText("1 problem", { exact: true }).waitFor();
    await expect.poll(() => stored("by-itself").then(({ nodes }) => nodes)).toEqual(["hook", "http_call"]);
    await page.context().close();
  });

  it("undoes and redoes graph and fields in one order", async () => {
    const page = await openWorkflow("undone");
    await label(page).fill("One");
    await page.getByRole("button", { name: "Delete shape" }).click();
    const shape = card(page, "shape");
    await shape.waitFor({ state: "detached" });
    await page.keyboard.press("Control+z");
    await shape.getByText("One").waitFor();
    await page.keyboard.press("Control+z");
    await shape.getByText("One").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo", exact: true }).waitFor();
    await page.keyboard.press("Control+Shift+z");
    await page.keyboard.press("Control+Shift+z");
    await shape.waitFor({ state: "detached" });
    await page.getByText(/^Saved \d/).waitFor();
    expect((await stored("undone")).nodes).toEqual(["hook"]);
    await page.context().close();
  });

  it("refuses to overwrite changes from another tab, shows both, and lets a person choose", async () => {
    const expected = /status of 409/;
    const mine = await openWorkflow("two-tabs", expected);
    const theirs = await openWorkflow("two-tabs");
    await theirs.getByRole("button", { name: "Add a node", exact: true }).click();
    await theirs
      .getByRole("dialog")
      .getByRole("button", { name: /^Terminate/ })
      .click();
    await theirs.getByText(/^Saved \d/).waitFor();

    await label(mine).fill("Mine");
    const dialog = mine.getByRole("dialog", { name: "Somebody else changed this workflow" });
    await dialog.getByText("terminate (node terminate)").waitFor();
    await dialog.getByText(/ · label/).waitFor();
    await dialog.getByRole("button", { name: /^Use mine \(discards their \d changes\)$/ }).waitFor();
    await dialog.getByRole("button", { name: "Merge both" }).waitFor();
    expect((await stored("two-tabs")).nodes).toEqual(["hook", "shape", "terminate"]);

    await dialog.getByRole("button", { name: "Keep mine as a copy" }).click();
    await mine.waitForURL(/\/workflows\/two-tabs-copy/);
    expect((await stored("two-tabs-copy")).label).toBe("Mine");
    expect((await stored("two-tabs")).nodes).toContain("terminate");
    await mine.context().close();
    await theirs.context().close();
  });

  it("keeps the draft while the server is away, and saves it when the server is back", async () => {
    const expected = /Failed to load resource|ERR_CONNECTION_REFUSED|502|503|504/;
    const page = await openWorkflow("crashed", expected);
    await meshhook.crash();
    await label(page).fill("Written in the dark");
    await page.getByText("Not saved: the server is not responding. Kept in this browser.").waitFor();
    await label(page).fill("Written in the dark, still");
    await meshhook.restart();
    await page.getByText(/^Saved \d/).waitFor();
    expect((await stored("crashed")).label).toBe("Written in the dark, still");
    await page.context().close();
    // The process starts again, and the pauses between the page's requests have grown by then.
  }, 75_000);

  it("restores unsaved work after a reload", async () => {
    const page = await openWorkflow("reloaded", /Failed to load resource/);
    await page.route("**/api/v1/workflows/*", (route) =>
      route.request().method() === "PUT" ? route.abort() : route.continue(),
    );
    await label(page).fill("Not yet saved");
    await page.getByText("Kept in this browser.").waitFor();
    await page.unroute("**/api/v1/workflows/*");
    page.on("dialog", (dialog) => void dialog.accept());
    await page.reload();
    await page.getByText("Your unsaved changes were kept in this browser and have been restored.").waitFor();
    await page.getByText(/^Saved \d/).waitFor();
    expect((await stored("reloaded")).label).toBe("Not yet saved");
    await page.context().close();
  });
});
