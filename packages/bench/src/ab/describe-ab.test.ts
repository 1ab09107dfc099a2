import { expect, test } from "vitest";
import { repeatedRuns, withWork } from "../../test/repeated-results.ts";
import type { BenchResult } from "../result/result.ts";
import { validateAbResult } from "./ab-result.ts";
import { abMarkdown, abText } from "./ab-text.ts";
import type { AbConfiguration } from "./configuration.ts";
import { describeAb } from "./describe-ab.ts";

const NAME = "webhook-ack-nominal";

function configuration(description: string, changes: Partial<AbConfiguration> = {}): AbConfiguration {
  return {
    description,
    meshhookEnv: {},
    postgresSettings: {},
    checkout: null,
    commit: null,
    meshhookVersion: "0.1.0",
    ...changes,
  };
}

/** Blocks of both sides with only the scenario that is compared. */
function measured(statements: number, { order = "ABBABAAB", change = (result: BenchResult) => result } = {}) {
  const only = (result: BenchResult) => ({
    ...result,
    scenarios: result.scenarios.filter(({ name }) => name === NAME),
  });
  const { baseline, candidate } = repeatedRuns({ order, change: (scenario) => withWork(scenario, { statements }) });
  return {
    startedAtMs: Date.UTC(2026, 10, 30, 15),
    command: `npm run bench -- ab ${NAME} --b-set wal_compression=on`,
    seed: 1,
    scenario: { name: NAME, title: "Nominal", question: "How long does a sender wait?" },
    order: order.split("").map((letter): "a" | "b" => (letter === "A" ? "a" : "b")),
    a: { configuration: configuration("this checkout"), results: baseline.map(only) },
    b: {
      configuration: configuration("this checkout with wal_compression=on", {
        postgresSettings: { wal_compression: "on" },
      }),
      results: candidate.map(only).map(change),
    },
  };
}

test("twice the statements make B worse, in a document that its schema describes, with both audits", () => {
  const result = describeAb(measured(2));
  expect(validateAbResult(JSON.parse(JSON.stringify(result)))).toEqual([]);
  expect(result).toMatchObject({ verdict: "worse", isInterrupted: false, comparison: { arrangement: "interleaved" } });
  const text = abText(result);
  expect(text).toContain("A: this checkout\n   Audit clean: each of ");
  expect(text).toContain("B: this checkout with wal_compression=on\n   Audit clean: each of ");
  expect(text).toMatch(/statements per run .* worse\n/);
  expect(abMarkdown(result)).toContain("- **B, the candidate**: this checkout with wal\\_compression=on.");
});

test("the same system on both sides is not called better or worse", () => {
  expect(["same", "inconclusive"]).toContain(describeAb(measured(1)).verdict);
});

test("a setting of PostgreSQL may differ where that is the question, and no other", () => {
  const withSetting = (name: string, value: string) => (result: BenchResult) => ({
    ...result,
    environment: {
      ...result.environment,
      postgres: {
        ...result.environment.postgres,
        settings: { ...result.environment.postgres.settings, [name]: value },
      },
    },
  });
  expect(describeAb(measured(2, { change: withSetting("wal_compression", "pglz") })).verdict).toBe("worse");
  expect(() => describeAb(measured(2, { change: withSetting("shared_buffers", "16MB") }))).toThrow(
    "PostgreSQL's shared_buffers",
  );
});

test("lost work on B is worse than any figure, and both texts say so", () => {
  const lose = (result: BenchResult) => ({
    ...result,
    scenarios: result.scenarios.map((scenario) => ({
      ...scenario,
      throughput: null,
      audit: { ...scenario.audit, isClean: false, lost: 3 },
    })),
  });
  const result = describeAb(measured(0.5, { change: lose }));
  expect(result).toMatchObject({ verdict: "worse", b: { audit: { isClean: false, lost: 12 } } });
  expect(abText(result)).toContain("Audit NOT clean: 12 lost.");
  expect(abMarkdown(result)).toContain("Audit NOT clean: 12 lost.");
});

test("without a valid block on a side the comparison is void; blocks that are missing make it interrupted", () => {
  const spoil = (result: BenchResult) => ({
    ...result,
    scenarios: result.scenarios.map((scenario) => ({ ...scenario, status: "void" as const })),
  });
  const result = describeAb({
    ...measured(1, { change: spoil }),
    order: ["a", "b", "b", "a", "b", "a", "a", "b", "b"],
  });
  expect(result).toMatchObject({ verdict: "void", isInterrupted: true });
  expect(abText(result)).toContain("Stopped early: 8 of 9 blocks were measured.");
  expect(abText(result)).toContain("No block of one side is valid");
});
