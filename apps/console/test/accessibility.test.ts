import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { findingsOf } from "./axe.ts";
import { KEY, openConsole, type OpenConsole } from "./harness.ts";
import { addSampleReport } from "./sample-report.ts";

/** Every page of the console; `{run}` stands for a run that failed. A new page is covered by adding it here. */
const PAGES = [
  "/",
  "/workflows",
  "/workflows/new",
  "/workflows/first-webhook",
  "/runs",
  "/runs?status=canceled",
  "/runs/{run}",
  "/deliveries",
  "/deliveries?outcome=duplicate",
  "/benchmarks",
  "/benchmarks/sample",
  "/settings",
  "/settings/members",
  "/settings/audit",
  "/settings/health",
  "/settings/alerts",
  "/statistics",
  "/account",
  "/nowhere",
] as const;
const DESK = { width: 1280, height: 900 };

let meshhook: OpenConsole;
let run: string;
let reports: string;

beforeAll(async () => {
  reports = await mkdtemp(join(tmpdir(), "meshhook-reports-"));
  await addSampleReport(reports, "sample");
  meshhook = await openConsole({ MESHHOOK_REPORTS_DIR: reports });
});
afterAll(async () => {
  await meshhook.close();
  await rm(reports, { recursive: true, force: true });
});

// Before anything has run: this test comes first.
it("axe finds nothing in the first minute of a new installation", async () => {
  const page = await meshhook.open("/", { viewport: DESK });
  await page.getByRole("button", { name: "Send it from here" }).waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await page.context().close();
});

it("a run fails, for the tests that follow", async () => {
  run = await runThatFailed();
  expect((await meshhook.client.getRun({ runId: run })).status).toBe("failed");
});

async function settle(page: Page): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  // Parts that load lazily say so until then.
  await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0);
}

/** What axe finds on the current page in both themes and on a phone, and whether the page is wider than the window. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  const isWide = (): Promise<boolean> =>
    page.evaluate<boolean>("document.documentElement.scrollWidth > document.documentElement.clientWidth");
  const faults = [
    ...(await findingsOf(page, { theme: "light", rules: "all" })),
    ...(await findingsOf(page, { theme: "dark", rules: "colours" })),
  ];
  if (await isWide()) faults.push("wider than the window");
  await page.setViewportSize({ width: 360, height: 900 });
  faults.push(...(await findingsOf(page, { theme: "light", rules: "structure" })).map((fault) => `360 px: ${fault}`));
  if (await isWide()) faults.push("360 px: wider than the window");
  await page.setViewportSize(DESK);
  return faults;
}

describe("axe finds nothing, in both themes", () => {
  it("on the sign-in page", async () => {
    const page = await meshhook.open("/sign-in", { isSignedIn: false, viewport: DESK });
    await settle(page);
    expect(await faultsOf(page)).toEqual([]);
    await page.context().close();
  });

  it("on every page", async () => {
    const page = await meshhook.open("/", {
      viewport: DESK,
      expectedErrors: /404 \(Not Found\)|Blocked script|Content Security Policy/,
    });
    const faults: { [path: string]: readonly string[] } = {};
    const grounds = new Set<string>();
    for (const path of PAGES) {
      await page.goto(path.replace("{run}", run));
      await settle(page);
      const found = await faultsOf(page);
      if (found.length > 0) faults[path] = found;
    }
    expect(faults).toEqual({});
    // Both themes were really there.
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      grounds.add(await page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor"));
    }
    expect(grounds.size).toBe(2);
    await page.context().close();
  }, 90_000);

  it("in the dialogs of the shell", async () => {
    const page = await meshhook.open("/settings", { viewport: DESK });
    await settle(page);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "What do you want to do?" }).waitFor();
    const faults = [...(await faultsOf(page))];
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("Shift+?");
    await page.getByRole("dialog", { name: "Shortcuts" }).waitFor();
    faults.push(...(await faultsOf(page)));
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Account/ }).click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    faults.push(...(await faultsOf(page)));
    expect(faults).toEqual([]);
    await page.context().close();
  });
});

async function runThatFailed(): Promise<string> {
  const definition = {
    apiVersion: "meshhook/v1",
    kind: "Workflow",
    slug: "fails",
    name: "Fails",
    nodes: {
      in: { type: "webhook@1", config: {} },
      out: { type: "terminate@1", config: { status: "failed", reason: "as it was told" } },
    },
    edges: [{ from: "in", to: "out" }],
  };
  await meshhook.client.updateWorkflow({ workflow: "fails", body: { definition } });
  await meshhook.client.publishWorkflow({ workflow: "fails" });
  const { token } = await meshhook.client.createEndpoint({ body: { workflow: "fails", name: "in" } });
  return (await meshhook.client.deliver(token, {})).runId;
}

describe("by keyboard alone", () => {
  it("a person signs in, looks at the overview, goes to the runs and opens one", async () => {
    const page = await meshhook.open("/sign-in", { isSignedIn: false });
    await page.getByLabel("API key").waitFor();
    await page.keyboard.type(KEY);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("r");
    await page.getByRole("heading", { name: "Runs", exact: true }).waitFor();
    const link = page.locator(`main a[href="/runs/${run}"]`);
    await link.waitFor();
    const focused = page.locator(`main a[href="/runs/${run}"]:focus-visible`);
    for (let presses = 0; presses < 60 && (await focused.count()) === 0; presses++) await page.keyboard.press("Tab");
    expect(await focused.count()).toBe(1);
    expect(await page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/runs/${run}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.context().close();
  });

  it("every command is found by name, and letters do not act while the user is typing", async () => {
    const page = await meshhook.open("/workflows");
    await page.getByRole("heading", { name: "Workflows" }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("g r ?");
    expect(await page.getByRole("searchbox").inputValue()).toBe("g r ?");
    expect(new URL(page.url()).pathname).toBe("/workflows");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.getByRole("searchbox").blur();

    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: "What do you want to do?" });
    await field.waitFor();
    await page.keyboard.type("go fail");
    await page.getByRole("option", { name: "Failed runs", selected: true }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/runs?status=failed");
    expect(await page.getByRole("dialog").count()).toBe(0);

    await page.keyboard.press("Control+k");
    await field.waitFor();
    await page.keyboard.type("nothing is called so");
    await page.getByText("Nothing matches.").waitFor();
    await page.keyboard.press("Escape");
    await field.waitFor({ state: "detached" });
    await page.context().close();
  });
});
