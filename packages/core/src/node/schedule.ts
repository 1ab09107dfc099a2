import { defineNodeType } from "./node-type.ts";

interface ScheduleConfig {
  readonly cron: string;
  readonly timezone?: string;
  readonly missed?: "skip" | "all";
}

/** Like a webhook, but time starts it: its step succeeds with `{ plannedAt, cron, timezone }` as output. */
export const schedule = defineNodeType<ScheduleConfig>({
  type: "schedule@1",
  title: "Schedule",
  description:
    "Starts a run at the times of a cron line. It may stand beside a webhook or in place of one; a workflow has at most one, and no edge leads to it. Each time starts exactly one run. Its output, and the run's input, is { plannedAt, cron, timezone }.",
  configSchema: {
    type: "object",
    title: "Schedule",
    properties: {
      cron: {
        type: "string",
        title: "Cron line",
        description:
          "Five fields: minute, hour, day of the month, month, day of the week. A sixth field in front is the second. Names (MON, JAN), ranges (1-5), lists (1,15), steps (*/10), L (the last day, or FRI#L: the last Friday of the month) and # (TUE#2: the second Tuesday) are allowed. If both days are given, either of them is enough.",
        minLength: 9,
        maxLength: 256,
        pattern: "^\\S+( +\\S+){4,5}$",
      },
      timezone: {
        type: "string",
        title: "Time zone",
        description:
          "An IANA time zone such as Europe/Berlin. A time that a clock change skips is made up for right after the change; a time that it repeats counts once.",
        minLength: 1,
        maxLength: 64,
        default: "UTC",
      },
      missed: {
        type: "string",
        title: "Missed times",
        description:
          "What happens to times that passed while no process was running. skip starts one run, for the latest of them. all starts one for each, but not more than the latest 1,000.",
        enum: ["skip", "all"],
        default: "skip",
      },
    },
    required: ["cron"],
    additionalProperties: false,
  },
  ports: () => ["out"],
  compile: ({ cron, timezone, missed }) => ({
    type: "schedule@1",
    cron,
    timezone: timezone ?? "UTC",
    missed: missed ?? "skip",
  }),
});
