import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { expectForEverybody } from "./axe.ts";
import { card, DESK } from "./builder-window.ts";
import { openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
beforeAll(async () => {
  meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" });
  await meshhook.client.createWorkflow({ body: { definition: order } });
});
afterAll(() => meshhook.close());

const order = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "previewed",
  input: { sample: { id: "A-1", lines: [{ price: 2 }, { price: 3 }] } },
  nodes: {
    hook: { type: "webhook@1", config: {} },
    sum: { type: "transform@1", config: { expression: "sum(input.lines[].price)" } },
    call: { type: "http_call@1", config: { url: "https://crm.example.com/{{ input.id }}" } },
    done: { type: "terminate@1", config: { reason: "{{ nodes.call.output.body.id }}" } },
    other: { type: "http_call@1", config: { url: "https://crm.example.com/other" } },
  },
  edges: [
    { from: "hook", to: "sum" },
    { from: "sum", to: "call" },
    { from: "call", to: "done" },
    { from: "call", port: "error", to: "other" },
  ],
};

describe("expressions and the sample", () => {
  it("show four different outcomes: a value, null, a mistake in the text, a failure on this sample", async () => {
    const page = await meshhook.open("/workflows/previewed?node=sum", { viewport: DESK });
    await page.getByText("Result: 5").waitFor();
    const field = page.getByRole("textbox", { name: "Expression" });
    const write = async (text: string): Promise<void> => {
      await field.click();
      await page.keyboard.press("Control+a");
      await page.keyboard.press("Delete");
      await page.keyboard.insertText(text);
    };
    await write("input.nothing");
    await page.getByText("(null: the sample has nothing there)").waitFor();
    await write("input.[");
    await page
      .getByText(/"\[" is never closed/)
      .first()
      .waitFor();
    await write("abs(input.id)");
    await page.getByText(/^Fails on this sample: /).waitFor();
    await write("");
    await page.keyboard.type("input.li");
    await page.getByRole("option", { name: "input.lines[].price" }).click();
    await page.getByText("Result: array of 2").waitFor();
    await page.context().close();
  });

  it("try a draft out without sending anything, up to a call and past it with a pinned answer", async () => {
    const page = await meshhook.open("/workflows/previewed?node=call", { viewport: DESK });
    await page.getByRole("button", { name: "Try out" }).click();
    await page.getByText("It stops at a call that has no answer").waitFor();
    await page.getByText("POST https://crm.example.com/A-1").waitFor();
    await page.getByText("Answer for previews").click();
    await page.getByRole("textbox", { name: "Pinned answer of call" }).click();
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await page.keyboard.insertText(`{"status":201,"body":{"id":7}}`);
    await page.getByText("The run would end as succeeded: 7").waitFor();
    expect((await meshhook.client.listRuns({})).items).toEqual([]);
    // It stays open for another answer, and no other node has it.
    await page.getByRole("button", { name: "Unpin" }).click();
    await page.getByText("It stops at a call that has no answer").waitFor();
    const field = page.getByRole("textbox", { name: /^Pinned answer of / });
    await field.click();
    await page.keyboard.insertText("unfinished ");
    await page.locator('.svelte-flow__node[data-id="other"]').click();
    await page.getByText("Answer for previews").click();
    await page.getByRole("textbox", { name: "Pinned answer of other" }).waitFor();
    expect(await field.textContent()).not.toContain("unfinished");
    await page.context().close();
  });

  it("accept a sample of 5 MB without blocking the page, keep typing fast, and keep it in the browser", async () => {
    const page = await meshhook.open("/workflows/previewed?panel=sample", { viewport: DESK });
    await page.getByRole("textbox", { name: "Sample payload" }).waitFor();
    await page.evaluate(`{
      window.tasks = [];
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.tasks.push(duration);
      }).observe({ type: "longtask" });
    }`);
    /** What blocked the page for this many milliseconds since the last check. */
    const tasksFrom = async (leastMs: number): Promise<number[]> =>
      (await page.evaluate<number[]>("window.tasks.splice(0)")).filter((duration) => duration >= leastMs);
    const lines = Array.from({ length: 20_000 }, (_, id) => ({ id, price: 1, text: "x".repeat(230) }));
    // From a disk, as for a person, because passing the bytes would itself block the page.
    const file = join(await mkdtemp(join(tmpdir(), "meshhook-sample-")), "large.json");
    await writeFile(file, JSON.stringify({ lines }));
    await page.getByLabel("Open a file").setInputFiles(file);
    await page.getByText("Larger than 256 kB").waitFor();
    await card(page, "sum").click();
    await page.getByText("Result: 20000").waitFor();
    expect(await tasksFrom(600)).toEqual([]);
    await page.getByRole("textbox", { name: "Expression" }).click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(" + length(input.lines) - `1`");
    await page.getByText("Result: 39999").waitFor();
    expect(await tasksFrom(600)).toEqual([]);

    await page.getByText(/^Saved \d/).waitFor();
    const { definition } = await meshhook.client.getWorkflow({ workflow: "previewed" });
    expect(JSON.stringify(definition).length).toBeLessThan(10_000);
    await page.reload();
    await page.getByText("Result: 39999").waitFor();
    await rm(dirname(file), { recursive: true });
    await page.context().close();
  });
});

