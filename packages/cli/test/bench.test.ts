import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { validateAbResult } from "@meshhook/bench";
import type { AbResult, BenchResult } from "@meshhook/bench";
import { waitFor } from "@meshhook/testkit";
import { runCli, type CommandOutcome } from "@meshhook/testkit/process";
import { describe, expect, test, vi, type TestContext } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Calibration, database and warm-up come first, and are slow on a busy machine. */
const STAGE_MS_MAX = 120_000;
vi.setConfig({ testTimeout: 3 * STAGE_MS_MAX });

interface Bench {
  readonly child: ChildProcess;
  readonly exited: Promise<readonly unknown[]>;
  readonly errors: () => string;
}

interface Place {
  readonly root: string;
  /** What benchmarks have started and not removed. */
  readonly left: () => Promise<string[]>;
  /** Starts `meshhook bench` with short loads, and a report in the folder `out`. */
  readonly bench: (out: string, args: readonly string[]) => Bench;
  /** Runs a command to its end. */
  readonly run: (...args: readonly string[]) => Promise<CommandOutcome>;
}

/** A folder of the test's own, which is removed after it, with the benchmarks that were started there. */
async function place({ onTestFinished }: Pick<TestContext, "onTestFinished">): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), "meshhook-bench-"));
  const dataDir = join(root, "data");
  const children: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const child of children) child.kill("SIGKILL");
    await rm(root, { recursive: true, force: true });
  });
  return {
    root,
    left: () => readdir(dataDir).catch(() => []),
    bench: (out, args) => {
      const child = spawn(process.execPath, [MAIN, "bench", ...args, "--out", out, "--duration-scale", "0.05"], {
        cwd: root,
        stdio: ["ignore", "ignore", "pipe"],
        env: { PATH: process.env["PATH"] ?? "", MESHHOOK_DATA_DIR: dataDir },
      });
      children.push(child);
      let errors = "";
      child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
      return { child, exited: once(child, "close"), errors: () => errors };
    },
    run: (...args) => runCli(args, { MESHHOOK_DATA_DIR: dataDir }),
  };
}

/** The process whose command line has a text, among those that another one has started. */
async function childOf({ pid }: ChildProcess, text: string): Promise<number> {
  const children = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, "utf8");
  for (const child of children.trim().split(" ")) {
    const command = await readFile(`/proc/${child}/cmdline`, "utf8").catch(() => "");
    if (command.includes(text)) return Number(child);
  }
  throw new Error(`None of the processes of the benchmark is its ${text}.`);
}

async function readResult(...path: readonly string[]): Promise<BenchResult> {
  return JSON.parse(await readFile(join(...path), "utf8")) as BenchResult;
}

// No test judges a figure, so two may disturb each other, and take as long as the longer of them. More at once would starve.
describe.concurrent("ending early", () => {
  test.for([
    ["while the database starts", "starting PostgreSQL and MeshHook", "SIGHUP", 1],
    ["under load, asked twice", "webhook-ack-nominal, block 1: measuring", "SIGTERM", 2],
  ] as const)(
    "a signal %s ends the benchmark and what it started, and removes it",
    async ([, stage, signal, times], context) => {
      const { bench, left } = await place(context);
      const { child, exited, errors } = bench("report", ["--scenarios", "webhook-ack-nominal"]);
      await waitFor(`the benchmark says "${stage}"`, () => errors().includes(stage), { timeoutMs: STAGE_MS_MAX });
      child.kill(signal);
      if (times === 2) {
        // Within half a second a second signal counts as the echo of the first.
        const again = setInterval(() => child.kill("SIGINT"), 100);
        await exited;
        clearInterval(again);
      }
      expect((await exited)[0]).toBe(1);
      expect(await left()).toEqual([]);
    },
  );
});

describe.concurrent("measuring", () => {
  test("a benchmark one of whose own processes dies says so, removes what it started, and reports what it has measured", async (context) => {
    const { root, bench, left } = await place(context);
    const scenarios = ["webhook-ack-nominal", "webhook-ack-300b", "dag-chain-1", "dag-chain-10"];
    const { child, exited, errors } = bench("report", ["run", ...scenarios, "--repeat", "1"]);
    await waitFor("the first scenario is measured", () => /block 1: \d+ runs/.test(errors()), {
      timeoutMs: 2 * STAGE_MS_MAX,
    });
    // The target of calls, which every block needs: not the load generator, which may have ended by now.
    process.kill(await childOf(child, "load/sink"), "SIGKILL");
    expect((await exited)[0]).toBe(1);
    expect(errors()).toMatch(
      /Error: The benchmark broke off\. Scenario "[\w-]+" could not be measured\. .*unexpectedly/,
    );
    expect(await left()).toEqual([]);
    const result = await readResult(root, "report", "result.json");
    expect(result.verdict).toBe("interrupted");
    expect(result.deviations.join(" ")).toMatch(/The benchmark broke off: [123] of 4 scenarios have no result/);
    expect(result.scenarios[0]?.audit.isClean).toBe(true);
    expect(await readdir(join(root, "report"))).toEqual(expect.arrayContaining(["report.html", "report.md"]));
    const dataset = await readdir(join(root, "report", "dataset", result.scenarios[0]?.name ?? "", "block-1"));
    expect(dataset).toEqual(expect.arrayContaining(["ledger.bin", "samples.ndjson", "waits.ndjson"]));
  });

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
});

describe("comparing", () => {
  test("a comparison measures both sides in turns; a signal under load ends and removes everything, and what was measured is reported", async (context) => {
    const { root, bench, left } = await place(context);
    const settings = ["--b-set", "MESHHOOK_WRITERS=1", "--b-set", "wal_compression=on"];
    const { child, exited, errors } = bench("pair", ["ab", "webhook-ack-nominal", "--pairs", "2", ...settings]);
    const turns = () => errors().match(/block 1: measuring/g)?.length ?? 0;
    await waitFor("the third block begins", () => turns() >= 3, { timeoutMs: 2 * STAGE_MS_MAX });
    child.kill("SIGTERM");
    expect((await exited)[0]).toBe(1);
    expect(await left()).toEqual([]);
    const result = JSON.parse(await readFile(join(root, "pair", "ab.json"), "utf8")) as AbResult;
    expect(validateAbResult(result)).toEqual([]);
    expect(result).toMatchObject({
      isInterrupted: true,
      a: { audit: { isClean: true }, blocks: [{ file: "a/01/result.json" }] },
      b: { audit: { isClean: true }, blocks: [{ file: "b/01/result.json" }] },
      comparison: { baseline: { runs: 1 }, candidate: { runs: 1 } },
    });
    const compressionOf = async (side: "a" | "b") => {
      const { environment } = await readResult(root, "pair", result[side].blocks[0]?.file ?? "");
      return environment.postgres.settings["wal_compression"];
    };
    expect(await compressionOf("a")).not.toBe("pglz");
    expect(await compressionOf("b")).toBe("pglz");
  });
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
