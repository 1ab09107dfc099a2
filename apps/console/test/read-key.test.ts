import type { WorkflowDefinition } from "@meshhook/core";
import type { Page, Request } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { expectForEverybody } from "./axe.ts";
import { card, DESK } from "./builder-window.ts";
import { openConsole, type OpenConsole } from "./harness.ts";

const DEFINITION: WorkflowDefinition = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: "looked-at",
  name: "Looked at",
  input: { sample: { a: 1 } },
  nodes: {
    hook: { type: "webhook@1", config: {} },
    shape: { type: "transform@1", label: "Shape", config: { expression: "input.a" } },
    wait: { type: "delay@1", config: { durationMs: 3_600_000 } },
  },
  edges: [
    { from: "hook", to: "shape" },
    { from: "shape", to: "wait" },
  ],
};

let meshhook: OpenConsole;
let key: string;
let runId: string;
let token: string;
beforeAll(async () => {
  meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" });
  await meshhook.client.createWorkflow({ body: { definition: DEFINITION } });
  await meshhook.client.publishWorkflow({ workflow: "looked-at" });
  ({ token } = await meshhook.client.createEndpoint({ body: { workflow: "looked-at", name: "in" } }));
  ({ runId } = await meshhook.client.deliver(token, { a: 1 }));
  ({ key } = await meshhook.client.createKey({ body: { name: "auditor", scope: "read" } }));
});
afterAll(() => meshhook.close());

/** A window with a read-only key, and all requests for changes that it sends. */
async function open(path: string): Promise<{ readonly page: Page; readonly changes: readonly string[] }> {
  const page = await meshhook.open("about:blank", { isSignedIn: false, viewport: DESK });
  await page.context().request.post(`${meshhook.url}/api/v1/session`, { data: { key } });
  const changes: string[] = [];
  page.on("request", (request: Request) => {
    if (request.method() !== "GET") changes.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  await page.goto(path);
  return { page, changes };
}

describe("with a key that can only read", () => {
  it("the builder shows the workflow and says that it is read-only: nothing in it can be changed, moved or sent", async () => {
    const { page, changes } = await open("/workflows/looked-at?node=shape");
    await page.getByText("Read-only.").waitFor();
    const expression = page.getByRole("textbox", { name: "Expression" });
    await expression.getByText("input.a").waitFor();
    await expression.click();
    await page.keyboard.type("no");
    expect(await expression.textContent()).toBe("input.a");
    expect(await expression.getAttribute("aria-readonly")).toBe("true");
    expect(await page.getByRole("textbox", { name: "Label" }).isDisabled()).toBe(true);
    for (const name of ["Publish", "Undo", "Add a node", "Arrange", "Delete shape", "Duplicate shape"])
      expect(await page.getByRole("button", { name, exact: true }).count()).toBe(0);
    expect(await page.getByRole("complementary", { name: "Palette" }).count()).toBe(0);

    const node = card(page, "shape");
    await node.focus();
    for (const pressed of ["Delete", "/", "Control+d", "Shift+ArrowRight", "Control+z"])
      await page.keyboard.press(pressed);
    const before = (await node.boundingBox())!;
    await node.hover();
    await page.mouse.down();
    await page.mouse.move(before.x + 200, before.y + 120, { steps: 5 });
    await page.mouse.up();
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(await page.locator(".svelte-flow__node").count()).toBe(3);

    await page.getByRole("tab", { name: "Endpoint" }).click();
    await page.getByText("Sign in with a key that can write to see its URL").waitFor();
    expect(await page.getByLabel("Endpoint name").isDisabled()).toBe(true);
    expect(await page.content()).not.toContain(token);
    expect(await page.getByRole("button", { name: "Send the sample now" }).count()).toBe(0);

    // Actions that need no permission still work.
    await page.getByRole("button", { name: "Try out" }).click();
    await page.getByText("The run would end as succeeded").waitFor();
    await expectForEverybody(page);
    await page.getByRole("link", { name: "Workflows", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Workflows" }).waitFor();
    expect(changes).toEqual([]);
    const { definition } = await meshhook.client.getWorkflow({ workflow: "looked-at" });
    expect(definition).toEqual(DEFINITION);
    await page.context().close();
  });

  it("lists, runs and the command list offer nothing that the server would refuse, and say why", async () => {
    const { page, changes } = await open("/workflows");
    await page.getByText("The key you signed in with can only read.").waitFor();
    expect(await page.getByRole("link", { name: "New workflow" }).count()).toBe(0);
    const test = page.getByRole("button", { name: "Send a test webhook to Looked at" });
    expect(await test.isDisabled()).toBe(true);
    expect(await test.getAttribute("title")).toBe("The key you signed in with can only read.");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await page.keyboard.type("new work");
    await page.getByText("Nothing matches").waitFor();
    await page.keyboard.press("Escape");

    await page.goto("/workflows/new");
    await page.getByText("The key you signed in with can only read.").waitFor();
    expect(await page.getByRole("button", { name: "Create" }).count()).toBe(0);

    await page.goto(`/runs/${runId}?view=delivery`);
    await page.getByText("Sign in with a key that can write to cancel the run.").waitFor();
    await page.getByText("Sign in with a key that can write to send this delivery again.").waitFor();
    expect(await page.getByRole("button", { name: "Cancel run" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: /^Send again/ }).count()).toBe(0);
    expect(await page.content()).not.toContain(token);
    expect(changes).toEqual([]);
    await page.context().close();
  });
});
