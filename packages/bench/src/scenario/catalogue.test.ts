import { expect, test } from "vitest";
import { SATURATION_SENDERS } from "../roof/generator-roofs.ts";
import { catalogue, scenarioNamed } from "./catalogue.ts";
import { explainScenario, suitesOf } from "./explain.ts";
import { expectedMs } from "./length.ts";
import { SUITES, suiteScenarios } from "./suites.ts";

const SCENARIOS = [...catalogue().values()];

test("every scenario is in the full suite, and every name in a suite is a scenario's", () => {
  expect(new Set(suiteScenarios("full"))).toEqual(new Set(SCENARIOS.map(({ name }) => name)));
  for (const names of Object.values(SUITES)) {
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(catalogue().has(name)).toBe(true);
  }
});

test.each([
  ["quick", 4],
  // Its scenarios are measured in blocks, which together take two and a half times as long.
  ["standard", 30 / 2.5],
] as const)("the %s suite takes %d minutes at most", (suite, minutes) => {
  const ms = suiteScenarios(suite).reduce((sum, name) => sum + expectedMs(scenarioNamed(name)), 0);
  expect(ms / 60_000).toBeLessThanOrEqual(minutes);
});

test("a scenario that is compared with a roof has as many senders as the roof", () => {
  const compared = SCENARIOS.filter(({ thresholds }) =>
    thresholds.some(({ metric }) => metric.startsWith("roofShare")),
  );
  expect(compared.map(({ name }) => name)).toEqual(["dag-one-call-saturation", "dag-pure-saturation"]);
  for (const { load } of compared) expect(load).toMatchObject({ kind: "saturating", senders: SATURATION_SENDERS });
});

test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  "%s asks a question and can be put in words",
  (name, scenario) => {
    expect(scenario.question).toMatch(/^[A-Z].*\?$/);
    expect(scenario.thresholds.length).toBeGreaterThan(0);
    const text = explainScenario(scenario);
    expect(text).toContain(`${name}: ${scenario.title}\n${scenario.question}\n`);
    expect(text).toContain(`\nSuites     ${suitesOf(name).join(", ")}\n`);
    expect(text).not.toMatch(/undefined|NaN|Infinity|\[object/);
  },
);

test("a scenario is explained with its workload, load, target, thresholds and length", () => {
  expect(explainScenario(scenarioNamed("dag-dead-target")).split("\n").slice(0, 24)).toMatchInlineSnapshot(`
    [
      "dag-dead-target: Dead target",
      "When the target answers every call with 500, do runs end as failed, and do webhooks still get their answer in time?",
      "",
      "Workload   webhook → transform → HTTP call with up to three attempts, about 100 ms apart → end.",
      "           GitHub's \`issues\` delivery, cut down to the fields that the workflows read: 1,010 bytes.",
      "           Of the calls at every attempt, 100 % are answered with 500.",
      "Load       50 webhooks a second for 12 s, evenly spaced, after 2 s of warm-up.",
      "Faults     None.",
      "Length     About 17 s, of which 12 s are measured.",
      "Suites     full",
      "",
      "Thresholds of this scenario:",
      "  audit.stuck == 0 (gate)",
      "      a run whose call is given up has ended",
      "  latency.ack.p99Ms <= 1,000 (limit)",
      "      senders are promised an answer within a second",
      "",
      "And those that every scenario like it has:",
      "  answers.unexpected == 0 (gate)",
      "      at a nominal rate every webhook is accepted; a refusal, a missing answer or an unsent request is a failure",
      "  episodes.heldAlone == 0 (limit)",
      "      no run waits for seconds while others around it do not, which a stall of the machine cannot explain",
      "  memoryGrowthBytesPerSecond <= 4,000,000 (limit)",
      "      memory does not grow with the number of completed runs",
    ]
  `);
  expect(explainScenario(scenarioNamed("webhook-burst"))).toContain(
    "1,000 webhooks a second for 100 ms at the start of every 3 s, and 20 webhooks a second between, evenly spaced, after 2 s of warm-up.",
  );
  expect(explainScenario(scenarioNamed("webhook-spike"))).toContain(
    "50 webhooks a second for 5 s, then 6,000 webhooks a second for 2 s, then 50 webhooks a second for 8 s, evenly spaced",
  );
  expect(explainScenario(scenarioNamed("fault-kill-9"))).toContain(
    "\nFaults     4 s into the measured part, MeshHook is killed without warning",
  );
});
