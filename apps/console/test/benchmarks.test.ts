import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openConsole, type OpenConsole } from "./harness.ts";
import { addSampleReport } from "./sample-report.ts";

let meshhook: OpenConsole;
let reports: string;

beforeAll(async () => {
  reports = await mkdtemp(join(tmpdir(), "meshhook-reports-"));
  meshhook = await openConsole({ MESHHOOK_REPORTS_DIR: reports });
});
afterAll(async () => {
  await meshhook.close();
  await rm(reports, { recursive: true, force: true });
});

describe("benchmarks", () => {
  it("show the command while nothing has been measured", async () => {
    const page = await meshhook.open("/benchmarks");
    await page.getByRole("heading", { name: "Nothing has been measured yet" }).waitFor();
    await page.getByRole("region", { name: "command" }).getByText("npm run bench").waitFor();
    await page.context().close();
  });

  it("list reports with their figures, and unreadable ones with the reason", async () => {
    await addSampleReport(reports, "2026-11-20T10-00");
    await addSampleReport(reports, "2026-11-21T10-00");
    await mkdir(join(reports, "cut-off"));
    await writeFile(join(reports, "cut-off", "result.json"), '{"schemaVersion":1');

    const page = await meshhook.open("/benchmarks");
    const items = page.getByRole("list", { name: "Reports" }).getByRole("listitem");
    await expect.poll(() => items.count()).toBe(3);
    await items.filter({ hasText: "cut-off" }).getByText("cannot be read").waitFor();
    await items.filter({ hasText: "thresholds held" }).first().waitFor();
    await page
      .getByRole("img", { name: /over 2 comparable reports/ })
      .first()
      .waitFor();
    await page.context().close();
  });

  it("show a report in a frame without rights", async () => {
    // The frame's script is refused by its own policy, and that is reported.
    const page = await meshhook.open("/benchmarks/2026-11-20T10-00", { expectedErrors: /Content Security Policy/ });
    const frame = page.frameLocator('iframe[title="The report"]');
    await frame.getByRole("heading", { name: "The report of 2026-11-20T10-00" }).waitFor();
    expect(await page.locator("iframe").getAttribute("sandbox")).not.toContain("allow-same-origin");
    // In the frame the report has no bar of its own; in a tab it has.
    expect(await page.locator("iframe").getAttribute("src")).toContain("report.html?embedded=true");
    expect(await page.getByRole("link", { name: "Open in a new tab" }).getAttribute("href")).toBe(
      "/api/v1/reports/2026-11-20T10-00/report.html",
    );
    await page.context().close();
  });

  it("show a report in the console's theme: the browser's, or the one that was chosen", async () => {
    const page = await meshhook.open("/benchmarks/2026-11-20T10-00", {
      colorScheme: "light",
      expectedErrors: /Content Security Policy/,
    });
    const scheme = (): Promise<string> =>
      page
        .frameLocator('iframe[title="The report"]')
        .locator("html")
        .evaluate((root) => root.ownerDocument.defaultView!.getComputedStyle(root).colorScheme);
    await expect.poll(scheme).toBe("normal");
    await page.getByRole("button", { name: /^Account/ }).click();
    await page.getByText("dark", { exact: true }).click();
    await expect.poll(scheme).toBe("dark");
    await page.reload();
    await expect.poll(scheme).toBe("dark");
    await page.context().close();
  });

  it("say in words that a report is not there", async () => {
    const page = await meshhook.open("/benchmarks/nothing", { expectedErrors: /404 \(Not Found\)/ });
    await page.getByRole("heading", { name: "Page not found" }).waitFor();
    await page.context().close();
  });
});
