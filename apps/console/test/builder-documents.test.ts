import { readFile } from "node:fs/promises";

import { createClient } from "@meshhook/contract";
import { parseDefinition } from "@meshhook/core";
import type { Download, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { card, DESK } from "./builder-window.ts";
import { openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
beforeAll(async () => void (meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" })));
afterAll(() => meshhook.close());

const greeting = {
  slug: "greeting",
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  description: "Two\nlines",
  nodes: {
    hook: { type: "webhook@1", config: {} },
    greet: { type: "transform@1", config: { expression: "join(' ', ['yes:', input.name])" } },
  },
  edges: [{ from: "hook", to: "greet" }],
  layout: { hook: { x: 0, y: 0 }, greet: { x: 330, y: 0 } },
};

const N8N = JSON.stringify({
  name: "Fetch and sort",
  nodes: [
    { name: "Webhook", type: "n8n-nodes-base.webhook", typeVersion: 2, parameters: { path: "in" }, position: [0, 0] },
    {
      name: "Fetch it",
      type: "n8n-nodes-base.httpRequest",
      typeVersion: 4.2,
      parameters: { url: "=https://example.com/{{ $json.body.id }}", options: {} },
      position: [200, 0],
    },
    {
      name: "Sort them",
      type: "n8n-nodes-base.code",
      typeVersion: 2,
      parameters: { jsCode: "return items.sort()" },
      position: [400, 0],
    },
  ],
  connections: {
    Webhook: { main: [[{ node: "Fetch it", type: "main", index: 0 }]] },
    "Fetch it": { main: [[{ node: "Sort them", type: "main", index: 0 }]] },
  },
});
const UPSTREAM = JSON.stringify({
  name: "Orders",
  nodes: [
    { id: "1", type: "webhook", position: { x: 0, y: 0 }, data: { label: "Order", type: "webhook", config: {} } },
    {
      id: "2",
      type: "transform",
      position: { x: 250, y: 0 },
      data: { label: "Totals", type: "transform", config: { expression: "{ id: id }" } },
    },
  ],
  edges: [{ id: "e1", source: "1", target: "2" }],
});

async function importInto(page: Page, text: string): Promise<void> {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Import…" }).click();
  const dialog = page.getByRole("dialog", { name: "Import a document" });
  await dialog.getByRole("textbox", { name: "Document" }).fill(text);
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
}

describe("a draft as a document", () => {
  it("is exported to a file and to the clipboard, as JSON and as YAML, and imports as the same", async () => {
    await meshhook.client.createWorkflow({ body: { definition: greeting } });
    const page = await meshhook.open("/workflows/greeting", { viewport: DESK });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "More" }).click();
    for (const format of ["json", "yaml"] as const) {
      const name = format.toUpperCase();
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: `Export as ${name}` }).click(),
      ]);
      expect(file.suggestedFilename()).toBe(`greeting.${format}`);
      await page.getByRole("button", { name: `Copy as ${name}` }).click();
      await page.getByText("Copied", { exact: true }).waitFor({ state: "attached" });
      const text = await readDownload(file);
      expect(await page.evaluate<string>("navigator.clipboard.readText()")).toBe(text);
      expect(parseDefinition(text, format)).toEqual({ definition: greeting });
      await page.getByText("Copied", { exact: true }).waitFor({ state: "detached" });
    }
    await page.context().close();
  });

  it("is imported from unfinished YAML, with every issue at its node", async () => {
    const page = await meshhook.open("/workflows/greeting", { viewport: DESK });
    await importInto(
      page,
      `slug: other
nodes:
  hook: { type: webhook@1, config: {} }
  call: { type: http_call@1, config: { url: "ftp://x" } }
edges:
  - { from: hook, to: call }
  - { from: call, port: nope, to: hook }
`,
    );
    await card(page, "call").waitFor();
    await page.getByRole("tab", { name: /^Problems/ }).click();
    const problems = page.getByRole("region", { name: "Problems" }).getByRole("listitem");
    const issues = async () => (await meshhook.client.getWorkflow({ workflow: "greeting" })).issues;
    await expect.poll(async () => (await issues()).length).toBeGreaterThanOrEqual(3);
    await expect.poll(() => problems.count()).toBe((await issues()).length);
    for (const { message } of await issues()) await problems.getByText(message, { exact: true }).first().waitFor();
    await page.keyboard.press("Control+z");
    await page.getByText("No problems.").waitFor();
    await page.context().close();
  });

  it("that was corrected on disk and is chosen or dropped again is read again, and replaces what was read before", async () => {
    const page = await meshhook.open("/workflows/new", { viewport: DESK });
    await page.getByText("JSON or YAML, finished or not, or a workflow of n8n.").click();
    const broken = { name: "flow.json", mimeType: "application/json", buffer: Buffer.from('{"broken":') };
    const right = { ...broken, buffer: Buffer.from(JSON.stringify({ ...greeting, slug: "corrected" })) };
    const chooser = page.locator('input[type="file"]');
    const slug = page.getByLabel("Slug");
    for (const [file, isRead] of [
      [broken, false],
      [right, true],
      [right, true],
      [broken, false],
      [broken, false],
      [right, true],
    ] as const) {
      await chooser.setInputFiles(file);
      await page.getByText("This document cannot be read").waitFor({ state: isRead ? "detached" : "visible" });
      await slug.waitFor({ state: isRead ? "visible" : "detached" });
      expect(await chooser.inputValue()).toBe("");
    }
    // Typed text is another document, so nothing is created from the previous one.
    await page.getByRole("textbox", { name: "Document" }).press("End");
    await page.keyboard.type(" ");
    await slug.waitFor({ state: "detached" });
    for (const text of ["[1,", JSON.stringify({ ...greeting, slug: "dropped" })]) {
      await page.evaluate(`{
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([${JSON.stringify(text)}], "flow.json"));
        document
          .querySelector('[aria-label="Import a document"]')
          .dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
      }`);
      await page.getByText("This document cannot be read").waitFor({ state: text === "[1," ? "visible" : "detached" });
    }
    await expect.poll(() => slug.inputValue()).toBe("dropped");
    // The same text is read again.
    await page.getByRole("textbox", { name: "Document" }).fill(JSON.stringify({ ...greeting, slug: "dropped" }));
    await slug.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await expect.poll(() => slug.inputValue()).toBe("dropped");
    await page.context().close();
  });

  it("of n8n is imported, with a list of what was not understood and what works differently", async () => {
    const page = await meshhook.open("/workflows/new", { viewport: DESK });
    await page.getByText("JSON or YAML, finished or not, or a workflow of n8n.").click();
    await page.getByRole("textbox", { name: "Document" }).fill(N8N);
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText("Read as a workflow of n8n").waitFor();
    await page.getByText("Read: 3 nodes, 2 edges").waitFor();
    const missing = page.getByRole("list", { name: /^Not understood: \d+$/ });
    await missing
      .getByText(/^Sort them/)
      .first()
      .waitFor();
    await page.getByLabel("Slug").fill("from-n8n");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await card(page, "fetch_it").waitFor();
    await page.getByText(/^\d+ problems?$/).waitFor();

    // Into a draft that is there already, from its menu; two workflows in one file are refused with what helps.
    await importInto(page, `[${N8N},${N8N}]`);
    await page.getByText("The file has 2 workflows. Put each workflow into a file of its own.").waitFor();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Document" }).fill(UPSTREAM);
    await dialog.getByRole("button", { name: "Import", exact: true }).click();
    await dialog.getByText("Read as a document of nodes and edges").waitFor();
    await dialog.getByText("Everything was translated.").waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await card(page, "totals").waitFor();
    await page.getByText(/^\d+ problems?$/).waitFor({ state: "detached" });
    await page.context().close();
  });

  it("as a sample is also read again", async () => {
    const page = await meshhook.open("/workflows/greeting?panel=sample", { viewport: DESK });
    const sample = page.getByRole("textbox", { name: "Sample payload" });
    await sample.waitFor();
    for (const text of ['{"a":', '{"a":1}', '{"a":1}', '{"a":2}']) {
      await page
        .locator('input[type="file"]')
        .setInputFiles({ name: "sample.json", mimeType: "application/json", buffer: Buffer.from(text) });
      await expect.poll(async () => (await sample.textContent())?.replaceAll(/\s/g, "")).toBe(text);
      await page
        .getByText("Previews run without a sample")
        .waitFor({ state: text === '{"a":' ? "visible" : "detached" });
    }
    await page.context().close();
  });

  it("that cannot be read is refused, with the line", async () => {
    const page = await meshhook.open("/workflows/greeting", { viewport: DESK });
    await importInto(page, "slug: a\nnodes: [");
    await page
      .getByRole("dialog")
      .getByText(/^Not YAML: .* line 2/)
      .waitFor();
    await page.context().close();
  });
});

async function readDownload(file: Download): Promise<string> {
  return readFile(await file.path(), "utf8");
}

describe("a workflow that does not exist", () => {
  const expectedErrors = /404 \(Not Found\)/;

  it("is reported in words, even if it belongs to another project", async () => {
    const project = await meshhook.client.createProject({ body: { slug: "others", name: "Others" } });
    const { key } = await meshhook.client.createKey({
      body: { name: "theirs", scope: "write", projectId: project.id },
    });
    const others = createClient({ url: meshhook.url, key });
    const { id } = await others.createWorkflow({ body: { definition: { ...greeting, slug: "of-others" } } });
    const page = await meshhook.open("/workflows/nobody-has-this", { expectedErrors });
    for (const address of ["nobody-has-this", "of-others", id]) {
      await page.goto(`/workflows/${address}`);
      await page.getByRole("heading", { name: "Page not found" }).waitFor();
      await page.getByText(address).waitFor();
      await page.getByText("the key you signed in with belongs to another project").waitFor();
    }
    await page.context().close();
  });
});
