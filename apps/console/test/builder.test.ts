import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { card, DESK } from "./builder-window.ts";
import { openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
beforeAll(async () => void (meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" })));
afterAll(() => meshhook.close());

/** A drawn edge; a horizontal one has no height, which counts as hidden. */
async function hasEdge(page: Page, key: string): Promise<void> {
  await page.locator(`.svelte-flow__edge[data-id="${key}"]`).waitFor({ state: "attached" });
}

async function drag(page: Page, from: Locator, to: Locator): Promise<void> {
  await from.hover();
  await page.mouse.down();
  const { x, y, width, height } = (await to.boundingBox())!;
  await page.mouse.move(x + width / 2, y + height / 2, { steps: 8 });
  await page.mouse.up();
}

async function hasFocus(target: Locator): Promise<boolean> {
  return (await target.and(target.page().locator(":focus")).count()) === 1;
}

/** Presses Tab until the element has the focus, like a person without a mouse. */
async function tabTo(page: Page, target: Locator, key = "Tab"): Promise<void> {
  await target.waitFor();
  for (let pressed = 0; pressed < 80; pressed += 1) {
    if (await hasFocus(target)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not lead to ${String(target)}`);
}

/** Escape, twice if the first one closes the list of completions. */
async function backToGraph(page: Page): Promise<void> {
  const isThere = (): Promise<boolean> =>
    page.evaluate<boolean>("document.activeElement.classList.contains('svelte-flow__node')");
  for (let pressed = 0; pressed < 2 && !(await isThere()); pressed += 1) await page.keyboard.press("Escape");
  await expect.poll(isThere).toBe(true);
}

/** Sends an order to the endpoint that the panel shows and gives its run, when it has ended. */
async function deliver(page: Page, body: string): Promise<{ status: string; output: unknown }> {
  await page.getByRole("region", { name: "URL", exact: true }).waitFor();
  const address = await page.getByRole("region", { name: "URL", exact: true }).textContent();
  const answer = await fetch(address!, { method: "POST", headers: { "content-type": "application/json" }, body });
  expect(answer.status).toBe(202);
  const { runId } = (await answer.json()) as { readonly runId: string };
  await expect.poll(async () => (await meshhook.client.getRun({ runId })).status).not.toBe("running");
  const { status, result } = await meshhook.client.getRun({ runId });
  return { status, output: result?.output };
}

describe("building a workflow", () => {
  it("works with the mouse: drag, draw, fill in, publish, and a webhook runs through it", async () => {
    const page = await meshhook.open("/workflows/new", { viewport: { width: 1400, height: 900 } });
    await page.getByLabel("Name").fill("Big orders");
    expect(await page.getByLabel("Slug").inputValue()).toBe("big-orders");
    await page.getByRole("button", { name: "Create" }).click();
    await card(page, "webhook").waitFor();

    const palette = page.getByRole("complementary", { name: "Palette" });
    await palette.getByRole("button", { name: /^Transform/ }).dragTo(page.locator(".svelte-flow__pane"), {
      targetPosition: { x: 380, y: 160 },
    });
    await page
      .getByText("1 problem", { exact: true })
      .or(page.getByText("2 problems", { exact: true }))
      .first()
      .waitFor();
    await drag(page, card(page, "webhook").locator(".port"), card(page, "transform").locator(".port").first());
    await hasEdge(page, "webhook.out>transform");

    await card(page, "transform").click();
    await page.getByRole("textbox", { name: "Expression" }).click();
    await page.keyboard.type("{{ total: sum(input.lines[].price) }");
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("Delete");

    await palette.getByRole("button", { name: /^Branch/ }).click();
    await hasEdge(page, "transform.out>branch");
    await page.getByRole("textbox", { name: "Condition" }).click();
    await page.keyboard.type("nodes.transform.output.total > `100`");

    await page.getByRole("button", { name: "Add a node after true" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Terminate/ })
      .click();
    await hasEdge(page, "branch.true>terminate");
    await page.getByRole("textbox", { name: "Output" }).click();
    await page.keyboard.insertText(`{"size":"big","total":{"$jmes":"nodes.transform.output.total"}}`);

    await card(page, "branch").click();
    await palette.getByRole("button", { name: /^Terminate/ }).click();
    await hasEdge(page, "branch.false>terminate_2");

    await page.getByText("Nothing published").waitFor();
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByRole("button", { name: "Publish version 1" }).click();
    await page.getByText("Up to date (version 1)").waitFor();
    expect(await deliver(page, `{"lines":[{"price":70},{"price":50}]}`)).toEqual({
      status: "succeeded",
      output: { size: "big", total: 120 },
    });
    await page.getByRole("button", { name: "Send the sample now" }).click();
    await page.getByRole("link", { name: /^run / }).waitFor();
    await page.context().close();
  });

  it("says why an edge cannot be drawn, while it is drawn", async () => {
    const page = await meshhook.open("/workflows/big-orders", { viewport: { width: 1400, height: 900 } });
    await card(page, "branch").waitFor();
    await card(page, "branch").locator(".port").nth(1).hover();
    await page.mouse.down();
    const { x, y } = (await card(page, "transform").locator(".port").first().boundingBox())!;
    await page.mouse.move(x + 5, y + 5, { steps: 8 });
    await page.getByText("The edges form a cycle: transform → branch → transform.").waitFor();
    await page.mouse.up();
    expect(await page.locator(".svelte-flow__edge").count()).toBe(4);
    await page.context().close();
  });

  it("works with the keyboard alone", async () => {
    const page = await meshhook.open("/workflows/new", { viewport: { width: 1400, height: 900 } });
    await tabTo(page, page.getByLabel("Name"));
    await page.keyboard.type("By hand");
    await page.keyboard.press("Enter");
    await card(page, "webhook").waitFor();

    await tabTo(page, card(page, "webhook"));
    await page.keyboard.press("/");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type("transf");
    await page.keyboard.press("Enter");
    await hasEdge(page, "webhook.out>transform");
    await expect.poll(() => hasFocus(card(page, "transform"))).toBe(true);
    await page.keyboard.press("Enter");
    await page.getByRole("textbox", { name: "Expression" }).waitFor();
    await page.keyboard.type("length(input)");
    await backToGraph(page);

    await page.keyboard.press("/");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type("branch");
    await page.keyboard.press("Enter");
    await hasEdge(page, "transform.out>branch");
    await expect.poll(() => hasFocus(card(page, "branch"))).toBe(true);
    await page.keyboard.press("Enter");
    await page.keyboard.type("nodes.transform.output > `2`");
    await backToGraph(page);
    for (const port of ["true", "false"]) {
      await expect.poll(() => hasFocus(card(page, "branch"))).toBe(true);
      await page.keyboard.press("/");
      await page.getByRole("dialog").waitFor();
      await page.keyboard.type("terminate");
      await page.keyboard.press("Enter");
      await hasEdge(page, `branch.${port}>${port === "true" ? "terminate" : "terminate_2"}`);
      await expect.poll(() => page.evaluate<string>("document.activeElement.dataset.id")).toMatch(/^terminate/);
      await page.keyboard.press("ArrowLeft");
    }
    await page.keyboard.press("F2");
    await page.keyboard.type("More than two?");
    await card(page, "branch").getByText("More than two?").waitFor();

    await page.getByText("Nothing published").waitFor();
    await tabTo(page, page.getByRole("button", { name: "Publish", exact: true }), "Shift+Tab");
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("button", { name: "Publish version 1" }));
    await page.keyboard.press("Enter");
    await page.getByText("Up to date (version 1)").waitFor();
    expect(await deliver(page, "[1,2,3]")).toEqual({ status: "succeeded", output: null });
    await page.context().close();
  });
});

/** The first node is drawn in the graph, at three quarters of its size or more. */
async function isReadable(page: Page): Promise<void> {
  const node = page.locator(".svelte-flow__node").first();
  await node.waitFor();
  await expect.poll(async () => (await node.boundingBox())?.width ?? 0).toBeGreaterThanOrEqual(0.75 * 224);
  const graph = (await page.getByRole("application", { name: /^Workflow graph/ }).boundingBox())!;
  expect((await node.boundingBox())!.x).toBeGreaterThanOrEqual(graph.x);
}

describe("starting points", () => {
  it("include every example, ready to publish, and show it at a readable size", async () => {
    for (const { title, slug } of [
      { title: "Order gate", slug: "order-gate" },
      { title: "GitHub issue to CRM", slug: "github-issue-to-crm" },
      { title: "Delayed follow-up", slug: "delayed-follow-up" },
    ]) {
      const page = await meshhook.open("/workflows/new");
      await page.getByText(title, { exact: true }).click();
      await expect.poll(() => page.getByLabel("Slug").inputValue()).toBe(slug);
      await page.getByRole("button", { name: "Create" }).click();
      await page.getByText("Nothing published").waitFor();
      await isReadable(page);
      await page.context().close();
    }
  });
});

/** Counts the cards and lines that come into a page in one go: each go holds up the page. */
const COUNT_ARRIVALS = `
  globalThis.arrivals = { cards: 0, lines: 0 };
  new MutationObserver((records) => {
    const added = records.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node instanceof Element);
    const count = (part) => added.reduce((sum, node) => sum + Number(node.matches(part)) + node.querySelectorAll(part).length, 0);
    arrivals.cards = Math.max(arrivals.cards, count(".svelte-flow__node"));
    arrivals.lines = Math.max(arrivals.lines, count(".svelte-flow__edge"));
  }).observe(document, { childList: true, subtree: true });
`;

describe("a graph of 300 nodes", () => {
  it("stays quick under the hand: it comes in bit by bit, and a drag draws only what it moves", async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `n${index}`);
    const definition = {
      apiVersion: "meshhook/v1",
      kind: "Workflow",
      slug: "large",
      nodes: Object.fromEntries(
        ids.map((id, index) => [
          id,
          index === 0 ? { type: "webhook@1", config: {} } : { type: "transform@1", config: { expression: "input" } },
        ]),
      ),
      edges: ids.slice(1).map((to, index) => ({ from: ids[index], to })),
      layout: Object.fromEntries(
        ids.map((id, index) => [id, { x: (index % 20) * 300, y: Math.floor(index / 20) * 150 }]),
      ),
    };
    await meshhook.client.createWorkflow({ body: { definition } });
    const page = await meshhook.open("about:blank", { viewport: DESK });
    await page.addInitScript(COUNT_ARRIVALS);
    await page.goto("/workflows/large");
    const lineInView = page.locator(`.svelte-flow__edge[data-id="n0.out>n1"]`);
    await lineInView.waitFor({ state: "attached" });
    const node = card(page, "n150");
    await page.getByRole("button", { name: "Show everything" }).click();
    await node.waitFor();
    // All of them come into view.
    await expect.poll(() => page.locator(".svelte-flow__edge").count()).toBe(299);
    const { cards, lines } = await page.evaluate<{ cards: number; lines: number }>("arrivals");
    expect(cards).toBeLessThanOrEqual(60);
    expect(lines).toBeLessThanOrEqual(60);
    await expect.poll(() => page.locator(".svelte-flow__node").count()).toBe(300);
    const frame = (await page.locator(".svelte-flow").boundingBox())!;
    for (const id of ["n0", "n19", "n280", "n299"]) {
      const box = (await card(page, id).boundingBox())!;
      expect(box.x).toBeGreaterThanOrEqual(frame.x);
      expect(box.y).toBeGreaterThanOrEqual(frame.y);
      expect(box.x + box.width).toBeLessThanOrEqual(frame.x + frame.width);
      expect(box.y + box.height).toBeLessThanOrEqual(frame.y + frame.height);
    }
    await expect.poll(() => page.locator(".svelte-flow__edge").count()).toBeGreaterThan(0);
    // Anything redrawn while the pointer moves changes the document outside the dragged node.
    await page.evaluate(`{
      window.touched = new Set();
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const id = target.closest(".svelte-flow__node")?.dataset.id;
          if (id !== undefined) window.touched.add(id);
        }
      }).observe(document.querySelector(".svelte-flow__nodes"), { subtree: true, childList: true, attributes: true });
    }`);
    await node.hover();
    const { x, y } = (await node.boundingBox())!;
    await page.mouse.down();
    await page.mouse.move(x + 60, y + 40, { steps: 30 });
    await page.mouse.up();
    await page.getByText(/^Saved \d/).waitFor();
    const touched = await page.evaluate<string[]>("[...window.touched]");
    expect(touched).toEqual(["n150"]);
    const saved = await meshhook.client.getWorkflow({ workflow: "large" });
    expect((saved.definition as typeof definition).layout["n150"]).not.toEqual(definition.layout["n150"]);
    await page.context().close();
  });
});

describe("on a phone", () => {
  it("the graph is a list: add a node after another, name it, connect it", async () => {
    const page = await meshhook.open("/workflows/new", { viewport: { width: 360, height: 740 } });
    await page.getByLabel("Slug").fill("pocket");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("button", { name: "Add a node after webhook" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Branch/ })
      .click();
    await page.getByRole("textbox", { name: /^Label/ }).fill("Which way?");
    await page.getByRole("button", { name: "Add a node after true" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Terminate/ })
      .click();
    await page.getByRole("button", { name: "All nodes" }).click();
    await page.getByRole("button", { name: /^Which way\?/ }).click();
    await page.getByLabel("Connect false to").selectOption("terminate");
    await page.getByRole("button", { name: "All nodes" }).click();
    await page.getByText("next: terminate (true), terminate (false)").waitFor();
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(360);
    await page.context().close();
  });
});
