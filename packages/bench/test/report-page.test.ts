import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { launchBrowser } from "@meshhook/testkit/browser";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findBottlenecks } from "../src/finding/findings.ts";
import type { BenchResult, ScenarioResult } from "../src/result/result.ts";
import { writeReports } from "../src/report/write-reports.ts";
import { failedSample, sampleResult } from "./sample-result.ts";

let browser: Browser;
let folder: string;

beforeAll(async () => {
  browser = await launchBrowser();
  folder = await mkdtemp(join(tmpdir(), "meshhook-report-"));
  const failed = failedSample();
  await writeReports(sampleResult(), join(folder, "passed"));
  await writeReports({ ...failed, findings: findBottlenecks(failed) }, join(folder, "failed"));
  await writeReports(
    { ...failed, findings: findBottlenecks(failed), scenarios: shortest(failed) },
    join(folder, "short"),
  );
});

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

/** One scenario of a few seconds that has a part of every kind: axe reads every word of a page. */
function shortest({ scenarios }: BenchResult): readonly ScenarioResult[] {
  const fault = {
    kind: "kill-9",
    text: "MeshHook is killed.",
    beganMs: 1_000,
    endedMs: 1_500,
    failedRequests: 9,
    firstFailedMs: 1_001,
    lastFailedMs: 1_900,
    clientsMs: 900,
    rateBackMs: 500,
    p50BackMs: null,
  };
  return scenarios.slice(4).map((scenario) => ({ ...scenario, series: scenario.series.slice(0, 4), faults: [fault] }));
}

/** It takes some seconds, and on a busy machine many. */
const AXE_MS_MAX = 180_000;

interface Visit {
  readonly page: Page;
  /** Requests beyond the page itself. */
  readonly requests: readonly string[];
  readonly messages: readonly string[];
}

/** Opens a report and hands the page to `look`. */
async function visit(
  report: "passed" | "failed" | "short",
  options: BrowserContextOptions,
  look: (visit: Visit) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const url = pathToFileURL(join(folder, report, "report.html")).href;
  const requests: string[] = [];
  const messages: string[] = [];
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) requests.push(request.url());
  });
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(error.message));
  await page.goto(url, { waitUntil: "load" });
  await look({ page, requests, messages });
  await context.close();
}

const headings = [
  "What to do next",
  "Findings and recommendations",
  "Scenarios",
  "Scenario by scenario",
  "What this machine can do at most",
  "Method",
  "Environment",
  "Record",
];

describe.each(["light", "dark"] as const)("in a %s theme", (colorScheme) => {
  test("the page is complete, asks the network for nothing and reports no error", async () => {
    await visit("failed", { colorScheme }, async ({ page, requests, messages }) => {
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("Failed");
      expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toEqual(headings);
      expect(await page.locator("details.scenario").count()).toBe(5);
      expect(requests).toEqual([]);
      expect(messages).toEqual([]);
    });
  });

  test("text stands out from its background", async () => {
    await visit("failed", { colorScheme }, async ({ page }) => {
      for (const selector of ["h1", "p.lede", "main .muted", ".badge-bad", ".badge-good", "th.cell", ".notice-bad"]) {
        const [ink, ground] = await page.evaluate<[string, string]>(coloursOf(selector));
        expect(contrast(ink, ground), `${selector}: ${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      }
    });
  });
});

test("without JavaScript everything is there, and the theme can be chosen", async () => {
  await visit("passed", { javaScriptEnabled: false, colorScheme: "light" }, async ({ page }) => {
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("Passed");
    expect(await page.locator("figure.timeline").count()).toBe(5);
    // The verdict and what follows from it fit on a few screens; the rest waits for whoever opens it.
    expect(await page.evaluate("document.documentElement.scrollHeight")).toBeLessThan(7_000);
    await page.getByRole("link", { name: "MeshHook killed under load" }).first().click();
    expect(await page.locator("#scenario-5").isVisible()).toBe(true);
    const isDark = async () =>
      (await page.screenshot({ clip: { x: 2, y: 400, width: 1, height: 1 } })).toString("base64");
    const light = await isDark();
    await page.getByText("Dark", { exact: true }).click();
    expect(await isDark()).not.toBe(light);
  });
});

test("on no screen does anything stick out to the side, and the verdicts of all scenarios are seen without scrolling", async () => {
  await visit("failed", {}, async ({ page }) => {
    await openAll(page);
    for (const width of [360, 400, 768, 1280, 1440, 2560]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate("document.documentElement.scrollWidth"), `${width} px`).toBeLessThanOrEqual(width);
      const hidden = await page.evaluate(
        `[...document.querySelectorAll("#scenarios .scroll")].map((box) => box.scrollWidth - box.clientWidth)`,
      );
      expect(hidden, `${width} px`).toEqual([0]);
      const labelsCut = await page.evaluate(
        `[...document.querySelectorAll(".plot-y span, .end")].filter((label) => { const { left, right } = label.getBoundingClientRect(); return left < 0 || right > innerWidth; }).length`,
      );
      expect(labelsCut, `${width} px`).toBe(0);
    }
  });
});

// In the dark only the colours are different.
test.each([
  ["light", []],
  ["dark", ["color-contrast"]],
] as const)(
  "in a %s theme, axe finds nothing",
  async (colorScheme, rules) => {
    await visit("short", { colorScheme, bypassCSP: true }, async ({ page }) => {
      await openAll(page);
      const axe = new AxeBuilder({ page });
      const { violations } = await (rules.length === 0 ? axe : axe.withRules([...rules])).analyze();
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`),
      ).toEqual([]);
    });
  },
  AXE_MS_MAX,
);

test("a page around it can take away its bar", async () => {
  await visit("passed", {}, async ({ page }) => {
    expect(await page.locator("header.top").isVisible()).toBe(true);
    await page.addStyleTag({ content: ":root { --top-bar: none }" });
    expect(await page.locator("header.top").isVisible()).toBe(false);
  });
});

test("pointing at a second shows its values", async () => {
  await visit("passed", {}, async ({ page }) => {
    await openAll(page);
    const readout = page.locator(".timeline .readout").nth(20);
    await readout.scrollIntoViewIfNeeded();
    await readout.hover();
    expect(await readout.locator(".tip").isVisible()).toBe(true);
    expect(await readout.locator(".tip").innerText()).toMatch(
      /^Second 20\s+sent\s+\d+\s+answered\s+\d+\s+p50\s+[\d.]+ ms\s/,
    );
  });
});

test("every plot says in words what it shows", async () => {
  await visit("passed", {}, async ({ page }) => {
    const labels = await page
      .locator("figure.plot svg[role=img], figure.timeline svg[role=img]")
      .evaluateAll((plots) => plots.map((plot) => plot.getAttribute("aria-label") ?? ""), null);
    expect(labels.length).toBeGreaterThan(20);
    for (const label of labels) expect(label).toMatch(/\. .*\d/);
  });
});

/** Opens every scenario, as the reader would one by one. */
async function openAll(page: Page): Promise<void> {
  await page.evaluate(`for (const each of document.querySelectorAll("details")) each.open = true`);
}

/** Script for the page: the colour of an element's text and of the first opaque background behind it. */
function coloursOf(selector: string): string {
  return `(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    let behind = element;
    while (behind.parentElement && getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
    return [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
  })()`;
}

/** Contrast ratio of two `rgb(…)` colours. Source: WCAG 2.2, relative luminance. */
function contrast(one: string, other: string): number {
  const [lighter, darker] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return ((lighter ?? 0) + 0.05) / ((darker ?? 0) + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
