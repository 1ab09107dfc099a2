import { compile, type WorkflowDefinition } from "@meshhook/core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { findDifference } from "../src/lib/run/agreement.ts";
import { RecomputedRun } from "../src/lib/run/recomputed-run.ts";
import { expectForEverybody } from "./axe.ts";
import { openConsole, type OpenConsole } from "./harness.ts";
import { calling, chain, PURE, publish, startTarget, WAITING, type Target } from "./run-workflows.ts";

const DESKTOP = { viewport: { width: 1280, height: 900 } } as const;
const PHONE = { viewport: { width: 360, height: 740 } } as const;

/** The CRM is always under maintenance; everything else works. */
function standing(path: string): { readonly status: number; readonly body: unknown } {
  return path.startsWith("/cases") ? { status: 503, body: { error: "maintenance" } } : { status: 200, body: { path } };
}

function clipboard(page: Page): Promise<string> {
  return page.evaluate<string>("navigator.clipboard.readText()");
}

describe("the run page", () => {
  let open: OpenConsole;
  let target: Target;
  const tokens = { pure: "", calling: "", waiting: "", chain: "" };

  beforeAll(async () => {
    target = await startTarget(standing);
    open = await openConsole({ MESHHOOK_EGRESS_ALLOW: "127.0.0.1" });
    tokens.pure = await publish(open.client, PURE);
    tokens.calling = await publish(open.client, calling(target.url));
    tokens.waiting = await publish(open.client, WAITING);
    tokens.chain = await publish(open.client, chain("chain", target.url, 6));
  });
  afterAll(async () => {
    await open.close();
    await target.close();
  });

  async function deliver(
    token: string,
    body: unknown,
    headers: { readonly [name: string]: string } = {},
  ): Promise<string> {
    return (await open.client.deliver(token, body, { headers })).runId;
  }

  async function statusOf(runId: string): Promise<string> {
    return (await open.client.getRun({ runId })).status;
  }

  async function failedCall(): Promise<string> {
    const runId = await deliver(tokens.calling, { id: "A/1" });
    await expect.poll(() => statusOf(runId)).toBe("failed");
    return runId;
  }

  /** All lines of the log, as "Copy as NDJSON" gives them. */
  async function copiedLog(page: Page): Promise<readonly string[]> {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy as NDJSON" }).click();
    const text = await clipboard(page);
    return text.split("\n").map((line) => {
      const { seq, position } = JSON.parse(line) as { seq: number; position: number };
      return `${seq}.${position}`;
    });
  }

  test("folding facts from the API gives what the server says, for runs of every kind", async () => {
    const waiting = await deliver(tokens.waiting, { ms: 3_600_000 });
    const canceled = await deliver(tokens.waiting, { ms: 3_600_000 });
    await open.client.cancelRun({ runId: canceled, body: { reason: "enough" } });
    await expect.poll(() => statusOf(canceled)).toBe("canceled");
    const runs = [
      await deliver(tokens.pure, { orderId: "A-1", amounts: [1, 2.5], constructor: { "2": 0, "1": -0.1e3 } }),
      await deliver(tokens.pure, { amounts: [-1] }),
      await deliver(tokens.pure, { amounts: "none" }),
      await failedCall(),
      await deliver(tokens.waiting, { ms: "soon" }),
      waiting,
      canceled,
    ];
    const seen = new Set<string>();
    for (const runId of runs) {
      const [resource, facts] = await Promise.all([open.client.getRun({ runId }), open.client.listFacts({ runId })]);
      const { definition } = await open.client.getVersion({ versionId: resource.versionId });
      const run = new RecomputedRun(compile(definition as WorkflowDefinition), runId);
      run.take(facts.items);
      expect(findDifference(run.run, resource)).toBeNull();
      seen.add(`${resource.status} ${resource.result?.error?.code ?? ""}`.trim());
    }
    expect([...seen]).toEqual([
      "succeeded",
      "failed terminated",
      "failed expression_failed",
      "failed http_status",
      "failed delay_invalid",
      "running",
      "canceled",
    ]);
  });

  test("a succeeded run shows its path, its result, and that it was recomputed here", async () => {
    const page = await open.open(`/runs/${await deliver(tokens.pure, { orderId: "A-1", amounts: [1, 2] })}`, DESKTOP);
    await page.getByRole("heading", { level: 1, name: "Run of Orders" }).waitFor();
    await page.getByText("Recomputed here from 1 fact: agrees with the server.").waitFor();
    await expect.poll(() => page.locator("[data-node][data-status=succeeded]").count()).toBe(4);
    expect(await page.locator("[data-node=review]").getAttribute("aria-label")).toBe("A person looks at it, skipped");
    await page.getByRole("group", { name: "The run's output" }).getByText('"accepted"').waitFor();
    await page.getByRole("button", { name: "Decide, succeeded" }).click();
    await page.getByText("no other case was true: taken").waitFor();
    expect(new URL(page.url()).searchParams.get("node")).toBe("gate");
    await page.reload();
    await page.getByRole("heading", { level: 2, name: "Decide" }).waitFor();
    await page.context().close();
  });

  test("a failed run opens at its failure, with what went wrong and what to do, and its attempts side by side", async () => {
    const page = await open.open(`/runs/${await failedCall()}`, DESKTOP);
    await page.getByRole("heading", { level: 2, name: "Send it to the CRM" }).waitFor();
    const panel = page.getByRole("complementary", { name: "Selected step" });
    await panel.getByText(`POST ${target.url} answered 503`).waitFor();
    await panel.getByText("Look at the status and the body of the last attempt").waitFor();
    await panel.getByText(`${target.url}/cases/A%2F1`).waitFor();
    expect(await panel.getByRole("article").count()).toBe(3);
    await panel.getByText("No further attempt: all attempts were used.").waitFor();
    expect(await panel.getByText(/^Next attempt at \d\d:\d\d:\d\d\.\d{3}$/).count()).toBe(2);
    expect(await panel.getByText('"maintenance"').count()).toBe(3);
    await page.locator("[data-node]").first().waitFor();
    await expectForEverybody(page);

    await page.getByRole("combobox", { name: "Level" }).selectOption("error");
    await page.getByText("2 of 8 lines").waitFor();
    expect(new URL(page.url()).searchParams.get("level")).toBe("error");
    await page.getByRole("combobox", { name: "Level" }).selectOption("debug");
    await page.getByRole("searchbox", { name: "Search the log" }).fill("attempt 2");
    await page.getByText("1 of 1").waitFor();

    await page.getByRole("link", { name: "Timeline" }).click();
    await page
      .getByRole("button", { name: /^Send it to the CRM, failed: .*call .*waited for the next attempt/ })
      .waitFor();
    expect(await page.locator("[data-bar=retry]").count()).toBe(2);
    await page.getByRole("button", { name: /^Send it to the CRM, attempt 3, failed/ }).focus();
    await page.getByText(/^Send it to the CRM, attempt 3:/).waitFor();
    const views = `[aria-label="What happened"]`;
    await expectForEverybody(page, views);
    await page.getByRole("link", { name: "Facts", exact: true }).click();
    await page.getByText("Everything that was recorded for this run").waitFor();
    await expectForEverybody(page, views);
    await page.context().close();
  });

  test("a waiting run says what it waits for, and is canceled with a reason while it is watched", async () => {
    const runId = await deliver(tokens.waiting, { ms: 3_600_000 });
    const page = await open.open(`/runs/${runId}`, DESKTOP);
    await page
      .getByRole("region", { name: "What the run is waiting for" })
      .getByText(/waits until .*\d\d:\d\d:\d\d, in (1 h|\d+ min)/)
      .waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("button", { name: "List" }).click();
    await page.getByRole("button", { name: "Cancel run" }).click();
    await page.getByRole("dialog").waitFor();
    await expectForEverybody(page);
    await page.getByLabel("Reason").fill("wrong customer");
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await page.getByText("Reason wrong customer").waitFor();
    await page.getByText("Wait canceled while it waited").waitFor();
    await page.getByText("Recomputed here from 2 facts: agrees with the server.").waitFor();
    expect(await page.getByRole("button", { name: "Cancel run" }).count()).toBe(0);
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(await statusOf(runId)).toBe("canceled");
    await page.context().close();
  });

  test("watching continues across a crash of the server, and no line is missing or repeated", async () => {
    target.answer = (path) => (path === "/call_4" ? null : standing(path));
    const runId = await deliver(tokens.chain, {});
    const page = await open.open(`/runs/${runId}`, { ...DESKTOP, expectedErrors: /Failed to load resource/ });
    await page.getByText(/call_4 has waited for the answer to attempt 1/).waitFor();
    await open.crash();
    await page.getByText("The server is not responding.").waitFor();
    await page.getByText("Not live").waitFor();
    target.answer = standing;
    await open.restart();
    await page.getByText(/Run succeeded after/).waitFor();
    await page.getByText(/agrees with the server/).waitFor();
    const { items } = await open.client.listEvents({ runId, limit: 200 });
    expect(await copiedLog(page)).toEqual(items.map(({ seq, position }) => `${seq}.${position}`));
    // The graph too, even if the server was away before its worker had loaded.
    await page.locator("[data-node][data-status=succeeded]").first().waitFor();
    await page.context().close();
  });

  test("an attempt that is opened stays open while further ones arrive, and those open nothing", async () => {
    const token = await publish(open.client, calling(target.url, "persistent", 60));
    const runId = await deliver(token, { id: "A/2" });
    const page = await open.open(`/runs/${runId}?node=send`, DESKTOP);
    const rows = page.locator("ol[aria-label=Attempts] > li > details");
    await rows.first().locator(":scope > summary").click();
    const isOpen = (): Promise<boolean[]> =>
      rows.evaluateAll((all) => all.map((row) => "open" in row && row.open === true));
    const count = async (): Promise<number> =>
      Number.parseInt(await page.getByRole("heading", { name: /^\d+ attempts$/ }).innerText(), 10);
    const seen = await count();
    await expect.poll(count).toBeGreaterThan(seen);
    const rowsNow = await isOpen();
    expect([rowsNow[0], rowsNow.at(-1)]).toEqual([true, false]);
    await open.client.cancelRun({ runId });
    await page.context().close();
  });

  test("the address of a run that does not exist says so", async () => {
    const page = await open.open("/runs/019ab2f0-4c00-7000-8010-00000000000a", { expectedErrors: /404/ });
    await page.getByRole("heading", { name: "Page not found" }).waitFor();
    await page.getByText(/019ab2f0-4c00-7000-8010-00000000000a/).waitFor();
    await page.context().close();
  });

  test("steps are reached and selected by keyboard, in the graph and on a phone in the list", async () => {
    const runId = await deliver(tokens.pure, { amounts: [2_000] });
    const page = await open.open(`/runs/${runId}`, DESKTOP);
    await page.getByRole("button", { name: "An order comes in, succeeded" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 2, name: "Decide" }).waitFor();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Space");
    await page.getByRole("heading", { level: 2, name: "A person looks at it" }).waitFor();
    await page.setViewportSize(PHONE.viewport);
    const listed = page.getByRole("listitem").getByRole("button", { name: /^Decide/ });
    await listed.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 2, name: "Decide" }).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(PHONE.viewport.width);
    await page.context().close();
  });

  test("a link to a line of the log opens at it, even if filters would hide it", async () => {
    const runId = await failedCall();
    const page = await open.open(`/runs/${runId}?level=error#e0.2`, DESKTOP);
    const line = page.locator('[aria-current="true"]', { hasText: "attempt 1, POST" });
    await line.waitFor();
    await page.getByText("8 lines", { exact: true }).waitFor();
    await page.getByRole("link", { name: /^Link to line e1\.0/ }).click();
    await page.locator('[aria-current="true"]', { hasText: "attempt 1 answered 503" }).waitFor();
    expect(new URL(page.url()).hash).toBe("#e1.0");
    await page.context().close();
  });
});
