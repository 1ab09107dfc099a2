import type { WorkflowDefinition } from "@meshhook/core";
import { waitFor } from "@meshhook/testkit";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { expectForEverybody } from "./axe.ts";
import { openConsole, type OpenConsole } from "./harness.ts";

const DESK = { width: 1400, height: 900 };

let meshhook: OpenConsole;
beforeAll(async () => void (meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" })));
afterAll(() => meshhook.close());

function definition(slug: string): WorkflowDefinition {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    name: `Orders of ${slug}`,
    nodes: {
      hook: { type: "webhook@1", config: {} },
      shape: { type: "transform@1", label: "Shape", config: { expression: "input" } },
    },
    edges: [{ from: "hook", to: "shape" }],
  };
}

/** Fails for a total that is not a number. */
const FAILING = { type: "transform@1", label: "Measure", config: { expression: "abs(input.total)" } } as const;

async function publish(slug: string): Promise<string> {
  await meshhook.client.createWorkflow({ body: { definition: definition(slug) } });
  await meshhook.client.publishWorkflow({ workflow: slug });
  return (await meshhook.client.createEndpoint({ body: { workflow: slug, name: "shop" } })).path;
}

async function statusAt(path: string): Promise<number> {
  const answer = await fetch(meshhook.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  return answer.status;
}

async function shownPath(page: Page): Promise<string> {
  const url = await page.getByRole("region", { name: "URL", exact: true }).textContent();
  return new URL(url ?? "").pathname;
}

describe("endpoints", () => {
  it("get another address and are deleted after a confirmation that names them and the consequences", async () => {
    const first = await publish("rotated");
    const page = await meshhook.open("/workflows/rotated?panel=endpoint", { viewport: DESK });
    expect(await shownPath(page)).toBe(first);
    await page.getByRole("button", { name: "Change the URL…" }).click();
    const dialog = page.getByRole("dialog", { name: "Change the URL of shop?" });
    await dialog.getByText("The old URL stops working at once").waitFor();
    await expectForEverybody(page, "dialog");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await statusAt(first)).toBe(202);
    await page.getByRole("button", { name: "Change the URL…" }).click();
    await dialog.getByRole("button", { name: "Change the URL" }).click();
    await dialog.waitFor({ state: "detached" });
    const second = await shownPath(page);
    expect(second).not.toBe(first);
    expect([await statusAt(first), await statusAt(second)]).toEqual([404, 202]);

    await page.getByRole("button", { name: "Add another endpoint" }).click();
    await page.getByRole("heading", { name: "2 endpoints" }).waitFor();
    await expect.poll(() => page.getByLabel("Endpoint name").inputValue()).toBe("Orders of rotated");
    await page.getByLabel("Endpoint name").fill("partner");
    await page.getByLabel("Endpoint name").blur();
    await page.getByText("Saved.", { exact: true }).waitFor();
    const third = await shownPath(page);
    expect(await statusAt(third)).toBe(202);
    await page.getByRole("button", { name: "Delete this endpoint…" }).click();
    await page
      .getByRole("dialog", { name: "Delete the endpoint partner?" })
      .getByRole("button", { name: "Delete the endpoint" })
      .click();
    await expect.poll(() => statusAt(third)).toBe(404);
    expect(await shownPath(page)).toBe(second);
    expect(await statusAt(second)).toBe(202);
    await page.context().close();
  });

  it("take the rule for repeated keys, and answer verification requests or not", async () => {
    await publish("ruled");
    const page = await meshhook.open("/workflows/ruled?panel=endpoint", { viewport: DESK });
    const stored = async () => (await meshhook.client.listEndpoints()).items.find(({ name }) => name === "ruled-in");
    await page.getByLabel("Endpoint name").fill("ruled-in");
    await page.getByLabel("Endpoint name").blur();
    await expect.poll(async () => (await stored())?.name).toBe("ruled-in");
    await page.getByLabel("A repeated key with another body").selectOption("first_counts");
    await expect.poll(async () => (await stored())?.sameKey).toBe("first_counts");
    await page.getByLabel("Verify token").fill("hello");
    await page.getByLabel("Verify token").press("Enter");
    await expect.poll(async () => (await stored())?.hasVerifyToken).toBe(true);
    await page.getByLabel("Verification requests").selectOption("off");
    await expect.poll(async () => (await stored())?.handshakes).toBe("off");
    await page.context().close();
  });
});

describe("workflows", () => {
  it("are deleted after a confirmation, with their endpoints; their runs stay", async () => {
    const path = await publish("doomed");
    const { runId } = await meshhook.client.deliver(path.replace("/hooks/", ""), {});
    const page = await meshhook.open("/workflows/doomed", { viewport: DESK });
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "Delete this workflow…" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete the workflow Orders of doomed?" });
    await dialog.getByText("Its endpoint is deleted too").waitFor();
    await dialog.getByRole("button", { name: "Delete the workflow" }).click();
    await page.waitForURL("**/workflows");
    await page.getByRole("heading", { level: 1, name: "Workflows" }).waitFor();
    expect(await page.getByRole("link", { name: "Orders of doomed" }).count()).toBe(0);
    expect(await statusAt(path)).toBe(404);
    await page.goto(`/runs/${runId}`);
    await page.getByText(/agrees with the server/).waitFor();
    await page.context().close();
  });

  it("are paused and resumed: runs wait meanwhile, and their pages say why", async () => {
    const path = await publish("halted");
    const page = await meshhook.open("/workflows/halted", { viewport: DESK });
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "Pause new runs" }).click();
    await page.getByText("Webhooks are accepted, and their runs wait").waitFor();
    const { runId } = await meshhook.client.deliver(path.replace("/hooks/", ""), {});
    const run = await page.context().newPage();
    await run.goto(`/runs/${runId}`);
    await run.getByText("its workflow is paused. It begins after the workflow is resumed.").waitFor();
    await page.getByRole("button", { name: "Resume", exact: true }).click();
    await page.getByText("Webhooks are accepted, and their runs wait").waitFor({ state: "detached" });
    await run.getByText(/Run succeeded after/).waitFor();
    await run.getByText(/agrees with the server/).waitFor();
    await page.context().close();
  });

  it("are published again for just a name or a label, with the changes shown, and the focus stays visible", async () => {
    await publish("renamed");
    const page = await meshhook.open("/workflows/renamed?node=shape", { viewport: DESK });
    await page.getByText("Up to date (version 1)").waitFor();
    await page.getByRole("textbox", { name: "Label" }).fill("Make it fit");
    await page.getByText("Unpublished changes (version 1 runs)").waitFor();
    await page.getByRole("button", { name: "Publish" }).click();
    const dialog = page.getByRole("dialog", { name: "Publish" });
    await dialog.getByText(/Shape · label/).waitFor();
    await expectForEverybody(page, "dialog");
    await dialog.getByRole("button", { name: "Publish" }).click();
    await page.getByText("Up to date (version 2)").waitFor();
    expect(await page.evaluate<string>("document.activeElement.dataset.publish")).toBe("up_to_date");
    const { items } = await meshhook.client.listVersions({ workflow: "renamed" });
    expect(items).toHaveLength(2);
    await page.reload();
    await page.getByText("Up to date (version 2)").waitFor();

    // And back: an earlier version becomes the draft again.
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("button", { name: "Versions…" }).click();
    const history = page.getByRole("dialog", { name: "Versions" });
    await history.getByRole("button", { name: /^Version 2 .* runs now$/ }).waitFor();
    await history.getByRole("button", { name: /^Version 1 / }).click();
    await history.getByText(/Shape · label/).waitFor();
    await expectForEverybody(page, "dialog");
    await history.getByRole("button", { name: "Restore version 1 as the draft" }).click();
    await history.waitFor({ state: "detached" });
    await page.getByText("Unpublished changes (version 2 runs)").waitFor();
    await page.locator(`.svelte-flow__node[data-id="shape"]`).getByText("Shape", { exact: true }).waitFor();
    await page.context().close();
  });
});

