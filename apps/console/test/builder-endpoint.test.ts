import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { WorkflowDefinition } from "@meshhook/core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { expectForEverybody } from "./axe.ts";
import { openConsole, type OpenConsole } from "./harness.ts";
import { startTarget, type Target } from "./run-workflows.ts";

const SECRET = "it's $HOME and a secret";
const DESK = { width: 1400, height: 900 };

let meshhook: OpenConsole;
let target: Target;
beforeAll(async () => {
  target = await startTarget(() => ({ status: 201, body: { id: 7 } }));
  meshhook = await openConsole({ MESHHOOK_SAMPLE: "off", MESHHOOK_EGRESS_ALLOW: "127.0.0.1" });
});
afterAll(async () => {
  await meshhook.close();
  await target.close();
});

function definition(slug: string): WorkflowDefinition {
  return {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug,
    input: { sample: { id: "it's A-1" } },
    nodes: {
      hook: { type: "webhook@1", config: {} },
      hear: { type: "transform@1", config: { expression: `[headers."x-github-event", query.page]` } },
      call: { type: "http_call@1", config: { url: `${target.url}/orders`, method: "POST" } },
      done: { type: "terminate@1", config: { output: { made: { $jmes: "nodes.call.output.body.id" } } } },
    },
    edges: [
      { from: "hook", to: "hear" },
      { from: "hear", to: "call" },
      { from: "call", to: "done" },
    ],
  };
}

async function publish(slug: string): Promise<{ readonly id: string; readonly token: string }> {
  await meshhook.client.createWorkflow({ body: { definition: definition(slug) } });
  await meshhook.client.publishWorkflow({ workflow: slug });
  return meshhook.client.createEndpoint({ body: { workflow: slug, name: slug } });
}

/** The server's answer to the command that the panel shows, run in a shell. */
async function runLine(page: Page, name: string): Promise<string> {
  const line = await page.getByRole("region", { name, exact: true }).textContent();
  return (await promisify(execFile)("sh", ["-c", line ?? ""])).stdout;
}

async function setSecret(page: Page): Promise<void> {
  await page.getByLabel(/^Secret\b(?!, to sign)/).fill(SECRET);
  await page.getByRole("button", { name: "Set", exact: true }).click();
  await page.getByRole("region", { name: "signed curl line", exact: true }).waitFor();
}

describe("the endpoint panel", () => {
  it("shows a command that the server accepts, and changes settings that persist", async () => {
    const { id } = await publish("settings");
    const page = await meshhook.open("/workflows/settings?panel=endpoint", { viewport: DESK });
    expect(await runLine(page, "curl line")).toMatch(/^HTTP\/1\.1 202 /);

    await page.getByLabel("Header that identifies a delivery").fill("x-order");
    await page.getByLabel("Header that identifies a delivery").blur();
    await page.getByText("Saved.", { exact: true }).waitFor();
    await page.getByLabel("Answer").selectOption("result");
    await page.getByLabel("Largest body in bytes").fill("2000");
    await page.getByLabel("Largest body in bytes").blur();
    const settings = async () => {
      const { items } = await meshhook.client.listEndpoints();
      const { dedupeHeader, answer, bodyBytesMax } = items.find((each) => each.id === id)!;
      return { dedupeHeader, answer, bodyBytesMax };
    };
    await expect.poll(settings).toEqual({ dedupeHeader: "x-order", answer: "result", bodyBytesMax: 2000 });
    const answer = await runLine(page, "curl line");
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain(`"output":{"made":7}`);

    await page.reload();
    await expect.poll(() => page.getByLabel("Header that identifies a delivery").inputValue()).toBe("x-order");
    expect(await page.getByLabel("Answer").inputValue()).toBe("result");
    expect(await page.getByLabel("Largest body in bytes").inputValue()).toBe("2000");
    await page.context().close();
  });

  it("says at the field what is wrong with a setting, until it is corrected", async () => {
    const { id } = await publish("refused");
    const page = await meshhook.open("/workflows/refused?panel=endpoint", {
      viewport: DESK,
      expectedErrors: /422 \(Unprocessable Entity\)/,
    });
    const header = page.getByLabel("Header that identifies a delivery");
    await header.fill("X Order");
    await header.blur();
    await page
      .getByRole("alert")
      .getByText(/^Not saved: /)
      .waitFor();
    expect(await header.getAttribute("aria-invalid")).toBe("true");
    await expectForEverybody(page, "[role=tabpanel]");
    await header.fill("x-order");
    await header.blur();
    await page.getByText("Saved.", { exact: true }).waitFor();
    expect(await header.getAttribute("aria-invalid")).toBeNull();
    const { items } = await meshhook.client.listEndpoints();
    expect(items.find((each) => each.id === id)?.dedupeHeader).toBe("x-order");
    await page.context().close();
  });

  it("signs with a secret that nobody can read again; a wrong signature is refused and listed", async () => {
    const { token } = await publish("signed");
    const page = await meshhook.open("/workflows/signed?panel=endpoint", { viewport: DESK });
    await page.getByText("None. Every delivery was accepted.").waitFor();
    await page.getByLabel("Signature").selectOption("github-sha256");
    await page.getByText("Not saved yet.").waitFor();
    await setSecret(page);
    expect(await page.getByLabel("Signature").inputValue()).toBe("github-sha256");
    expect(await runLine(page, "signed curl line")).toMatch(/^HTTP\/1\.1 202 /);
    await page.getByRole("button", { name: "Send the sample now" }).click();
    await page.getByRole("link", { name: /^run / }).waitFor();

    await page.reload();
    await page.getByLabel("Replace the secret").waitFor();
    expect(await page.content()).not.toContain(SECRET);
    expect(await page.getByLabel("Secret, to sign with").inputValue()).toBe("");
    expect(JSON.stringify(await meshhook.client.listEndpoints())).not.toContain(SECRET);

    const unsigned = await runLine(page, "curl line");
    expect(unsigned).toMatch(/^HTTP\/1\.1 401 /);
    await page.getByLabel("Secret, to sign with").fill("not the secret");
    await page.getByRole("region", { name: "signed curl line", exact: true }).waitFor();
    expect(await runLine(page, "signed curl line")).toMatch(/^HTTP\/1\.1 401 /);
    expect((await fetch(`${meshhook.url}/hooks/${token}`, { method: "POST", body: "{}" })).status).toBe(401);
    const refused = page.getByRole("list", { name: "Refused deliveries" }).getByRole("listitem");
    // A refusal is recorded beside its answer, so it may arrive after the list was read.
    const refreshed = async (): Promise<number> => {
      await page.getByRole("button", { name: "Refresh" }).click();
      return refused.count();
    };
    await expect.poll(refreshed).toBe(3);
    await expectForEverybody(page, "[role=tabpanel]");
    await page.context().close();
  });
});

