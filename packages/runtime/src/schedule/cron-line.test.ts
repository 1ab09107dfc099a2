import type { ScheduleStep } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { CronLine, missedTimes, scheduleFault } from "./cron-line.ts";

const micros = (text: string): number => Date.parse(text) * 1_000;
const texts = (times: readonly number[]): string[] => times.map((time) => new Date(time / 1_000).toISOString());
const upcoming = (cron: string, timezone: string, after: string, count: number): string[] =>
  texts(new CronLine({ cron, timezone }).upcoming(micros(after), count));

describe("the times of a cron line", () => {
  it.each([
    ["*/15 * * * *", ["2026-01-01T00:15:00.000Z", "2026-01-01T00:30:00.000Z"]],
    ["30 0 2 * * *", ["2026-01-01T02:00:30.000Z", "2026-01-02T02:00:30.000Z"]],
    ["0 8 * * MON-FRI", ["2026-01-01T08:00:00.000Z", "2026-01-02T08:00:00.000Z"]],
    ["0 0 L * *", ["2026-01-31T00:00:00.000Z", "2026-02-28T00:00:00.000Z"]],
    ["0 0 * * TUE#2", ["2026-01-13T00:00:00.000Z", "2026-02-10T00:00:00.000Z"]],
    ["0 0 * * FRI#L", ["2026-01-30T00:00:00.000Z", "2026-02-27T00:00:00.000Z"]],
    // Either day is enough.
    ["0 0 2 * SUN", ["2026-01-02T00:00:00.000Z", "2026-01-04T00:00:00.000Z"]],
  ])("%s", (cron, expected) => {
    expect(upcoming(cron, "UTC", "2026-01-01T00:00:00Z", 2)).toEqual(expected);
  });

  it("are those of its time zone: a time that a clock change skips comes right after it, one that it repeats comes once", () => {
    // On 29 March 2026, 2:00 to 3:00 does not exist in Berlin; on 25 October it comes twice.
    expect(upcoming("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2)).toEqual([
      "2026-03-29T01:00:00.000Z",
      "2026-03-30T00:30:00.000Z",
    ]);
    expect(upcoming("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2)).toEqual([
      "2026-10-25T00:30:00.000Z",
      "2026-10-26T01:30:00.000Z",
    ]);
  });

  it("that were missed: the latest, or all of them, up to a thousand", () => {
    const step = (cron: string, missed: ScheduleStep["missed"]): ScheduleStep => ({
      type: "schedule@1",
      cron,
      timezone: "UTC",
      missed,
    });
    const missed = (cron: string, policy: ScheduleStep["missed"], from: string, to: string): string[] => {
      const schedule = step(cron, policy);
      return texts(missedTimes(schedule, new CronLine(schedule), micros(from), micros(to)));
    };
    expect(missed("0 * * * *", "skip", "2026-01-01T00:30:00Z", "2026-01-01T03:30:00Z")).toEqual([
      "2026-01-01T03:00:00.000Z",
    ]);
    expect(missed("0 * * * *", "all", "2026-01-01T01:00:00Z", "2026-01-01T03:00:00Z")).toEqual([
      "2026-01-01T02:00:00.000Z",
      "2026-01-01T03:00:00.000Z",
    ]);
    expect(missed("0 0 1 1 *", "skip", "2026-01-02T00:00:00Z", "2026-12-31T00:00:00Z")).toEqual([]);
    const many = missed("* * * * *", "all", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    expect([many.length, many[0], many.at(-1)]).toEqual([
      1_000,
      "2026-01-31T07:21:00.000Z",
      "2026-02-01T00:00:00.000Z",
    ]);
  });
});

describe("a schedule", () => {
  const fault = (cron: string, timezone = "UTC"): string | undefined =>
    scheduleFault({ cron, timezone }, micros("2026-01-01T00:00:00Z"))?.code;

  it("is refused when no time will come, when the line cannot be read, and when the time zone is not known", () => {
    expect(fault("0 2 * * *", "Europe/Berlin")).toBeUndefined();
    expect(fault("0 0 29 2 *")).toBeUndefined();
    expect(fault("0 0 30 2 *")).toBe("cron_never");
    expect(fault("61 * * * *")).toBe("cron_invalid");
    expect(fault("* * * * FOO")).toBe("cron_invalid");
    expect(fault("0 2 * * *", "Europe/Atlantis")).toBe("timezone_unknown");
  });
});