describe("a draft", () => {
  it("is tried on recorded runs before it is published, which names those that would take a different path, and where", async () => {
    const path = await publish("tried");
    for (const body of [{ total: 1 }, { total: "x" }]) await meshhook.client.deliver(path.replace("/hooks/", ""), body);
    await meshhook.client.updateWorkflow({
      workflow: "tried",
      body: { definition: { ...definition("tried"), nodes: { ...definition("tried").nodes, shape: FAILING } } },
    });
    const page = await meshhook.open("/workflows/tried", { viewport: DESK });
    await page.getByText("Unpublished changes (version 1 runs)").waitFor();
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Publish" });
    await dialog.getByRole("button", { name: "Try on recorded runs" }).click();
    await dialog.getByText("Of 2 recorded runs, 0 would go the same way and 2 a different way.").waitFor();
    const parting = dialog.getByRole("list", { name: "Runs that would differ" }).getByRole("listitem");
    await parting.filter({ hasText: "Measure: failed (expression_failed) instead of succeeded" }).waitFor();
    expect(await parting.count()).toBe(2);
    await expectForEverybody(page, "dialog");
    await page.context().close();
  });
});

describe("the command list", () => {
  it("contains the page's commands, and finds workflows and runs by name", async () => {
    const path = await publish("found");
    const { runId } = await meshhook.client.deliver(path.replace("/hooks/", ""), {});
    const page = await meshhook.open("/workflows/found", { viewport: DESK });
    await page.locator(`.svelte-flow__node[data-id="hook"]`).waitFor();
    const field = page.getByRole("combobox", { name: "What do you want to do?" });
    await page.keyboard.press("Control+k");
    await field.waitFor();
    await page.getByRole("option", { name: "Publish", exact: true }).waitFor();
    await page.keyboard.type("try out");
    await page.keyboard.press("Enter");
    await page.getByText("Try-out: nothing was sent.").waitFor();

    await page.keyboard.press("Control+k");
    await field.waitFor();
    await page.keyboard.type("orders found");
    await page.getByRole("option", { name: "Orders of found", exact: true }).waitFor();
    await page.getByRole("option", { name: /^Run .* of Orders of found/ }).click();
    await page.waitForURL(`**/runs/${runId}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.keyboard.press("Control+k");
    await field.waitFor();
    // A whole id opens its run, also as a program shows it in capitals.
    await field.fill(runId.toUpperCase());
    await page.getByRole("option", { name: `Open run ${runId}` }).waitFor();
    await page.keyboard.press("Escape");
    await field.waitFor({ state: "detached" });
    // In the moment in which it closes, the shortcut is not heard.
    await waitFor(
      "the list is open again",
      async () => {
        if (!(await field.isVisible())) await page.keyboard.press("Control+k");
        return field.isVisible();
      },
      { pollMs: 300 },
    );
    await page.keyboard.type("timeline");
    await page.keyboard.press("Enter");
    await page.waitForURL("**view=timeline");
    await page.context().close();
  });
});

describe("tabs", () => {
  it("are changed with arrow keys, and a click on the node returns from the sample", async () => {
    await publish("tabbed");
    const page = await meshhook.open("/workflows/tabbed?node=shape", { viewport: DESK });
    await page.getByRole("tab", { name: "Details" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await page.getByRole("tab", { name: "Sample" }).getAttribute("aria-selected")).toBe("true");
    await page.getByRole("textbox", { name: "Sample payload" }).waitFor();
    await page.locator(`.svelte-flow__node[data-id="shape"]`).click();
    await page.getByRole("textbox", { name: "Expression" }).waitFor();
    await page.getByRole("tab", { name: "Details" }).focus();
    await page.keyboard.press("End");
    expect(await page.getByRole("tab", { name: "Endpoint" }).getAttribute("aria-selected")).toBe("true");
    await page.context().close();
  });
});
