import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { openConsole, type OpenConsole } from "./harness.ts";

/** What a page may load before it rests, in bytes of gzip: scripts and styles. */
const BUDGETS: readonly { readonly name: string; readonly path: string; readonly bytesMax: number }[] = [
  { name: "overview", path: "/", bytesMax: 90_000 },
  { name: "list of workflows", path: "/workflows", bytesMax: 90_000 },
  { name: "list of runs", path: "/runs", bytesMax: 90_000 },
  { name: "list of benchmark reports", path: "/benchmarks", bytesMax: 90_000 },
  { name: "run", path: "/runs/{run}", bytesMax: 140_000 },
  { name: "builder", path: "/workflows/{workflow}", bytesMax: 230_000 },
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

  test.each(BUDGETS)("the $name stays within $bytesMax bytes", async ({ path, bytesMax }) => {
    const address = path.replace(/\{(\w+)\}/, (_, name: keyof typeof names) => names[name]);
    const page = await open.open("about:blank");
    const sizes = new Map<string, number>();
    const reading: Promise<void>[] = [];
    page.on("response", (response) => {
      if (!["script", "stylesheet"].includes(response.request().resourceType())) return;
      reading.push(response.body().then((body) => void sizes.set(response.url(), gzipSync(body).length)));
    });
    await page.goto(address, { waitUntil: "networkidle" });
    await Promise.all(reading);
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    expect(sizes.size).toBeGreaterThan(5);
    expect(bytes).toBeLessThanOrEqual(bytesMax);
    await page.context().close();
  });
});