describe("what an endpoint accepts", () => {
  it("is set in texts, says how to write them, and a paused endpoint says so until it is resumed", async () => {
    const { id, token } = await publish("accepting");
    const page = await meshhook.open("/workflows/accepting?panel=endpoint", {
      viewport: DESK,
      expectedErrors: /422 \(Unprocessable Entity\)/,
    });
    const stored = async () => (await meshhook.client.listEndpoints()).items.find((each) => each.id === id);
    const headers = { "content-type": "application/json" };
    const deliver = async () =>
      (await fetch(`${meshhook.url}/hooks/${token}`, { method: "POST", headers, body: "{}" })).status;
    await page.getByText("What it accepts").click();
    const enter = async (label: string, text: string): Promise<void> => {
      await page.getByLabel(label, { exact: true }).fill(text);
      await page.getByLabel(label, { exact: true }).blur();
    };
    await enter("Rate limit", "100 per minute");
    await page.getByText("Not saved: Write requests/seconds, such as 100/60").waitFor();
    await enter("Rate limit", "100/60/20");
    await expect.poll(async () => (await stored())?.rateLimit).toEqual({ requests: 100, perS: 60, burst: 20 });
    await enter("Methods", "post, put");
    await expect.poll(async () => (await stored())?.methods).toEqual(["POST", "PUT"]);
    await enter("Allowed addresses", "127.0.0.0/99");
    await page.getByText(/Not saved: "127\.0\.0\.0\/99" has no prefix length/).waitFor();
    await enter("Allowed addresses", "127.0.0.0/8\n::1");
    await expect.poll(async () => (await stored())?.allowedAddresses).toEqual(["127.0.0.0/8", "::1"]);
    await enter("Schema of the payload", '{ "type": "object" }');
    await expect.poll(async () => (await stored())?.payloadSchema).toEqual({ type: "object" });
    await enter("Alias", "orders");
    await page.getByText(/Not saved: The alias "orders" can be guessed/).waitFor();
    await expectForEverybody(page, "[role=tabpanel]");

    await page.getByRole("button", { name: "Pause this endpoint" }).click();
    await page.getByText(/Since .*, deliveries are answered 503/).waitFor();
    expect(await deliver()).toBe(503);
    await page.getByRole("button", { name: "Resume this endpoint" }).click();
    await page.getByRole("button", { name: "Pause this endpoint" }).waitFor();
    expect(await deliver()).toBe(202);
    await page.context().close();
  });
});

