import type { WorkflowDefinition } from "@meshhook/core";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { card, DESK, storedDraft } from "./builder-window.ts";
import { openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
beforeAll(async () => void (meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" })));
afterAll(() => meshhook.close());

/** Words that hold every sequence of keys that leads somewhere (`g w`, `g r`, `g o`, …), and the keys of the builder. */
const WORDS = "tags group category goes grow gnu gb /1+-? n";
const ADDRESS = "https://api.example.com/tags";

function definition(slug: string): WorkflowDefinition {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: {
      hook: { type: "webhook@1", config: {} },
      shape: { type: "transform@1", config: { expression: "input" } },
      gate: { type: "branch@1", config: { cases: [{ name: "big", when: "input" }] } },
      call: { type: "http_call@1", config: { url: "x", body: 1, query: { page: "1" } } },
      end: { type: "terminate@1", config: { output: 1 } },
    },
    edges: [
      { from: "hook", to: "shape" },
      { from: "shape", to: "call" },
      { from: "call", to: "gate" },
      { from: "gate", port: "big", to: "end" },
    ],
  };
}

const stored = (slug: string): Promise<WorkflowDefinition> => storedDraft(meshhook.client, slug);

async function make(slug: string): Promise<string> {
  await meshhook.client.createWorkflow({ body: { definition: definition(slug), allowInvalid: true } });
  return slug;
}

async function builder(slug: string, query: string): Promise<Page> {
  return meshhook.open(`/workflows/${await make(slug)}?${query}`, { viewport: DESK });
}

/** Types as a person does, in place of what is there, and looks whether the page stayed and nothing else opened. */
async function typeInto(page: Page, field: Locator, text: string): Promise<void> {
  await field.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  const { pathname } = new URL(page.url());
  const dialogs = await page.getByRole("dialog").count();
  await page.keyboard.type(text);
  expect(new URL(page.url()).pathname).toBe(pathname);
  expect(await page.getByRole("dialog").count()).toBe(dialogs);
  // A letter that navigates does so in the next task, so the field must still be there then, with the typed text.
  await field.waitFor();
}

describe("typing", () => {
  it("an address into a call's URL is saved letter by letter, including slashes", async () => {
    const page = await builder("url", "node=call");
    await typeInto(page, page.getByRole("textbox", { name: "URL" }), ADDRESS);
    await expect.poll(async () => (await stored("url")).nodes["call"]?.config["url"]).toBe(ADDRESS);
    expect(await page.getByRole("textbox", { name: "URL" }).textContent()).toBe(ADDRESS);
    await page.context().close();
  });

  it("any word into an expression, a label, a name or a description does not navigate, and is saved", async () => {
    const page = await builder("words", "node=shape");
    await typeInto(page, page.getByRole("textbox", { name: "Expression" }), WORDS);
    await typeInto(page, page.getByRole("textbox", { name: /^Label/ }), WORDS);
    await expect
      .poll(async () => (await stored("words")).nodes["shape"])
      .toEqual({ type: "transform@1", label: WORDS, config: { expression: WORDS } });
    await page.keyboard.press("Escape");
    await page.goto("/workflows/words");
    await typeInto(page, page.getByRole("textbox", { name: "Name" }), WORDS);
    await typeInto(page, page.getByRole("textbox", { name: "Description" }), WORDS);
    await expect.poll(async () => (await stored("words")).description).toBe(WORDS);
    expect((await stored("words")).name).toBe(WORDS);
    await page.context().close();
  });

  it("JSON into a call's body and into the sample stays what was typed", async () => {
    const text = `"${WORDS} ${ADDRESS}"`;
    const page = await builder("json", "node=call");
    await typeInto(page, page.getByRole("textbox", { name: "Body" }), text);
    await expect.poll(async () => (await stored("json")).nodes["call"]?.config["body"]).toBe(JSON.parse(text));
    await page.getByRole("tab", { name: "Sample" }).click();
    await typeInto(page, page.getByRole("textbox", { name: "Sample payload" }), text);
    await expect.poll(async () => (await stored("json")).input?.sample).toBe(JSON.parse(text));
    await page.context().close();
  });

  it("into dialogs, the command list and the filters of lists does not navigate", async () => {
    const page = await builder("elsewhere", "");
    await card(page, "hook").waitFor();
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "Import…" }).click();
    const document = page.getByRole("dialog").getByRole("textbox", { name: "Document" });
    await typeInto(page, document, `${WORDS} ${ADDRESS}`);
    expect(await document.inputValue()).toBe(`${WORDS} ${ADDRESS}`);
    await page.keyboard.press("Escape");

    for (const address of ["/workflows", "/runs"]) {
      await page.goto(address);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.keyboard.press("Control+k");
      const palette = page.getByRole("combobox", { name: "What do you want to do?" });
      await palette.waitFor();
      await typeInto(page, palette, WORDS);
      expect(await palette.inputValue()).toBe(WORDS);
      await page.keyboard.press("Escape");
      await palette.waitFor({ state: "detached" });
    }
    await page.goto("/workflows");
    const filter = page.getByRole("searchbox");
    await typeInto(page, filter, WORDS);
    expect(await filter.inputValue()).toBe(WORDS);
    await page.context().close();
  });

  it("into a list of choices selects there, and shortcuts still work outside fields", async () => {
    const page = await builder("select", "node=call");
    const method = page.getByLabel("Method");
    await method.focus();
    await page.keyboard.type("gr");
    await page.getByRole("textbox", { name: "URL" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/workflows/select");
    await card(page, "hook").focus();
    // Only what there is to do here is listed.
    await page.keyboard.press("Shift+Slash");
    const shortcuts = page.getByRole("dialog", { name: "Shortcuts" });
    await shortcuts.getByText("New workflow").waitFor();
    expect(await shortcuts.getByText("Filter this list").count()).toBe(0);
    await page.keyboard.press("Escape");
    await card(page, "hook").focus();
    await page.keyboard.type("gr");
    await page.waitForURL("**/runs");
    await page.getByRole("heading", { name: "Runs" }).waitFor();
    await page.keyboard.press("Shift+Slash");
    await shortcuts.getByText("Filter this list").waitFor();
    await page.context().close();
  });
});
