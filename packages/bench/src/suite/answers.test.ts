import { expect, test } from "vitest";
import { evidenceOf } from "../../test/planted-evidence.ts";
import { Outcome } from "../load/ledger.ts";
import type { Ledger } from "../load/ledger.ts";
import { scenarioNamed } from "../scenario/catalogue.ts";
import { refusalOf } from "../scenario/deliveries.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { Answers } from "../result/result.ts";
import { answersOf } from "./answers.ts";

/** Request `n` ended with the n-th outcome, 10 ms after it was due. */
function ledgerOf(outcomes: readonly number[]): Ledger {
  const times = (offset: number) => Int32Array.from(outcomes, (_, n) => n * 10_000 + offset);
  return {
    startedAtUs: 0,
    count: outcomes.length,
    intendedUs: times(0),
    sentUs: times(0),
    answeredUs: times(10_000),
    outcome: Int16Array.from(outcomes),
    runIdOf: () => null,
  };
}

/** What is said of a scenario whose requests ended so. */
function answers(scenario: Scenario, outcomes: readonly number[]): Answers {
  const evidence = evidenceOf(scenarioNamed("webhook-ack-nominal"));
  const { measured } = evidence;
  return answersOf({
    ...evidence,
    scenario,
    measured: { ...measured, report: { ...measured.report, ledger: ledgerOf(outcomes) } },
  });
}

test("a webhook that is meant to be refused must be, with the right status", () => {
  const scenario = scenarioNamed("webhook-bad-signatures");
  const right = Array.from({ length: 200 }, (_, n) => refusalOf(scenario.deliveries, n) ?? 202);
  expect(answers(scenario, right)).toMatchObject({ accepted: 20, rejected: 180, unexpected: 0 });
  const wrong = (meant: number, status: number) => {
    const outcomes = [...right];
    outcomes[outcomes.indexOf(meant)] = status;
    return answers(scenario, outcomes).unexpected;
  };
  expect(wrong(401, 202)).toBe(1);
  expect(wrong(401, 400)).toBe(1);
  expect(wrong(401, 503)).toBe(1);
  expect(wrong(202, 401)).toBe(1);
});

test("what a load that is too much may meet is 503 and no free connection, and nothing else", () => {
  const outcomes = [202, 503, Outcome.unsent];
  const unexpected = (name: string, ...more: readonly number[]) =>
    answers(scenarioNamed(name), [...outcomes, ...more]).unexpected;
  expect(unexpected("webhook-spike")).toBe(0);
  expect(unexpected("webhook-spike", 500, Outcome.timeout, Outcome.reset)).toBe(3);
  // Senders that wait for their answers never hold anything back.
  expect(unexpected("dag-pure-saturation")).toBe(1);
  expect(unexpected("webhook-ack-nominal")).toBe(2);
});
