import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openConsole, type OpenConsole } from "./harness.ts";

let meshhook: OpenConsole;
/** Ends at once, well or badly as the payload says. */
let gate: string;
/** Waits until it is canceled. */
let slow: string;

beforeAll(async () => {
  meshhook = await openConsole();
  gate = await publish("gate", "Gate", {
    nodes: {
      in: { type: "webhook@1", config: {} },
      decide: { type: "branch@1", config: { condition: "input.isFine" } },
      fine: { type: "terminate@1", config: {} },
      bad: { type: "terminate@1", config: { status: "failed", reason: "not fine" } },
    },
    edges: [
      { from: "in", to: "decide" },
      { from: "decide", port: "true", to: "fine" },
      { from: "decide", port: "false", to: "bad" },
    ],
  });
  slow = await publish("slow", "Slow", {
    nodes: {
      in: { type: "webhook@1", config: {} },
      wait: { type: "delay@1", config: { durationMs: 3_600_000 } },
      done: { type: "terminate@1", config: {} },
    },
    edges: [
      { from: "in", to: "wait" },
      { from: "wait", to: "done" },
    ],
  });
  for (let count = 0; count < 120; count++) await meshhook.client.deliver(gate, { isFine: count % 10 !== 0 });
});
afterAll(() => meshhook.close());

async function publish(slug: string, name: string, graph: object): Promise<string> {
  const definition = { apiVersion: "meshhook/v1", kind: "Workflow", slug, name, ...graph };
  await meshhook.client.updateWorkflow({ workflow: slug, body: { definition } });
  await meshhook.client.publishWorkflow({ workflow: slug });
  return (await meshhook.client.createEndpoint({ body: { workflow: slug, name: slug } })).token;
}

/** The ids of the shown runs, newest first. */
async function shownRuns(page: Page): Promise<readonly string[]> {
  const links = page.getByRole("table", { name: "Runs" }).locator('a[href^="/runs/"]');
  return links.evaluateAll((all) => all.map((link) => link.getAttribute("href")!.slice("/runs/".length)));
}

async function openRuns(path = "/runs"): Promise<Page> {
  const page = await meshhook.open(path);
  await page.getByRole("table", { name: "Runs" }).waitFor();
  // Away from the rows, which do not move under the pointer.
  await page.getByRole("heading", { name: "Runs" }).hover();
  return page;
}

