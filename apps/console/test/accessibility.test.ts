import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { KEY, openConsole, type OpenConsole } from "./harness.ts";
import { addSampleReport } from "./sample-report.ts";

const TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

/** Every page of the console; `{run}` stands for a run that failed. A new page is covered by adding it here. */
const PAGES = [
  "/",
  "/workflows",
  "/workflows/new",
  "/workflows/first-webhook",
  "/runs",
  "/runs?status=canceled",
  "/runs/{run}",
  "/benchmarks",
  "/benchmarks/sample",
  "/settings",
  "/nowhere",
] as const;
const THEMES = ["light", "dark"] as const;
/** Colours do not depend on the width, so widths are checked in one theme. */
const WIDTHS = { light: [1280, 360], dark: [1280] } as const;

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
it.each(THEMES)("axe finds nothing in the first minute of a new installation, in the %s theme", async (colorScheme) => {
  const page = await meshhook.open("/", { colorScheme });
  await page.getByRole("button", { name: "Send it from here" }).waitFor();
  expect(await faultsOf(page, colorScheme)).toEqual([]);
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

/** What axe finds on the current page, and whether the page is wider than the window. */
async function faultsOf(page: Page, theme: "light" | "dark"): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const width of WIDTHS[theme]) {
    await page.setViewportSize({ width, height: 900 });
    const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    const found = violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
    const isWide = await page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");
    if (isWide) found.push("wider than the window");
    faults.push(...found.map((fault) => `${width} px: ${fault}`));
  }
  return faults;
}

describe.each(THEMES)("axe finds nothing in the %s theme", (colorScheme) => {
  it("on the sign-in page", async () => {
    const page = await meshhook.open("/sign-in", { isSignedIn: false, colorScheme });
    await settle(page);
    expect(await faultsOf(page, colorScheme)).toEqual([]);
    await page.context().close();
  });

  it("on every page", async () => {
    const page = await meshhook.open("/", {
      colorScheme,
      expectedErrors: /404 \(Not Found\)|Blocked script|Content Security Policy/,
    });
    const faults: { [path: string]: readonly string[] } = {};
    for (const path of PAGES) {
      await page.goto(path.replace("{run}", run));
      await settle(page);
      const found = await faultsOf(page, colorScheme);
      if (found.length > 0) faults[path] = found;
    }
    expect(faults).toEqual({});
    await page.context().close();
  }, 90_000);

  it("in the dialogs of the shell", async () => {
    const page = await meshhook.open("/settings", { colorScheme });
    await settle(page);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "What do you want to do?" }).waitFor();
    const faults = [...(await faultsOf(page, colorScheme))];
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("Shift+?");
    await page.getByRole("dialog", { name: "Shortcuts" }).waitFor();
    faults.push(...(await faultsOf(page, colorScheme)));
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /^Account/ }).click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    faults.push(...(await faultsOf(page, colorScheme)));
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
