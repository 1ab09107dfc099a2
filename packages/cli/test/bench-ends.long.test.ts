import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { validateAbResult } from "@meshhook/bench";
import type { AbResult } from "@meshhook/bench";
import { waitFor } from "@meshhook/testkit";
import { describe, expect, test, vi } from "vitest";

import { childOf, place, readResult, STAGE_MS_MAX } from "./bench-place.ts";

vi.setConfig({ testTimeout: 3 * STAGE_MS_MAX });

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
