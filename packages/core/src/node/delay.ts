import { quote } from "../error/issue.ts";
import { DELAY_MS_MAX } from "../plan/delay-limits.ts";
import { readTime } from "../run/delay-time.ts";
import { isWrittenAsTimestamp } from "../run/timestamp.ts";
import { defineNodeType } from "./node-type.ts";
import { expressionSchema } from "./schema-parts.ts";

interface DelayConfig {
  readonly durationMs?: number | { readonly $jmes: string };
  readonly until?: string | number | { readonly $jmes: string };
}

export const delay = defineNodeType<DelayConfig>({
  type: "delay@1",
  waits: true,
  title: "Delay",
  description: "Pauses the run for a duration or until a time, for at most 366 days. The delay survives restarts.",
  configSchema: {
    type: "object",
    title: "Delay",
    description: `Give either "durationMs" (how long to wait) or "until" (the time to wait for).`,
    properties: {
      durationMs: {
        type: ["integer", "object"],
        title: "Duration in milliseconds",
        description: `A whole number from 0 to ${DELAY_MS_MAX}, or {"$jmes": "expression"} that returns one.`,
        minimum: 0,
        maximum: DELAY_MS_MAX,
        properties: { $jmes: expressionSchema("Expression", "Returns the duration in milliseconds.") },
        required: ["$jmes"],
        additionalProperties: false,
      },
      until: {
        type: ["string", "number", "object"],
        title: "Until",
        description: `A date with time and zone such as 2026-12-24T18:00:00+01:00, or a number since 1970 (seconds, milliseconds, microseconds or nanoseconds, told apart by size); with {{ }} holes, or as {"$jmes": "expression"}. A time in the past ends the delay at once.`,
        minLength: 1,
        maxLength: 4096,
        minimum: 0,
        properties: { $jmes: expressionSchema("Expression", "Returns the time.") },
        required: ["$jmes"],
        additionalProperties: false,
        "x-ui": "template",
      },
    },
    oneOf: [{ required: ["durationMs"] }, { required: ["until"] }],
    additionalProperties: false,
  },
  ports: () => ["out", "error"],
  compile: ({ durationMs, until }, reader) => {
    if (until !== undefined) {
      const time = reader.value(["until"], until);
      if (time.root.kind === "constant" && readTime(time.root.value) === null) {
        reader.report(
          ["until"],
          "invalid_value",
          typeof until === "string" && isWrittenAsTimestamp(until)
            ? `There is no such date or time as ${quote(until)}.`
            : `${quote(until)} is not a date with time and zone.`,
          "Write it like 2026-12-24T18:00:00Z, or with a hole like {{ input.at }}.",
        );
      }
      return { type: "delay@1", durationMs: null, until: time };
    }
    if (durationMs === undefined || typeof durationMs === "number") {
      return { type: "delay@1", durationMs: durationMs ?? 0, until: null };
    }
    return { type: "delay@1", durationMs: reader.expression(["durationMs", "$jmes"], durationMs.$jmes), until: null };
  },
});
