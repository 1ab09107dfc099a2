import { afterAll, beforeAll, expect, test } from "vitest";

import { openConsole, type OpenConsole } from "./harness.ts";
import { publish, startTarget, wide, type Target } from "./run-workflows.ts";

/** The target is 1,000 ms; machines that run the suite share two cores with it. */
const FIRST_LINES_MS_MAX = 10_000;

let open: OpenConsole;
let target: Target;
beforeAll(async () => {
  target = await startTarget(() => ({ status: 503, body: { error: "busy" } }));
  open = await openConsole({ MESHHOOK_EGRESS_ALLOW: "127.0.0.1" });
});
afterAll(async () => {
  await open.close();
  await target.close();
});

test("a run with 5,000 events opens at once, draws only what is visible, and is searched to its end", async () => {
  const token = await publish(open.client, wide(target.url, 230, 20));
  const { runId } = await open.client.deliver(token, {});
  const statusOf = async (): Promise<string> => (await open.client.getRun({ runId })).status;
  await expect.poll(statusOf, { timeout: 20_000, interval: 250 }).toBe("succeeded");

  const page = await open.open("/sign-in", { viewport: { width: 1280, height: 900 } });
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
