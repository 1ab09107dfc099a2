import { expect, test } from "vitest";
import { evidenceOf } from "../../test/planted-evidence.ts";
import { Outcome } from "../load/ledger.ts";
import type { DriverDescription } from "../result/result.ts";
import { scenarioNamed } from "../scenario/catalogue.ts";
import { figuresOf } from "./figures.ts";
import { joinBlocks } from "./join/join-blocks.ts";

const scenario = scenarioNamed("webhook-ack-nominal");

/** A block whose requests from 100 to 120 were dropped by k6, and whose others were answered in time. */
function drivenBlock(timesFrom: DriverDescription["timesFrom"]) {
  const evidence = evidenceOf(scenario, {
    request: (moments, n) => {
      if (n >= 100 && n < 120) Object.assign(moments, { sent: -1, answered: -1, outcome: Outcome.unsent });
    },
  });
  const { reopened: _, ...report } = evidence.measured.report;
  const driver = { name: "k6", version: "2.3.0", timesFrom } as const;
  return { ...evidence, measured: { ...evidence.measured, report: { ...report, driver } } };
}

test("what a driver dropped while senders were free is its own failure, and not the target's", () => {
  const figures = figuresOf(drivenBlock("schedule"));
  expect(figures.answers.unsent).toBe(20);
  expect(figures.isUnsentByGenerator).toBe(true);
  // A program that does not tell how often it connected anew has not connected zero times anew.
  expect(figures.connections.reopened).toBeNull();
});

test("joined blocks keep their driver, and their times count from the schedule only if all of them do", () => {
  const join = (...from: readonly DriverDescription["timesFrom"][]) =>
    joinBlocks(from.map((timesFrom) => drivenBlock(timesFrom))).measured.report;
  expect(join("schedule", "schedule").driver).toEqual({ name: "k6", version: "2.3.0", timesFrom: "schedule" });
  expect(join("schedule", "send").driver?.timesFrom).toBe("send");
  expect(join("schedule", "schedule").reopened).toBeUndefined();
});