describe("the signature of another sender", () => {
  it("is set with what it needs, says what is wrong, and its secret is changed without a gap", async () => {
    const { id } = await publish("hand-signed");
    const page = await meshhook.open("/workflows/hand-signed?panel=endpoint", {
      viewport: DESK,
      expectedErrors: /422 \(Unprocessable Entity\)/,
    });
    const stored = async () => (await meshhook.client.listEndpoints()).items.find((each) => each.id === id);
    await page.getByText("Signatures are not checked: anyone who knows the address can send webhooks.").waitFor();
    await page.getByLabel("Signature", { exact: true }).selectOption("Another HMAC");
    await page.getByLabel("Header with the signature").fill("X-Mine");
    await page.getByLabel("What is signed").fill("{timestamp}.{body}");
    await page.getByLabel("Secret", { exact: true }).fill(SECRET);
    await page.getByRole("button", { name: "Set", exact: true }).click();
    await page.getByRole("alert").getByText("{timestamp} in signed needs timestampHeader.").waitFor();
    await page.getByLabel("Header with the timestamp").fill("X-Time");
    await page.getByRole("button", { name: "Set", exact: true }).click();
    await page.getByText("Saved.", { exact: true }).waitFor();
    await page.getByText("The line above is not signed").waitFor();
    const hmac = { header: "X-Mine", signed: "{timestamp}.{body}", timestampHeader: "X-Time" };
    expect(await stored()).toMatchObject({ signature: "hmac", signatureSettings: { hmac }, hasSecret: true });

    await page.getByText("Change the secret without a gap").click();
    await page.getByLabel("New secret").fill("another secret");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    const keys = page.getByRole("list", { name: "Signing keys" }).getByRole("listitem");
    await keys.filter({ hasText: "expires" }).getByRole("button", { name: "Remove now" }).waitFor();
    expect((await stored())?.signingKeys).toHaveLength(2);
    await page.getByRole("button", { name: "Remove now" }).click();
    await expect.poll(async () => (await stored())?.signingKeys.length).toBe(1);
    await page.context().close();
  });
});

describe("a real delivery", () => {
  it("becomes the sample, and the last run's answer becomes the one for previews", async () => {
    const { token } = await publish("real");
    const page = await meshhook.open("/workflows/real?panel=sample", { viewport: DESK });
    await page.getByRole("button", { name: "Use the last delivery" }).click();
    await page.getByText("No delivery has arrived yet. Publish the workflow, then send one to its endpoint.").waitFor();
    const sent = await fetch(`${meshhook.url}/hooks/${token}?page=2`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-github-event": "push" },
      body: JSON.stringify({ id: "B-2" }),
    });
    const { runId } = (await sent.json()) as { readonly runId: string };
    await expect.poll(async () => (await meshhook.client.getRun({ runId })).status).toBe("succeeded");
    await page.getByRole("button", { name: "Use the last delivery" }).click();
    await page.getByText("Taken from the last delivery.").waitFor();
    const sample = async () => {
      const { definition: saved } = await meshhook.client.getWorkflow({ workflow: "real" });
      return (saved as WorkflowDefinition).input?.sample;
    };
    await expect.poll(sample).toEqual({ id: "B-2" });

    await page.getByText("Headers and query", { exact: true }).click();
    await page
      .getByRole("textbox", { name: "Headers and query of the sample" })
      .getByText(`"x-github-event"`)
      .waitFor();

    await page.locator(`.svelte-flow__node[data-id="hear"]`).click();
    await page.getByText("Result: array of 2").waitFor();
    await page.reload();
    await page.getByText("Result: array of 2").click();
    await page.getByText(`"push"`).waitFor();
    expect(JSON.stringify(await meshhook.client.getWorkflow({ workflow: "real" }))).not.toContain("push");

    await page.locator(`.svelte-flow__node[data-id="call"]`).click();
    await page.getByText("Answer for previews").click();
    await page.getByRole("button", { name: "Use the last run’s answer" }).click();
    await page.getByText("(pinned: 201)").waitFor();
    await page.getByRole("button", { name: "Try out" }).click();
    await page.getByText("The run would end as succeeded").waitFor();
    await page.locator(`.svelte-flow__node[data-id="done"]`).click();
    await page.getByRole("region", { name: "Output of done" }).getByText(`"made": 7`).waitFor();
    expect((await meshhook.client.listRuns({ workflow: "real" })).items.length).toBe(1);
    await page.context().close();
  });
});

/** A workflow that ends with a node of this config. */
function answering(slug: string, config: WorkflowDefinition["nodes"][string]["config"]): WorkflowDefinition {
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
    await meshhook.client.createWorkflow({ body: { definition: answering("answers", {}) } });
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
      .poll(saved)
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
    await meshhook.client.createWorkflow({ body: { definition: answering("page", config) } });
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