describe("the runs list", () => {
  it("shows a new run automatically, and its end in place", async () => {
    const page = await openRuns();
    const { runId } = await meshhook.client.deliver(slow, {});
    const row = page.getByRole("row").filter({ has: page.locator(`a[href="/runs/${runId}"]`) });
    await row.getByText("running").waitFor();
    await meshhook.client.cancelRun({ runId });
    await row.getByText("canceled").waitFor();
    await page.context().close();
  });

  it("counts new runs instead of moving the rows under the pointer, and shows them on request", async () => {
    const page = await openRuns();
    await page.getByRole("row").nth(5).hover();
    const before = await shownRuns(page);
    const fresh: string[] = [];
    for (let count = 0; count < 3; count++)
      fresh.unshift((await meshhook.client.deliver(gate, { isFine: true })).runId);
    const pill = page.getByRole("button", { name: "3 new runs" });
    await pill.waitFor();
    expect(await shownRuns(page)).toEqual(before);
    await pill.click();
    await expect.poll(async () => (await shownRuns(page)).slice(0, 3)).toEqual(fresh);
    await page.context().close();
  });

  it("does not change while paused, and catches up afterwards", async () => {
    const page = await openRuns();
    await page.getByRole("button", { name: "Pause" }).click();
    const before = await shownRuns(page);
    const { runId } = await meshhook.client.deliver(gate, { isFine: true });
    await page.getByRole("button", { name: "1 new run", exact: true }).waitFor();
    expect(await shownRuns(page)).toEqual(before);
    await page.getByRole("button", { name: "Go live" }).click();
    await expect.poll(async () => (await shownRuns(page))[0]).toBe(runId);
    await page.context().close();
  });

  it("keeps its filters in the address, combined, and says when nothing matches", async () => {
    const page = await openRuns();
    await page.getByRole("navigation", { name: "Runs by status" }).getByRole("link", { name: "failed" }).click();
    await page.waitForURL("**/runs?status=failed");
    await expect.poll(async () => (await shownRuns(page)).length).toBe(12);
    await page.getByLabel("Workflow").selectOption({ label: "Slow" });
    await page.waitForURL("**/runs?status=failed&workflow=slow");
    await page.getByRole("heading", { name: "No runs match these filters" }).waitFor();
    await page.goBack();
    await expect.poll(async () => (await shownRuns(page)).length).toBe(12);
    await page.context().close();
  });

  it("is filtered by when runs started", async () => {
    const future = new Date(Date.now() + 86_400_000).toISOString();
    const page = await meshhook.open(`/runs?startedAfter=${future}`);
    await page.getByRole("heading", { name: "No runs match these filters" }).waitFor();
    await page.goto(`/runs?startedBefore=${future}`);
    await page.getByRole("table", { name: "Runs" }).waitFor();
    await page.getByRole("button", { name: /^Time Before / }).click();
    expect(await page.getByLabel("Started before").inputValue()).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/);
    const rows = await page.getByRole("table", { name: "Runs" }).boundingBox();
    await page.getByRole("button", { name: "Last 24 hours" }).click();
    await page.waitForURL(/startedAfter=[^&]*$/);
    await page.getByRole("button", { name: /^Time Since / }).waitFor();
    // The choice covers the list and does not move anything.
    expect(await page.getByRole("table", { name: "Runs" }).boundingBox()).toMatchObject({ y: rows?.y });
    await page.context().close();
  });

  it("has pages of a hundred, without gaps or repeats", async () => {
    const page = await openRuns("/runs?workflow=gate&status=succeeded");
    const newest = await shownRuns(page);
    expect(newest).toHaveLength(100);
    await page.getByRole("link", { name: "Older" }).click();
    await page.waitForURL(/cursor=/);
    await page.getByText("Older:").waitFor();
    const older = await shownRuns(page);
    expect(older.length).toBeGreaterThan(0);
    const everything = [...newest, ...older];
    expect(new Set(everything).size).toBe(everything.length);
    expect(everything).toEqual(everything.toSorted().toReversed());
    await page.getByRole("link", { name: "Newest" }).click();
    await expect.poll(async () => (await shownRuns(page)).length).toBe(100);
    await page.context().close();
  });

  it("says why runs failed, and replays all of them once it has said how many", async () => {
    const sour = await publish("sour", "Sour", {
      nodes: {
        in: { type: "webhook@1", config: {} },
        size: { type: "transform@1", config: { expression: "abs(input.size)" } },
      },
      edges: [{ from: "in", to: "size" }],
    });
    for (const size of ["large", "small"]) await meshhook.client.deliver(sour, { size });
    const page = await openRuns("/runs?status=failed&workflow=sour");
    await expect.poll(() => page.getByText(/^expression_failed in size: /).count()).toBe(2);
    await page.getByRole("button", { name: "Replay these…" }).click();
    await page.getByText("2 runs would run again").waitFor();
    await page.getByRole("button", { name: "Replay 2 runs" }).click();
    await page.getByRole("status").filter({ hasText: "2 replayed" }).filter({ hasText: "Done" }).waitFor();
    const { items } = await meshhook.client.listRuns({ workflow: "sour" });
    expect(items).toHaveLength(4);
    await page.context().close();
  });

  it("cancels all running runs of a workflow, with a reason, once it has said how many", async () => {
    const waiting = [];
    for (let count = 0; count < 2; count++) waiting.push((await meshhook.client.deliver(slow, {})).runId);
    const page = await openRuns("/runs?status=running&workflow=slow");
    await page.getByRole("button", { name: "Cancel these…" }).click();
    await page.getByText("2 runs would be canceled").waitFor();
    await page.getByLabel("Reason").fill("not needed any more");
    await page.getByRole("button", { name: "Cancel 2 runs" }).click();
    await page.getByRole("status").filter({ hasText: "2 canceled" }).filter({ hasText: "Done" }).waitFor();
    for (const runId of waiting) {
      const result = async () => (await meshhook.client.getRun({ runId })).result;
      await expect.poll(result).toMatchObject({ status: "canceled", reason: "not needed any more" });
    }
    await page.context().close();
  });

  it("shows cards on a phone, and nothing is cut off", async () => {
    const page = await meshhook.open("/runs", { viewport: { width: 320, height: 700 } });
    await page.getByRole("list", { name: "Runs" }).waitFor();
    expect(await page.getByRole("table").count()).toBe(0);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(320);
    await page.context().close();
  });

  it("keeps its rows while the server is away, and continues when the server is back", async () => {
    const page = await meshhook.open("/runs", { expectedErrors: /Failed to load resource|ERR_|net::/ });
    await page.getByRole("table", { name: "Runs" }).waitFor();
    await page.getByRole("heading", { name: "Runs" }).hover();
    const before = await shownRuns(page);
    await meshhook.crash();
    await page.getByText("The server is not responding.").waitFor();
    expect(await shownRuns(page)).toEqual(before);
    await meshhook.restart();
    await page.getByText("The server is not responding.").waitFor({ state: "detached" });
    const { runId } = await meshhook.client.deliver(gate, { isFine: true });
    await expect.poll(async () => (await shownRuns(page))[0]).toBe(runId);
    await page.context().close();
  });
});

