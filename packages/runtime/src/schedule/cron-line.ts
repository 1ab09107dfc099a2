import type { Micros, ScheduleStep } from "@meshhook/core";
import { Cron } from "croner";

const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;
const DAY_US = 24 * HOUR_US;
/** How far back times are looked for that passed unnoticed: each period is tried only if the one before it had too few. */
const PERIODS_US = [MINUTE_US, HOUR_US, DAY_US, 32 * DAY_US, 366 * DAY_US];
/** The most missed times that are made up for. */
const MISSED_MAX = 1_000;

/** The times of a cron line in its time zone. */
export class CronLine {
  readonly #cron: Cron;

  /** @throws Error when the line or the time zone is not valid; see `scheduleFault`. */
  constructor({ cron, timezone }: Pick<ScheduleStep, "cron" | "timezone">) {
    this.#cron = new Cron(cron, { timezone, paused: true });
  }

  /** The first time after this one; null when none will come. */
  next(after: Micros): Micros | null {
    const found = this.#cron.nextRun(new Date(Math.floor(after / 1_000)));
    return found === null ? null : found.getTime() * 1_000;
  }

  /** The next times after this one, at most `count`. */
  upcoming(after: Micros, count: number): readonly Micros[] {
    const times: Micros[] = [];
    for (let at = this.next(after); at !== null && times.length < count; at = this.next(at)) times.push(at);
    return times;
  }

  /** The times after `after` and up to `until`, the latest `count` of them, in order. */
  between(after: Micros, until: Micros, count: number): readonly Micros[] {
    let times: Micros[] = [];
    for (const period of PERIODS_US) {
      const from = Math.max(after, until - period);
      times = [];
      for (let at = this.next(from); at !== null && at <= until; at = this.next(at)) times.push(at);
      if (times.length >= count || from === after) break;
    }
    return times.slice(-count);
  }
}

/** The times that passed since `after` and get a run each, by the schedule's policy. */
export function missedTimes({ missed }: ScheduleStep, line: CronLine, after: Micros, now: Micros): readonly Micros[] {
  return line.between(after, now, missed === "all" ? MISSED_MAX : 1);
}

/** What is wrong with a schedule beyond its form. */
export interface ScheduleFault {
  readonly code: "cron_invalid" | "cron_never" | "timezone_unknown";
  readonly field: "cron" | "timezone";
  readonly message: string;
  readonly fix: string;
}

/** @param now  A line that names no time after it is refused. */
export function scheduleFault(
  { cron, timezone }: Pick<ScheduleStep, "cron" | "timezone">,
  now: Micros,
): ScheduleFault | null {
  if (!isTimezone(timezone)) {
    const fix = "Use an IANA name such as Europe/Berlin, or UTC.";
    return { code: "timezone_unknown", field: "timezone", message: `There is no time zone "${timezone}".`, fix };
  }
  try {
    if (new CronLine({ cron, timezone }).next(now) !== null) return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error);
    return {
      code: "cron_invalid",
      field: "cron",
      message: `The cron line "${cron}" cannot be read: ${reason.replace(/\.$/, "")}.`,
      fix: "Write five fields, as in 0 2 * * MON-FRI, or six with seconds in front.",
    };
  }
  const fix = "Correct the day, the month or the year.";
  return { code: "cron_never", field: "cron", message: `No time will come that "${cron}" names.`, fix };
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