describe("an invalid document", () => {
  const broken = {
    nodes: {
      hook: { type: "webhook@1", config: {} },
      a: { type: "transfrom@1", config: {} },
      b: { type: "http_call@1", label: "Call them", config: { url: "ftp://x", method: "GET", body: 1 } },
      c: 5,
    },
    edges: [
      { from: "hook", to: "a" },
      { from: "a", to: "b" },
      { from: "b", port: "nope", to: "hook" },
    ],
  };

  it("is still opened, with every issue at its node and in the list", async () => {
    const page = await meshhook.open("/workflows/new", { viewport: DESK });
    await page.getByText("JSON or YAML, finished or not, or a workflow of n8n.").click();
    await page.getByRole("textbox", { name: "Document" }).fill(JSON.stringify(broken));
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText(`The node "c" is not an object. It was left out.`).waitFor();
    await page.getByLabel("Slug").fill("broken");
    await page.getByRole("button", { name: "Create" }).click();

    await page.getByRole("tab", { name: /^Problems/ }).click();
    const problems = page.getByRole("region", { name: "Problems" }).getByRole("listitem");
    const { issues } = await meshhook.client.getWorkflow({ workflow: "broken" });
    expect(issues.length).toBeGreaterThanOrEqual(5);
    await expect.poll(() => problems.count()).toBe(issues.length);
    for (const { message } of issues) await problems.getByText(message, { exact: true }).first().waitFor();
    const badge = card(page, "b").getByText("problems");
    await badge.waitFor({ state: "attached" });

    await problems.filter({ hasText: "ftp://x" }).getByRole("button").click();
    await page.getByRole("textbox", { name: "URL" }).waitFor();
    await page.getByText(/^The URL "ftp:\/\/x" cannot be called/).waitFor();
    expect(new URL(page.url()).searchParams.get("node")).toBe("b");
    await page.context().close();
  });

  it("and its forms and dialogs are accessible, in both themes, on desktop and phone", async () => {
    const page = await meshhook.open("/workflows/broken?node=b", { viewport: DESK });
    const check = async (within?: string): Promise<void> => {
      // Parts that load when they are opened say so until then.
      await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0);
      await expectForEverybody(page, within);
    };
    await page.getByRole("textbox", { name: /^Label/ }).waitFor();
    await check();
    for (const tab of ["Problems", "Sample", "Endpoint"]) {
      await page.getByRole("tab", { name: new RegExp(`^${tab}`) }).click();
      await page.getByRole("tabpanel", { name: tab }).waitFor();
      if (tab === "Sample") await page.getByText("Headers and query", { exact: true }).click();
      await check("[role=tabpanel], [role=tablist]");
    }
    await page.getByRole("button", { name: "Add a node", exact: true }).click();
    await page.getByRole("dialog").waitFor();
    await check("dialog");

    await page.setViewportSize({ width: 360, height: 900 });
    await page.goto("/workflows/broken?node=b");
    await page.getByRole("textbox", { name: /^Label/ }).waitFor();
    await check();
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(360);
    await page.context().close();
    // Ten looks at pages with many controls.
  }, 60_000);
});
