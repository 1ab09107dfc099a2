import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { validateAbResult } from "@meshhook/bench";
import type { AbResult, BenchResult } from "@meshhook/bench";
import { waitFor } from "@meshhook/testkit";
import { runCli } from "@meshhook/testkit/process";
import { afterEach, beforeEach, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Calibration, database and warm-up come first, and are slow on a busy machine. */
const STAGE_MS_MAX = 120_000;

let root: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "meshhook-bench-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(root, { recursive: true, force: true });
});

interface Bench {
  readonly child: ChildProcess;
  readonly exited: Promise<readonly unknown[]>;
  readonly errors: () => string;
}

function bench(
  out: string,
  command: readonly string[] = [],
  scenarios: readonly string[] = command.length > 1 ? [] : ["--scenarios", "webhook-ack-nominal"],
): Bench {
  const child = spawn(
    process.execPath,
    [MAIN, "bench", ...command, "--out", out, ...scenarios, "--duration-scale", "0.05"],
    {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
      env: { PATH: process.env["PATH"] ?? "", MESHHOOK_DATA_DIR: join(root, "data") },
    },
  );
  children.push(child);
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  return { child, exited: once(child, "close"), errors: () => errors };
}

test.each([
  ["bench", []],
  ["bench run", ["run"]],
])("%s: if no report can be written, the benchmark ends before anything is started", async (_, command) => {
  await writeFile(join(root, "file"), "x");
  const { exited, errors } = bench("file/report", command);
  expect(await exited).toEqual([2, null]);
  expect(errors()).toContain(`${join(root, "file")} is a file, not a folder. Nothing was started.`);
  expect(await readdir(root)).toEqual(["file"]);
});

test.each([
  ["while the database starts", "starting PostgreSQL and MeshHook", "SIGHUP", 1],
  ["under load, asked twice", "webhook-ack-nominal, block 1: measuring", "SIGTERM", 2],
] as const)(
  "a signal %s ends the benchmark and what it started, and removes it",
  async (_, stage, signal, times) => {
    const { child, exited, errors } = bench("report");
    await waitFor(`the benchmark says "${stage}"`, () => errors().includes(stage), { timeoutMs: STAGE_MS_MAX });
    child.kill(signal);
    if (times === 2) {
      // Within half a second a second signal counts as the echo of the first.
      const again = setInterval(() => child.kill("SIGINT"), 100);
      await exited;
      clearInterval(again);
    }
    expect((await exited)[0]).toBe(1);
    expect(await readdir(join(root, "data")).catch(() => [])).toEqual([]);
  },
  2 * STAGE_MS_MAX,
);

test(
  "a comparison measures both sides in turns; a signal under load ends and removes everything, and what was measured is reported",
  async () => {
    const command = ["ab", "webhook-ack-nominal", "--pairs", "2", "--b-set", "MESHHOOK_WRITERS=1"];
    const { child, exited, errors } = bench("pair", [...command, "--b-set", "wal_compression=on"]);
    const turns = () => errors().match(/block 1: measuring/g)?.length ?? 0;
    await waitFor("the third block begins", () => turns() === 3, { timeoutMs: 2 * STAGE_MS_MAX });
    child.kill("SIGTERM");
    expect((await exited)[0]).toBe(1);
    expect(await readdir(join(root, "data")).catch(() => [])).toEqual([]);
    const result = JSON.parse(await readFile(join(root, "pair", "ab.json"), "utf8")) as AbResult;
    expect(validateAbResult(result)).toEqual([]);
    expect(result).toMatchObject({
      isInterrupted: true,
      a: { audit: { isClean: true }, blocks: [{ file: "a/01/result.json" }] },
      b: { audit: { isClean: true }, blocks: [{ file: "b/01/result.json" }] },
      comparison: { baseline: { runs: 1 }, candidate: { runs: 1 } },
    });
    const environmentOf = async (side: "a" | "b") => {
      const text = await readFile(join(root, "pair", result[side].blocks[0]?.file ?? ""), "utf8");
      return (JSON.parse(text) as BenchResult).environment.postgres.settings["wal_compression"];
    };
    expect([await environmentOf("a"), await environmentOf("b")]).not.toEqual(["pglz", "pglz"]);
    expect(await environmentOf("b")).toBe("pglz");
  },
  3 * STAGE_MS_MAX,
);

test(
  "an example's scenario, with a workflow, payloads and limits of its own, is measured and audited",
  async () => {
    const file = fileURLToPath(new URL("../../../examples/benchmark/order-gate.yaml", import.meta.url));
    const { exited, errors } = bench("report", ["run", file, "--repeat", "1"]);
    const [code] = await exited;
    // Whether limits hold is a matter of the machine; that everything was done and nothing was wrong is not.
    expect([0, 8], errors()).toContain(code);
    const result = JSON.parse(await readFile(join(root, "report", "result.json"), "utf8")) as BenchResult;
    expect(result.suite).toBe("custom");
    expect(result.scenarios.map(({ name }) => name)).toEqual(["order-gate"]);
    const [scenario] = result.scenarios;
    expect(scenario?.audit).toMatchObject({ isClean: true, resultsWrong: 0 });
    expect(scenario?.audit.resultsChecked).toBe(scenario?.audit.runs);
    expect(scenario?.audit.runs).toBeGreaterThan(20);
    expect(scenario?.thresholds.map(({ expression }) => expression)).toContain("latency.ack.p99Ms <= 50");
  },
  3 * STAGE_MS_MAX,
);

test("what is wrong with what is asked for is told before anything is started, all at once", async () => {
  const outcome = await runCli(
    ["bench", "run", "webhook-ack-nomial", "./gone.yaml", "quick", "--set", "target.dely=1s"],
    {
      MESHHOOK_DATA_DIR: join(root, "data"),
    },
  );
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toContain(
    'webhook-ack-nomial: It is neither a suite nor a scenario, nor the path of a .yaml file. Did you mean "webhook-ack-nominal"?',
  );
  expect(outcome.stderr).toContain("./gone.yaml: It cannot be read: ");
  expect(outcome.stderr).toContain('--set target.dely: There is no field "dely" here. Did you mean "delay"?');
  expect(await readdir(root)).toEqual([]);
});

test("what is wrong with a comparison is told before anything is started", async () => {
  const outcome = await runCli(
    ["bench", "ab", "webhook-ack-nominal", "--a-set", "MESHHOOK_WRITRS=1", "--b-set", "MESHHOOK_WRITERS=99"],
    { MESHHOOK_DATA_DIR: join(root, "data") },
  );
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toContain("--a-set MESHHOOK_WRITRS: MeshHook has no such setting.");
  expect(outcome.stderr).toContain('--b-set MESHHOOK_WRITERS: "99" is not an integer from 1 to 32.');
  expect(await readdir(root)).toEqual([]);
});

test("list shows every scenario with its question, and explain puts one in words", async () => {
  const listed = await runCli(["bench", "list"], {});
  expect(listed.code).toBe(0);
  expect(listed.stdout).toMatch(
    /^fault-kill-9 +quick standard faults full +fault +\d+ s +When MeshHook is killed without warning/m,
  );
  const explained = await runCli(["bench", "explain", "fault-kill-9"], {});
  expect(explained.code).toBe(0);
  expect(explained.stdout).toContain("Faults     4 s into the measured part, MeshHook is killed without warning");
  expect((await runCli(["bench", "explain", "fault-kill-8"], {})).code).toBe(2);
});
