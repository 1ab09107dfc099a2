import { afterAll, beforeAll, expect, test } from "vitest";

import { openConsole, type OpenConsole } from "./harness.ts";
import { publish, PURE, startTarget, wide, type Target } from "./run-workflows.ts";

/** The target is 1,000 ms; machines that run the suite share two cores with it. */
const FIRST_LINES_MS_MAX = 10_000;

let meshhook: OpenConsole;
let target: Target;
let failed: string;
beforeAll(async () => {
  target = await startTarget(() => ({ status: 503, body: { error: "busy" } }));
  meshhook = await openConsole({ MESHHOOK_SAMPLE: "off", MESHHOOK_EGRESS_ALLOW: "127.0.0.1" });
  const token = await publish(meshhook.client, PURE);
  failed = (await meshhook.client.deliver(token, { orderId: "A-1", amounts: [-5] })).runId;
});
afterAll(async () => {
  await meshhook.close();
  await target.close();
});

const FACTS = "**/api/v1/runs/*/facts*";

test("a run whose facts take their time is shown as the server reports it, and whole as soon as they are there", async () => {
  const page = await meshhook.open("about:blank");
  let arrive = (): void => undefined;
  const held = new Promise<void>((resolve) => (arrive = resolve));
  await page.route(FACTS, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`/runs/${failed}`);
  await page.getByRole("heading", { name: "Run of Orders" }).waitFor();
  await page.getByText("Loading the run's facts and recomputing its steps and log…").waitFor();
  await page.getByText("A total below 0").first().waitFor();
  const steps = page.getByRole("region", { name: "Steps" });
  await steps.getByRole("heading", { name: "6 steps" }).waitFor();
  await steps
    .getByRole("listitem")
    .filter({ hasText: /^4\s+succeeded\s*$/ })
    .waitFor();
  await steps
    .getByRole("listitem")
    .filter({ hasText: /^2\s+skipped\s*$/ })
    .waitFor();
  expect(await page.getByRole("log").count()).toBe(0);

  arrive();
  await page.getByRole("log").waitFor();
  await page.getByText(/Recomputed here from 1 fact: agrees with the server/).waitFor();
  expect(await page.getByText("Loading the run's facts").count()).toBe(0);
  await page.context().close();
});

test("a run whose facts cannot be had says so, keeps what the server reports, and can be tried again", async () => {
  const page = await meshhook.open("about:blank", { expectedErrors: /Failed to load resource/ });
  let isBroken = true;
  let refuse = (): void => undefined;
  const held = new Promise<void>((resolve) => (refuse = resolve));
  await page.route(FACTS, async (route) => {
    if (!isBroken) return route.continue();
    await held;
    await route.fulfill({
      status: 500,
      contentType: "application/problem+json",
      body: JSON.stringify({ status: 500, code: "internal", title: "Defect", detail: "The facts could not be read" }),
    });
  });
  await page.goto(`/runs/${failed}`);
  await page.getByRole("heading", { name: "Run of Orders" }).waitFor();
  refuse();
  const notice = page.getByText("This run's steps and log could not be loaded");
  await notice.waitFor();
  await page.getByText("The facts could not be read.").waitFor();
  isBroken = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("log").waitFor();
  expect(await notice.count()).toBe(0);
  await page.context().close();
});

test("a run with 5,000 events opens at once, draws only what is visible, and is searched to its end", async () => {
  const token = await publish(meshhook.client, wide(target.url, 230, 20));
  const { runId } = await meshhook.client.deliver(token, {});
  const statusOf = async (): Promise<string> => (await meshhook.client.getRun({ runId })).status;
  await expect.poll(statusOf, { interval: 250 }).toBe("succeeded");

  const page = await meshhook.open("/sign-in", { viewport: { width: 1280, height: 900 } });
  await page.goto(`/runs/${runId}`);
  const count = page.getByText(/^\d{4,} lines$/);
  await count.waitFor();
  expect(Number.parseInt(await count.innerText(), 10)).toBeGreaterThanOrEqual(5_000);

  await page.waitForFunction(() => performance.getEntriesByName("run:log-painted").length > 0);
  const paintedMs = await page.evaluate(() => performance.getEntriesByName("run:log-painted")[0]!.startTime);
  process.stdout.write(`first lines of 5,000 events after ${Math.round(paintedMs)} ms\n`);
  expect(paintedMs).toBeLessThan(FIRST_LINES_MS_MAX);

  const rows = page.getByRole("log").getByRole("link", { name: /^Link to line/ });
  expect(await rows.count()).toBeLessThan(60);
  await page.getByRole("searchbox", { name: "Search the log" }).fill("call_230 failed");
  await page.getByText("call_230 failed: http_status").waitFor();
  await page.getByRole("log").press("End");
  await page.getByText(/Run succeeded after/).waitFor();
  expect(await rows.count()).toBeLessThan(60);
  await expect.poll(() => page.locator("[data-node]").count()).toBeGreaterThan(1);
  await page.getByText(/Recomputed here from 4601 facts: agrees with the server/).waitFor();
  await page.getByRole("button", { name: "Show the whole graph" }).click();
  await expect.poll(() => page.locator("[data-node]").count()).toBe(232);
  await page.context().close();
});
