import { afterAll, beforeAll, expect, test } from "vitest";

import { openConsole, type OpenConsole } from "./harness.ts";
import { publish, PURE } from "./run-workflows.ts";

let meshhook: OpenConsole;
let failed: string;
beforeAll(async () => {
  meshhook = await openConsole({ MESHHOOK_SAMPLE: "off" });
  const token = await publish(meshhook.client, PURE);
  failed = (await meshhook.client.deliver(token, { orderId: "A-1", amounts: [-5] })).runId;
});
afterAll(() => meshhook.close());

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
