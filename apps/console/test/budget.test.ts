import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { openConsole, type OpenConsole } from "./harness.ts";

/** What a page may load before it is idle, in bytes of gzip: scripts and styles. */
const BUDGETS: readonly {
  readonly name: string;
  readonly path: string;
  /** Only until the run is shown as the server reports it, before its facts are there. */
  readonly isReported?: boolean;
  readonly bytesMax: number;
}[] = [
  // Every page has the addresses of all routes; those about people are half a kilobyte.
  { name: "overview", path: "/", bytesMax: 92_000 },
  { name: "list of workflows", path: "/workflows", bytesMax: 85_500 },
  { name: "list of runs", path: "/runs", bytesMax: 92_000 },
  { name: "log of deliveries", path: "/deliveries", bytesMax: 90_000 },
  { name: "list of benchmark reports", path: "/benchmarks", bytesMax: 84_000 },
  { name: "audit log", path: "/settings/audit", bytesMax: 83_000 },
  { name: "health", path: "/settings/health", bytesMax: 88_000 },
  { name: "alerts", path: "/settings/alerts", bytesMax: 92_000 },
  { name: "statistics", path: "/statistics", bytesMax: 90_000 },
  { name: "members", path: "/settings/members", bytesMax: 83_000 },
  { name: "run as the server reports it", path: "/runs/{run}", isReported: true, bytesMax: 91_200 },
  // It folds the run itself, so it has the whole engine, including expressions with encodings, signatures and dates, answers to webhooks, loops,
  // child runs, templates, and a parser of XML (5 kB).
  { name: "run", path: "/runs/{run}", bytesMax: 205_500 },
  // The same engine, in a worker too. The code editor, the panels that are not open and the code that arranges come when they are needed.
  { name: "builder", path: "/workflows/{workflow}", bytesMax: 238_600 },
];

describe("what a page loads", () => {
  let open: OpenConsole;
  const names = { run: "", workflow: "" };
  beforeAll(async () => {
    open = await openConsole();
    const [workflow] = (await open.client.listWorkflows({})).items;
    const endpoint = (await open.client.listEndpoints()).items.find(({ workflowId }) => workflowId === workflow?.id);
    names.workflow = workflow!.slug;
    names.run = (await open.client.deliver(endpoint!.token, { name: "budget" })).runId;
  });
  afterAll(() => open.close());

  test.each(BUDGETS)("the $name stays within $bytesMax bytes", async ({ path, isReported = false, bytesMax }) => {
    const address = path.replace(/\{(\w+)\}/, (_, name: keyof typeof names) => names[name]);
    const page = await open.open("about:blank");
    const files = new Set<string>();
    page.on("request", (request) => {
      if (["script", "stylesheet"].includes(request.resourceType())) files.add(request.url());
    });
    if (isReported) await page.route("**/api/v1/runs/*/facts*", () => undefined);
    await page.goto(address);
    await page.getByRole("heading", { level: 1 }).waitFor();
    if (isReported) await page.getByText("Loading the run's facts").waitFor();
    // Parts that load lazily say so until then.
    else await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0);
    const sizes = await Promise.all([...files].map(gzipSize));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    expect(files.size).toBeGreaterThan(5);
    expect(bytes).toBeLessThanOrEqual(bytesMax);
    await page.context().close();
  });
});

async function gzipSize(url: string): Promise<number> {
  const response = await fetch(url);
  return gzipSync(await response.bytes()).length;
}
