import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test, vi } from "vitest";

import { place, readResult, STAGE_MS_MAX } from "./bench-place.ts";

vi.setConfig({ testTimeout: 3 * STAGE_MS_MAX });

test("an example's scenario, with a workflow, payloads and limits of its own, is measured and audited", async (context) => {
  const { root, bench, left } = await place(context);
  const file = fileURLToPath(new URL("../../../examples/benchmark/order-gate.yaml", import.meta.url));
  const { exited, errors } = bench("report", ["run", file, "--repeat", "1"]);
  const [code] = await exited;
  // Whether limits hold is a matter of the machine; that everything was done and nothing was wrong is not.
  expect([0, 8], errors()).toContain(code);
  expect(await left()).toEqual([]);
  const result = await readResult(root, "report", "result.json");
  expect(result.suite).toBe("custom");
  expect(result.scenarios.map(({ name }) => name)).toEqual(["order-gate"]);
  const [scenario] = result.scenarios;
  expect(scenario?.audit).toMatchObject({ isClean: true, resultsWrong: 0 });
  expect(scenario?.audit.resultsChecked).toBe(scenario?.audit.runs);
  expect(scenario?.audit.runs).toBeGreaterThan(20);
  expect(scenario?.thresholds.map(({ expression }) => expression)).toContain("latency.ack.p99Ms <= 50");
});

describe("before anything is started", () => {
  test.for([
    ["bench", []],
    ["bench run", ["run"]],
  ] as const)(
    "%s: if no report can be written, the benchmark ends before anything is started",
    async ([, command], context) => {
      const { root, bench } = await place(context);
      await writeFile(join(root, "file"), "x");
      const { exited, errors } = bench("file/report", [...command, "--scenarios", "webhook-ack-nominal"]);
      expect(await exited).toEqual([2, null]);
      expect(errors()).toContain(`${join(root, "file")} is a file, not a folder. Nothing was started.`);
      expect(await readdir(root)).toEqual(["file"]);
    },
  );

  test("what is wrong with what is asked for is told before anything is started, all at once", async (context) => {
    const { root, run } = await place(context);
    const what = ["webhook-ack-nomial", "./gone.yaml", "quick", "--set", "target.dely=1s"];
    const outcome = await run("bench", "run", ...what);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain(
      'webhook-ack-nomial: It is neither a suite nor a scenario, nor the path of a .yaml file. Did you mean "webhook-ack-nominal"?',
    );
    expect(outcome.stderr).toContain("./gone.yaml: It cannot be read: ");
    expect(outcome.stderr).toContain('--set target.dely: There is no field "dely" here. Did you mean "delay"?');
    expect(await readdir(root)).toEqual([]);
  });

  test("what is wrong with a comparison is told before anything is started", async (context) => {
    const { root, run } = await place(context);
    const settings = ["--a-set", "MESHHOOK_WRITRS=1", "--b-set", "MESHHOOK_WRITERS=99"];
    const outcome = await run("bench", "ab", "webhook-ack-nominal", ...settings);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain("--a-set MESHHOOK_WRITRS: MeshHook has no such setting.");
    expect(outcome.stderr).toContain('--b-set MESHHOOK_WRITERS: "99" is not an integer from 1 to 32.');
    expect(await readdir(root)).toEqual([]);
  });

  test("list shows every scenario with its question, and explain puts one in words", async (context) => {
    const { run } = await place(context);
    const listed = await run("bench", "list");
    expect(listed.code).toBe(0);
    expect(listed.stdout).toMatch(
      /^fault-kill-9 +quick standard faults full +fault +\d+ s +When MeshHook is killed without warning/m,
    );
    const explained = await run("bench", "explain", "fault-kill-9");
    expect(explained.code).toBe(0);
    expect(explained.stdout).toContain("Faults     4 s into the measured part, MeshHook is killed without warning");
    expect((await run("bench", "explain", "fault-kill-8")).code).toBe(2);
  });
});
