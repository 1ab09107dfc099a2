import type { WorkflowDefinition } from "@meshhook/core";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { expectForEverybody } from "./axe.ts";
import { DESK } from "./builder-window.ts";
import { openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
beforeAll(async () => void (meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" })));
afterAll(() => meshhook.close());

function definition(slug: string, label: string): WorkflowDefinition {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: {
      hook: { type: "webhook@1", config: {} },
      shape: { type: "transform@1", label, config: { expression: "input" } },
    },
    edges: [{ from: "hook", to: "shape" }],
  };
}

async function stored(slug: string): Promise<string | undefined> {
  const { definition: saved } = await meshhook.client.getWorkflow({ workflow: slug });
  return (saved as WorkflowDefinition).nodes["shape"]?.label;
}

function label(page: Page): Locator {
  return page.getByRole("textbox", { name: /^Label/ });
}

interface Conflict {
  readonly page: Page;
  readonly dialog: Locator;
}

/** A page with a change in a workflow that another person has saved in the meantime. */
async function conflict(slug: string): Promise<Conflict> {
  await meshhook.client.createWorkflow({ body: { definition: definition(slug, "first") } });
  const page = await meshhook.open(`/workflows/${slug}?node=shape`, {
    viewport: DESK,
    expectedErrors: /status of 409/,
  });
  await label(page).waitFor();
  await meshhook.client.updateWorkflow({ workflow: slug, body: { definition: definition(slug, "theirs") } });
  await label(page).fill("mine");
  const dialog = page.getByRole("dialog", { name: "Somebody else changed this workflow" });
  await dialog.getByText("first · label").first().waitFor();
  expect(await dialog.getByRole("listitem").allInnerTexts()).toEqual([
    expect.stringMatching(/first · label:\s+first → mine/),
    expect.stringMatching(/first · label:\s+first → theirs/),
  ]);
  return { page, dialog };
}

describe("when another person has saved the workflow in the meantime", () => {
  it("a person takes theirs, and continues from there", async () => {
    const { page, dialog } = await conflict("take");
    await expectForEverybody(page, "dialog");
    await dialog.getByRole("button", { name: "Use theirs (discards your 1 change)" }).click();
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => label(page).inputValue()).toBe("theirs");
    expect(await stored("take")).toBe("theirs");
    await label(page).fill("theirs, and mine after it");
    await expect.poll(() => stored("take")).toBe("theirs, and mine after it");
    // The discarded changes are still in the history.
    await page.getByRole("button", { name: /^Undo/ }).click();
    await page.getByRole("button", { name: "Undo: take their version" }).click();
    await expect.poll(() => label(page).inputValue()).toBe("mine");
    await page.context().close();
  });

  it("a person overwrites theirs, knowing what is lost", async () => {
    const { page, dialog } = await conflict("overwrite");
    await dialog.getByRole("button", { name: "Use mine (discards their 1 change)" }).click();
    await page.getByText(/^Saved \d/).waitFor();
    expect(await stored("overwrite")).toBe("mine");
    await page.context().close();
  });

  it("a person keeps both: mine as a copy, which opens, and theirs unchanged", async () => {
    const { page, dialog } = await conflict("both");
    await dialog.getByRole("button", { name: "Keep mine as a copy" }).click();
    await page.waitForURL(/\/workflows\/both-copy/);
    await page.getByRole("heading", { name: "both (copy)" }).waitFor();
    expect([await stored("both-copy"), await stored("both")]).toEqual(["mine", "theirs"]);
    await page.goto("/workflows/both?node=shape");
    await expect.poll(() => label(page).inputValue()).toBe("theirs");
    expect(await page.getByText("Your unsaved changes were kept").count()).toBe(0);
    await page.context().close();
  });

  it("a person merges both if they changed different things, and is told what both changed", async () => {
    await meshhook.client.createWorkflow({ body: { definition: definition("merge", "first") } });
    const page = await meshhook.open("/workflows/merge?node=shape", {
      viewport: DESK,
      expectedErrors: /status of 409/,
    });
    await label(page).waitFor();
    const theirs = { ...definition("merge", "first"), name: "Named by them" };
    await meshhook.client.updateWorkflow({ workflow: "merge", body: { definition: theirs } });
    await label(page).fill("mine");
    const dialog = page.getByRole("dialog", { name: "Somebody else changed this workflow" });
    await dialog.getByRole("button", { name: "Merge both" }).click();
    await expect.poll(() => stored("merge")).toBe("mine");
    expect((await meshhook.client.getWorkflow({ workflow: "merge" })).name).toBe("Named by them");
    await meshhook.client.updateWorkflow({ workflow: "merge", body: { definition: definition("merge", "again") } });
    await label(page).fill("mine again");
    await dialog.getByText("Changed by both:").waitFor();
    expect(await dialog.getByRole("button", { name: "Merge both" }).count()).toBe(0);
    await page.context().close();
  });

  it("a person can look first and decide later; nothing is saved until then", async () => {
    const { page, dialog } = await conflict("later");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await label(page).fill("mine, still");
    await page.getByText("Not saved: somebody else changed this workflow").waitFor();
    await page.getByRole("button", { name: "Compare both versions" }).click();
    await dialog.getByRole("button", { name: "Use mine (discards their 1 change)" }).click();
    await expect.poll(() => stored("later")).toBe("mine, still");
    await page.context().close();
  });
});

describe("a draft that another window left unsaved", () => {
  /** A window that was closed before the server had its draft, and another one of the same browser. */
  async function nextWindow(slug: string): Promise<Page> {
    await meshhook.client.createWorkflow({ body: { definition: definition(slug, "first") } });
    const first = await meshhook.open(`/workflows/${slug}?node=shape`, {
      viewport: DESK,
      expectedErrors: /Failed to load resource/,
    });
    await first.route("**/api/v1/workflows/*", (route) =>
      route.request().method() === "PUT" ? route.abort() : route.continue(),
    );
    await label(first).fill("left behind");
    await first.getByText("Kept in this browser.").waitFor();
    const second = await first.context().newPage();
    await first.close();
    await second.goto(`/workflows/${slug}?node=shape`);
    await second.getByText("Another window left unsaved changes to this workflow in this browser.").waitFor();
    expect(await label(second).inputValue()).toBe("first");
    return second;
  }

  it("is offered, and restored on request", async () => {
    const page = await nextWindow("orphan");
    await page.getByRole("button", { name: "Restore them" }).click();
    await expect.poll(() => label(page).inputValue()).toBe("left behind");
    await expect.poll(() => stored("orphan")).toBe("left behind");
    await page.reload();
    await expect.poll(() => label(page).inputValue()).toBe("left behind");
    expect(await page.getByText("Another window left unsaved changes").count()).toBe(0);
    await page.context().close();
  });

  it("is gone permanently when a person discards it", async () => {
    const page = await nextWindow("thrown");
    await page.getByRole("button", { name: "Discard them" }).click();
    await page.reload();
    await label(page).waitFor();
    expect(await page.getByText("Another window left unsaved changes").count()).toBe(0);
    expect(await stored("thrown")).toBe("first");
    await page.context().close();
  });
});
