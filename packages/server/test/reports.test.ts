import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startHarness, type Harness } from "./harness.ts";
import { PAGE, writeReport } from "./report-folder.ts";

let parent: string;
let folder: string;
let harness: Harness;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "meshhook-reports-"));
  folder = join(parent, "reports");
  harness = await startHarness({ reports: { directory: folder } });
});
afterAll(async () => {
  await harness.close();
  await rm(parent, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${harness.url}/api/v1/reports/${path}`, { headers: { authorization: `Bearer ${harness.key}`, ...headers } });

it("before the first benchmark there are no reports, and that is not an error", async () => {
  expect(await harness.client.listReports()).toEqual({ items: [] });
});

describe("a report", () => {
  it("is listed with its main figures, and read with the findings about them", async () => {
    await writeReport(folder, "2026-11-25T144500");
    const { items } = await harness.client.listReports();
    expect(items).toEqual([
      {
        id: "2026-11-25T144500",
        suite: "quick",
        startedAt: expect.stringMatching(/^2026-11-25T\d\d:\d\d:\d\d\.\d{6}Z$/),
        finishedAt: expect.stringMatching(/^2026-11-25T/),
        verdict: "failed",
        command: "npm run bench -- --scenarios webhook-ack-nominal --duration-scale 0.02",
        commit: { revision: expect.stringMatching(/^[0-9a-f]{40}$/), isDirty: true },
        environment: expect.objectContaining({ cores: 2, postgres: "18.4", meshhook: "0.1.0", isDurable: true }),
        scenarios: { passed: 0, failed: 1, undecided: 0 },
        thresholds: { held: 1, total: 3 },
        figures: [
          {
            scenario: "webhook-ack-nominal",
            title: expect.any(String),
            group: "webhook",
            status: "failed",
            completedPerSecond: expect.closeTo(99.7, 0),
            ackMsP50: expect.closeTo(2.6, 0),
            ackMsP99: null,
          },
        ],
        hasPage: true,
      },
    ]);
    const report = await harness.client.getReport({ reportId: "2026-11-25T144500" });
    expect(report).toMatchObject(items[0] ?? {});
    if (!("findings" in report)) throw new Error("the report cannot be read");
    expect(report.findings).toHaveLength(2);
    expect(report.findings[0]).toMatchObject({
      title: "The load generator could not back some figures",
      proposal: { area: "infrastructure", change: expect.stringContaining("cores of its own") },
    });
    expect(report.deviations[0]).toContain("not for quoting");
  });

  it("comes before older ones, whatever the names of the folders", async () => {
    await writeReport(folder, "z-oldest", { startedAtMs: 1_000 });
    await writeReport(folder, "a-newest", { startedAtMs: Date.parse("2030-01-01") });
    const ids = (await harness.client.listReports()).items.map(({ id }) => id);
    expect(ids).toEqual(["a-newest", "2026-11-25T144500", "z-oldest"]);
  });

  it("that was measured again is read again", async () => {
    await writeReport(folder, "a-newest", { startedAtMs: Date.parse("2030-01-01"), verdict: "passed", suite: "other" });
    expect(await harness.client.getReport({ reportId: "a-newest" })).toMatchObject({ verdict: "passed" });
  });

  it.each([
    ["half", `{"schemaVersion": 1, "suite"`, "result.json is not JSON"],
    ["next", { schemaVersion: 2 }, "result.json has schema version 2; this MeshHook reads version 1"],
    ["other", "null", "result.json is not a result of the benchmark: / must be an object"],
    ["late", { finishedAtMs: 1e20 }, "/finishedAtMs must be at most "],
    ["shape", { scenarios: [{}] }, '/scenarios/0 must have the field "'],
  ])("that cannot be read (%s) is listed with the reason and affects no other", async (id, change, reason) => {
    await writeReport(folder, `unreadable-${id}`, change);
    const { items } = await harness.client.listReports();
    const told = { id: `unreadable-${id}`, unreadableBecause: expect.stringContaining(reason), hasPage: true };
    expect(items).toContainEqual(told);
    expect(items.map((item) => item.id)).toContain("a-newest");
    expect(await harness.client.getReport({ reportId: `unreadable-${id}` })).toEqual(told);
  });

  it("is a folder with a result, not a file, a link, or a benchmark that has only begun", async () => {
    await writeFile(join(folder, "stray.txt"), "x");
    await mkdir(join(folder, "begun", "dataset"), { recursive: true });
    await writeReport(parent, "elsewhere");
    await symlink(join(parent, "elsewhere"), join(folder, "link"));
    const ids = (await harness.client.listReports()).items.map(({ id }) => id);
    for (const id of ["stray.txt", "begun", "link"]) {
      expect(ids).not.toContain(id);
      expect([id, (await get(id)).status, (await get(`${id}/report.html`)).status]).toEqual([id, 404, 404]);
    }
  });

  it.each(["..%2felsewhere", "%2e%2e%2felsewhere", "a%00", "a%5c..%5celsewhere", "%2fetc"])(
    "is not found by the id %s",
    async (id) => {
      for (const path of [id, `${id}/report.html`, `${id}%2freport.html`]) {
        const response = await get(path);
        expect([path, response.status >= 400 && response.status < 500]).toEqual([path, true]);
        expect(await response.text()).not.toContain("A report");
      }
    },
  );
});

describe("a report's figures", () => {
  it("are saved as a file, as they were written", async () => {
    const response = await get("a-newest/result.json");
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(await readFile(join(folder, "a-newest", "result.json"), "utf8"));
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="meshhook-a-newest.json"');
  });

  it("are given only to callers, and only for reports", async () => {
    expect((await fetch(`${harness.url}/api/v1/reports/a-newest/result.json`)).status).toBe(401);
    for (const id of ["nowhere", "..%2felsewhere"]) expect((await get(`${id}/result.json`)).status).toBe(404);
  });
});

describe("a report's page", () => {
  it("is shown as it was written, with no rights at all", async () => {
    const response = await get("a-newest/report.html");
    expect([response.status, await response.text()]).toEqual([200, PAGE]);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts allow-popups",
    );
  });

  it("is shown in the theme that is asked for, whatever else it says about colours", async () => {
    for (const theme of ["light", "dark"]) {
      const response = await get(`a-newest/report.html?theme=${theme}`);
      const style = `<style>@media screen { :root { color-scheme: ${theme} } }</style>\n`;
      expect([response.status, await response.text()]).toEqual([200, PAGE + style]);
    }
  });

  it("has no bar of its own inside another page", async () => {
    const response = await get("a-newest/report.html?embedded=true");
    expect([response.status, await response.text()]).toEqual([
      200,
      `${PAGE}<style>:root { --top-bar: none }</style>\n`,
    ]);
    expect((await get("a-newest/report.html?embedded=yes")).status).toBe(422);
  });

  it.each(["?theme=system", "?theme=", "?theme=light&theme=dark", "?theme=%3C%2Fstyle%3E"])(
    "is refused in a theme that does not exist (%s), with those that do",
    async (query) => {
      const response = await get(`a-newest/report.html${query}`);
      expect([response.status, await response.json()]).toMatchObject([
        422,
        { code: "request_invalid", detail: expect.stringContaining('it must be "light" or "dark"') },
      ]);
    },
  );

  it("is shown only to callers", async () => {
    const response = await fetch(`${harness.url}/api/v1/reports/a-newest/report.html`);
    expect([response.status, await response.text()]).toEqual([401, expect.not.stringContaining("A report")]);
  });

  it("that is missing is not found", async () => {
    await rm(join(folder, "z-oldest", "report.html"));
    expect(await harness.client.getReport({ reportId: "z-oldest" })).toMatchObject({ hasPage: false });
    expect((await get("z-oldest/report.html")).status).toBe(404);
  });
});
