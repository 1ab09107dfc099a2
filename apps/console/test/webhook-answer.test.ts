import type { WorkflowDefinition } from "@meshhook/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openConsole, type OpenConsole } from "./harness.ts";

const DESK = { width: 1400, height: 900 };

let meshhook: OpenConsole;
beforeAll(async () => {
  meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" });
});
afterAll(() => meshhook.close());

function definition(slug: string, config: WorkflowDefinition["nodes"][string]["config"]): WorkflowDefinition {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    nodes: { hook: { type: "webhook@1", config: {} }, done: { type: "terminate@1", config } },
    edges: [{ from: "hook", to: "done" }],
  };
}

describe("an answer that the workflow makes", () => {
  it("is built in the form, chosen at the endpoint, sent, and shown with the run", async () => {
    await meshhook.client.createWorkflow({ body: { definition: definition("answers", {}) } });
    const page = await meshhook.open("/workflows/answers", { viewport: DESK });
    await page.locator(`.svelte-flow__node[data-id="done"]`).click();
    const form = page.locator("details").filter({ hasText: "Response" });
    await form.getByText("(not set)").click();
    await form.getByRole("textbox", { name: "Status", exact: true }).fill("422");
    await form.getByLabel("Name of a new Headers entry").fill("x-order");
    await form.getByRole("button", { name: "Add", exact: true }).click();
    await form.getByRole("textbox", { name: "Value of x-order" }).fill("{{ input.id }}");
    await form.getByRole("textbox", { name: "Body", exact: true }).fill(`"no such order"`);
    const saved = async () => {
      const workflow = await meshhook.client.getWorkflow({ workflow: "answers" });
      return (workflow.definition as WorkflowDefinition).nodes["done"]?.config;
    };
    await expect
      .poll(saved, { timeout: 10_000 })
      .toEqual({ response: { status: 422, headers: { "x-order": "{{ input.id }}" }, body: "no such order" } });

    await meshhook.client.publishWorkflow({ workflow: "answers" });
    const { path } = await meshhook.client.createEndpoint({ body: { workflow: "answers", name: "in" } });
    await page.goto("/workflows/answers?panel=endpoint");
    await page.getByLabel("Answer").selectOption("response");
    await page.getByText("Saved.", { exact: true }).waitFor();
    const headers = { "content-type": "application/json" };
    const answer = await fetch(meshhook.url + path, { method: "POST", headers, body: `{"id":"A-1"}` });
    expect([answer.status, answer.headers.get("x-order"), await answer.text()]).toEqual([422, "A-1", "no such order"]);
    // The page's own button does not take it for a failure: it wants to know the run.
    await page.getByRole("button", { name: "Send the sample now" }).click();
    await page.getByRole("link", { name: /^run / }).waitFor();

    await page.goto(`/runs/${answer.headers.get("meshhook-run-id")}?node=done`);
    await page.getByRole("heading", { name: "Answer to the webhook" }).waitFor();
    await page.getByText("Status 422").waitFor();
    expect(await page.getByRole("region", { name: "body of the answer" }).textContent()).toBe("no such order");
    await page.context().close();
  });

  it("runs no script and sends no form at the console's address, though it is a page there", async () => {
    const body = `<!doctype html><title>Thanks</title><style>p { color: rgb(1, 2, 3) }</style><p>Thanks, {{ input.name }}</p>
      <script>document.title = "script ran"</script><img src="data:," onerror="document.title = 'handler ran'">
      <form action="/api/v1/session" method="post"><button>Again</button></form>`;
    const config = { response: { headers: { "content-type": "text/html" }, body } };
    await meshhook.client.createWorkflow({ body: { definition: definition("page", config) } });
    await meshhook.client.publishWorkflow({ workflow: "page" });
    const { path } = await meshhook.client.createEndpoint({
      body: { workflow: "page", name: "form", answer: "response" },
    });
    const page = await meshhook.open("/", {
      expectedErrors: /sandboxed|Content Security Policy|Blocked script execution/i,
    });
    const requests: string[] = [];
    page.on("request", (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.evaluate(`{
      const form = document.createElement("form");
      form.method = "post";
      form.action = "${path}";
      form.innerHTML = '<input name="name" value="<b>Ada</b>">';
      document.body.append(form);
      form.submit();
    }`);
    await page.getByText("Thanks, <b>Ada</b>").waitFor();
    expect(new URL(page.url()).pathname).toBe(path);
    await page.getByRole("button", { name: "Again" }).click();
    expect(await page.title()).toBe("Thanks");
    expect(await page.evaluate(`[self.origin, getComputedStyle(document.querySelector("p")).color]`)).toEqual([
      "null",
      "rgb(1, 2, 3)",
    ]);
    expect(requests.filter((line) => line.startsWith("POST"))).toEqual([`POST ${path}`]);
    await page.context().close();
  });
});
