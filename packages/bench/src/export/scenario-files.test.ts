import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalogue, scenarioNamed } from "../scenario/catalogue.ts";
import { exportRefusal, exportScenario } from "./scenario-files.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "meshhook-export-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("a k6 script is one file, asks for the endpoint's address, and says what the endpoint needs", async () => {
  const path = join(folder, "deep", "signed.js");
  const { files, notes } = await exportScenario("k6", scenarioNamed("webhook-ack-signed"), { path, seed: 1 });
  expect(files).toEqual([path]);
  expect(notes.join("\n")).toMatch(/signatures of the kind github-sha256.*secret.*\n.*k6 run -e WEBHOOK_URL=/);
  const script = await readFile(path, "utf8");
  expect(script).toMatch(/__ENV\.WEBHOOK_URL \|\| ""/);
  expect(script).toContain('"x-hub-signature-256":"sha256=');
  expect(script).toContain('"constant-arrival-rate"');
});

test("a JMeter plan has its schedule and its payloads beside it", async () => {
  const path = join(folder, "plan.jmx");
  const { files, notes } = await exportScenario("jmeter", scenarioNamed("webhook-ack-poisson"), { path, seed: 3 });
  expect(files).toEqual([path, join(folder, "plan.schedule.tsv"), join(folder, "plan.payloads")]);
  expect(notes.at(-1)).toContain("jmeter -n -t plan.jmx");
  const rows = (await readFile(join(folder, "plan.schedule.tsv"), "utf8")).trimEnd().split("\n");
  const dueMs = rows.map((row) => Number(row.split("\t")[1]));
  expect(dueMs).toEqual(dueMs.toSorted((a, b) => a - b));
  // Random gaps, and not those of another seed.
  expect(new Set(dueMs.slice(1).map((ms, n) => ms - (dueMs[n] ?? 0))).size).toBeGreaterThan(20);
  const payloads = await readdir(join(folder, "plan.payloads"));
  expect(payloads).toHaveLength(64);
  expect(JSON.parse(await readFile(join(folder, "plan.payloads", "0.json"), "utf8"))).toHaveProperty("issue.number");
});

test("every scenario can be written for both tools, or the reason names who can send it", async () => {
  for (const name of catalogue().keys()) {
    const scenario = scenarioNamed(name);
    for (const tool of ["k6", "jmeter"] as const) {
      const refusal = exportRefusal(tool, scenario);
      if (refusal !== null) expect(refusal).toMatch(/--driver/);
      const { load } = scenario;
      // The benchmark decides while such a load runs what is sent next.
      if (load.kind === "saturating" || load.search !== undefined) expect(refusal).not.toBeNull();
    }
  }
  const saturating = scenarioNamed("dag-pure-saturation");
  await expect(exportScenario("k6", saturating, { path: join(folder, "x.js"), seed: 1 })).rejects.toThrow(/saturating/);
});
