import { afterAll, beforeAll, expect, test } from "vitest";

import { expectForEverybody } from "./axe.ts";
import { openConsole, type OpenConsole } from "./harness.ts";
import { calling, LOOPING, PURE, publish, startTarget, type Target } from "./run-workflows.ts";

const DESKTOP = { viewport: { width: 1280, height: 900 } } as const;
const PANEL = `[aria-label="Selected step"]`;

let meshhook: OpenConsole;
let target: Target;
const tokens = { pure: "", calling: "", loop: "" };

beforeAll(async () => {
  // The CRM is always under maintenance.
  target = await startTarget(() => ({ status: 503, body: { error: "maintenance" } }));
  meshhook = await openConsole({ MESHHOOK_EGRESS_ALLOW: "127.0.0.1" });
  tokens.pure = await publish(meshhook.client, PURE);
  tokens.calling = await publish(meshhook.client, calling(target.url));
  tokens.loop = await publish(meshhook.client, LOOPING);
});
afterAll(async () => {
  await meshhook.close();
  await target.close();
});

async function deliver(
  token: string,
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): Promise<string> {
  return (await meshhook.client.deliver(token, body, { headers })).runId;
}

async function failedCall(): Promise<string> {
  const runId = await deliver(tokens.calling, { id: "A/1" });
  await expect.poll(async () => (await meshhook.client.getRun({ runId })).status).toBe("failed");
  return runId;
}

test("a failed run is replayed and resumed from its page, and the pages say where it went and came from", async () => {
  const runId = await failedCall();
  const page = await meshhook.open(`/runs/${runId}`, DESKTOP);
  await page.getByRole("button", { name: "Replay", exact: true }).click();
  await page.getByRole("dialog", { name: "Replay this run?" }).waitFor();
  await expectForEverybody(page, "dialog");
  await page.getByRole("button", { name: "Replay and open the run" }).click();
  await page.getByText(/^Replays run /).waitFor();
  await page.goBack();
  await page.getByText("Replayed as run").waitFor();
  await page.getByRole("button", { name: "Resume from here" }).click();
  await page.getByRole("textbox", { name: "Input" }).fill("{ nothing");
  await page.getByRole("dialog").getByRole("alert").waitFor();
  await expectForEverybody(page, "dialog");
  await page.getByRole("textbox", { name: "Input" }).fill('{ "id": "B/2" }');
  await page.getByRole("button", { name: "Resume and open the run" }).click();
  await page.getByText("with edited input").waitFor();
  await page.getByText(`${target.url}/cases/B%2F2`).first().waitFor();
  await page.getByText("agrees with the server.").waitFor();
  await page.context().close();
});

test("a loop of thousands opens at the iteration that failed, leads to its step and its lines, and is resumed there", async () => {
  const lines = Array.from({ length: 2_000 }, (_, index) => (index === 1_234 ? "x" : index));
  const page = await meshhook.open(`/runs/${await deliver(tokens.loop, { lines })}`, DESKTOP);
  await page.getByRole("heading", { level: 2, name: "Each line" }).waitFor();
  const panel = page.getByRole("complementary", { name: "Selected step" });
  const rows = panel.getByRole("group", { name: "Iterations of the loop" }).getByRole("button");
  await panel.getByText("765 not begun").waitFor();
  await expectForEverybody(page, PANEL);
  expect(await rows.first().getAttribute("aria-label")).toBe("Iteration 1234, failed");
  expect(await rows.count()).toBeLessThan(40);
  await panel.getByLabel("Go to number").fill("777");
  await panel.getByRole("button", { name: "Iteration 777, succeeded" }).waitFor();
  await panel.getByRole("button", { name: "1 failed" }).click();
  await expect.poll(() => rows.count()).toBe(1);

  await rows.first().click();
  await panel.getByRole("heading", { name: "Iteration 1234" }).waitFor();
  await panel.getByRole("group", { name: "Item of iteration 1234" }).getByText('"x"').waitFor();
  await expectForEverybody(page, PANEL);
  await panel.getByRole("list", { name: "Steps of iteration 1234" }).getByRole("button", { name: "Measure" }).click();
  await panel.getByRole("heading", { level: 2, name: "Measure" }).waitFor();
  await panel.getByText("expression_failed").waitFor();
  expect(new URL(page.url()).search).toBe("?node=measure&iteration=1234");
  await page.getByRole("checkbox", { name: "Only Measure[1234]" }).check();
  await page.getByText(/^1 of \d+ lines$/).waitFor();
  await page.getByRole("checkbox", { name: "Only Measure[1234]" }).uncheck();
  await page.getByRole("searchbox", { name: "Search the log" }).fill("iteration 1234");
  const line = page.locator('[id^="e0."]').filter({ hasText: "iteration 1234 failed" });
  await line.getByRole("button", { name: "Each line" }).click();
  await panel.getByRole("heading", { name: "Iteration 1234" }).waitFor();

  await panel.getByRole("list", { name: "Steps of iteration 1234" }).getByRole("button", { name: "Measure" }).click();
  await panel.getByRole("button", { name: "Resume from here" }).click();
  const dialog = page.getByRole("dialog", { name: "Resume from Measure[1234]?" });
  await dialog.getByRole("button", { name: "Resume and open the run" }).click();
  await page.getByText(/^Continues run .* at Measure\[1234\]/).waitFor();
  await panel.getByRole("button", { name: "1234 succeeded" }).waitFor();
  await panel.getByRole("button", { name: "1 failed" }).waitFor();
  await page.getByText(/agrees with the server/).waitFor();
  await page.context().close();
});

test("a delivery is sent again as a new one after a confirmation, and copied as a curl line", async () => {
  const first = await deliver(tokens.pure, { amounts: [5] }, { "idempotency-key": "once", "x-github-event": "issues" });
  const page = await meshhook.open(`/runs/${first}?view=delivery`, DESKTOP);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByText("x-github-event:").waitFor();
  await expectForEverybody(page, `[aria-label="What happened"]`);
  await page.getByRole("button", { name: "Copy as curl" }).click();
  const curl = await page.evaluate<string>("navigator.clipboard.readText()");
  expect(curl).toContain(`curl -i '${meshhook.url}/hooks/${tokens.pure}'`);
  expect(curl).not.toContain("once");
  await page.getByRole("button", { name: "Send again…" }).click();
  await page.getByText("It starts a new run").waitFor();
  await page.getByRole("button", { name: "Send and open the new run" }).click();
  await page.waitForURL((address) => address.pathname.startsWith("/runs/") && !address.pathname.endsWith(first));
  await page.getByText("Recomputed here from 1 fact: agrees with the server.").waitFor();
  const second = new URL(page.url()).pathname.slice("/runs/".length);
  const [delivery] = (await meshhook.client.listFacts({ runId: second })).items;
  expect(delivery?.data).toMatchObject({ body: { amounts: [5] }, headers: { "x-github-event": "issues" } });
  await page.context().close();
});
