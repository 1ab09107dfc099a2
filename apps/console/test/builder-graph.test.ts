import type { WorkflowDefinition } from "@meshhook/core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { card, DESK, storedDraft } from "./builder-window.ts";
import { openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
beforeAll(async () => void (meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" })));
afterAll(() => meshhook.close());

function definition(slug: string): WorkflowDefinition {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: {
      hook: { type: "webhook@1", config: {} },
      shape: { type: "transform@1", config: { expression: "input.id" } },
      done: { type: "terminate@1", config: { output: { id: { $jmes: "nodes.shape.output" } } } },
    },
    edges: [
      { from: "hook", to: "shape" },
      { from: "shape", to: "done" },
    ],
    layout: { hook: { x: 0, y: 0 }, shape: { x: 330, y: 0 }, done: { x: 660, y: 0 } },
  };
}

async function openWorkflow(slug: string): Promise<Page> {
  await meshhook.client.createWorkflow({ body: { definition: definition(slug) } });
  const page = await meshhook.open(`/workflows/${slug}`, { viewport: DESK });
  await card(page, "done").waitFor();
  return page;
}

const stored = (slug: string): Promise<WorkflowDefinition> => storedDraft(meshhook.client, slug);

/** The edges that the server finally has, as `from>to`. */
async function hasEdges(slug: string, edges: readonly string[]): Promise<void> {
  const found = async (): Promise<string[]> =>
    (await stored(slug)).edges.map(({ from, to, port }) => `${from}${port === undefined ? "" : `.${port}`}>${to}`);
  await expect.poll(async () => (await found()).toSorted()).toEqual(edges.toSorted());
}

describe("a node is inserted into an edge", () => {
  it("by its plus button", async () => {
    const page = await openWorkflow("plus");
    await page.getByRole("button", { name: "Insert a node between hook and shape" }).click();
    const dialog = page.getByRole("dialog", { name: "Add a node" });
    await dialog.getByRole("button", { name: /^Delay/ }).click();
    await hasEdges("plus", ["hook>delay", "delay>shape", "shape>done"]);
    await page.getByRole("button", { name: "Undo: add delay" }).click();
    await hasEdges("plus", ["hook>shape", "shape>done"]);
    await page.context().close();
  });

  it("by dropping one from the palette on it, whatever the edge's port", async () => {
    const page = await openWorkflow("drop");
    const palette = page.getByRole("complementary", { name: "Palette" });
    const graph = page.getByRole("application", { name: /^Workflow graph/ });
    const corner = (await graph.boundingBox())!;
    // On the line itself, beside the button in its middle.
    const place = await page.evaluate<{ readonly x: number; readonly y: number }>(`(() => {
      const path = document.querySelector('.svelte-flow__edge[data-id="shape.out>done"] .svelte-flow__edge-path');
      const { x, y } = path.getPointAtLength(path.getTotalLength() / 4);
      const onScreen = new DOMPoint(x, y).matrixTransform(path.getScreenCTM());
      return { x: onScreen.x, y: onScreen.y };
    })()`);
    const targetPosition = { x: place.x - corner.x, y: place.y - corner.y };
    await palette.getByRole("button", { name: /^Branch/ }).dragTo(graph, { targetPosition });
    await hasEdges("drop", ["hook>shape", "shape>branch", "branch.true>done"]);
    expect(new URL(page.url()).searchParams.get("node")).toBe("branch");
    await page.context().close();
  });
});

describe("the clipboard", () => {
  it("copies nodes as text with the edges between them, and another workflow pastes them with new ids", async () => {
    const page = await openWorkflow("copied");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await card(page, "shape").click();
    await page.keyboard.press("Control+a");
    await page.getByText("3 nodes selected").waitFor();
    await page.keyboard.press("Control+c");
    await page.getByText("Copied 3 nodes").waitFor({ state: "attached" });
    const copied = JSON.parse(await page.evaluate<string>("navigator.clipboard.readText()")) as WorkflowDefinition;
    expect(Object.keys(copied.nodes)).toEqual(["hook", "shape", "done"]);
    expect(copied.edges).toEqual(definition("copied").edges);

    await meshhook.client.createWorkflow({ body: { definition: definition("pasted") } });
    await page.goto("/workflows/pasted");
    await card(page, "shape").click();
    await page.keyboard.press("Control+v");
    await card(page, "shape_2").waitFor();
    await hasEdges("pasted", ["hook>shape", "shape>done", "shape_2>done_2"]);
    expect((await stored("pasted")).nodes["done_2"]?.config).toEqual({
      output: { id: { $jmes: "nodes.shape_2.output" } },
    });
    await page.context().close();
  });

  it("does not affect copy and paste in fields", async () => {
    const page = await openWorkflow("fields");
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await card(page, "shape").click();
    const label = page.getByRole("textbox", { name: /^Label/ });
    await label.fill("Only this text");
    await label.press("Control+a");
    await page.keyboard.press("Control+c");
    await page.keyboard.press("End");
    await page.keyboard.press("Control+v");
    expect(await label.inputValue()).toBe("Only this textOnly this text");
    expect(await page.locator(".svelte-flow__node").count()).toBe(3);
    await page.context().close();
  });

  it("duplicates the selection", async () => {
    const page = await openWorkflow("doubled");
    await card(page, "shape").click();
    await page.keyboard.press("Control+d");
    await card(page, "shape_2").waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get("node")).toBe("shape_2");
    await hasEdges("doubled", ["hook>shape", "shape>done"]);
    const { layout } = await stored("doubled");
    expect(layout?.["shape_2"]).not.toEqual(layout?.["shape"]);
    await page.context().close();
  });
});
