import type { Json, JsonObject } from "../../../json.ts";
import { isArray, isObject } from "../../../json-kind.ts";
import { atom } from "../../jmes.ts";
import { type NodeKind, onlyOut } from "../node-kind.ts";
import { configOf } from "../../shape.ts";
import { NotTranslatable } from "../script.ts";
import { foreign } from "./foreign.ts";

/** A time starts the run. n8n describes it by intervals, here it is a cron line. */
export const scheduleTrigger: NodeKind = {
  convert: (context) => {
    const { rule } = context.node.parameters;
    const intervals = isObject(rule) && isArray(rule["interval"]) ? rule["interval"] : [];
    const [first, ...others] = intervals.filter(isObject);
    const cron = cronOf(first ?? {});
    if (cron === null || others.length > 0) {
      const message = "The times cannot be written as one cron line.";
      return foreign(context, "parameters.rule", rule ?? null, message, "Use schedule@1 with a cron line.");
    }
    const config = configOf({ cron, timezone: context.timezone ?? undefined });
    return { type: "schedule@1", config, ports: onlyOut };
  },
  reader:
    () =>
    ([part, ...rest]) => {
      if (part === "timestamp" && rest.length === 0) return atom("input.plannedAt", "text");
      throw new NotTranslatable("a schedule hands over the planned time as timestamp, and nothing else");
    },
};

/** Null where an interval has no cron line. */
function cronOf(interval: JsonObject): string | null {
  const number = (name: string, fallback: number): number => {
    const value = interval[name];
    return typeof value === "number" ? value : fallback;
  };
  const every = (count: number): string => (count === 1 ? "*" : `*/${count}`);
  const time = `${number("triggerAtMinute", 0)} ${number("triggerAtHour", 0)}`;
  switch (interval["field"] ?? "days") {
    case "cronExpression":
      return textOf(interval["expression"]);
    case "seconds":
      return `${every(number("secondsInterval", 30))} * * * * *`;
    case "minutes":
      return `${every(number("minutesInterval", 5))} * * * *`;
    case "hours":
      return `${number("triggerAtMinute", 0)} ${every(number("hoursInterval", 1))} * * *`;
    case "days":
      return number("daysInterval", 1) === 1 ? `${time} * * *` : null;
    case "weeks":
      return number("weeksInterval", 1) === 1 ? `${time} * * ${daysOf(interval["triggerAtDay"])}` : null;
    case "months":
      return `${time} ${number("triggerAtDayOfMonth", 1)} ${every(number("monthsInterval", 1))} *`;
    default:
      return null;
  }
}

/** An expression is computed there; a cron line is literal. */
function textOf(value: Json | undefined): string | null {
  return typeof value === "string" && !value.startsWith("=") ? value : null;
}

function daysOf(days: Json | undefined): string {
  const listed = isArray(days) ? days.filter((day) => typeof day === "number") : [];
  return listed.length === 0 ? "0" : listed.join(",");
}