describe("the log of deliveries", () => {
  it("says why a webhook was rejected and what to do, shows what arrives, and sends an accepted one again", async () => {
    const settings = { signature: "stripe", secret: "canary-of-the-page" } as const;
    const body = { workflow: "gate", name: "Shop", ...settings };
    const { id, path } = await meshhook.client.createEndpoint({ body });
    const page = await meshhook.open(`/deliveries?endpoint=${id}`);
    await page.getByText("If a webhook is missing, no request reached this endpoint").waitFor();
    await fetch(meshhook.url + path, {
      method: "POST",
      body: "{}",
      headers: { "stripe-signature": `t=1,v1=${"0".repeat(64)}` },
    });
    const rows = page.getByRole("list", { name: "Deliveries" }).getByRole("listitem");
    await rows.getByText("signature_invalid", { exact: true }).click();
    await rows.getByText("Compare the settings of both.").waitFor();
    expect(await rows.getByRole("button", { name: "Send again…" }).count()).toBe(0);

    await page.getByRole("button", { name: "Send a test…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Payload").fill('{"isFine":true}');
    await dialog.getByLabel("Headers").fill("no header");
    await dialog.getByText('"no header" is not a header.').waitFor();
    await dialog.getByLabel("Headers").fill("x-acme: 1");
    await dialog.getByRole("button", { name: "Send", exact: true }).click();
    await dialog.getByText(/^Answered 202 in/).waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();

    await page.getByRole("link", { name: "accepted" }).click();
    await page.waitForURL(`**/deliveries?outcome=accepted&endpoint=${id}`);
    await rows.getByText("test", { exact: true }).click();
    await rows.getByText("a test, sent from MeshHook").waitFor();
    await rows.getByRole("button", { name: "Send again…" }).click();
    await page.getByRole("button", { name: "Send again and open the run" }).click();
    await page.waitForURL("**/runs/*");
    const runId = new URL(page.url()).pathname.slice("/runs/".length);
    expect((await meshhook.client.getRun({ runId })).origin).toMatchObject({ kind: "replay" });
    await page.context().close();
  });
});
