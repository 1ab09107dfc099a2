import { defineNodeType } from "./node-type.ts";
import { expressionSchema } from "./schema-parts.ts";

/** 366 days. */
const DELAY_MS_MAX = 31_622_400_000;

export const delay = defineNodeType<{ readonly durationMs: number | { readonly $jmes: string } }>({
  type: "delay@1",
  title: "Delay",
  description: "Waits before the run goes on. The wait survives restarts; at most 366 days.",
  configSchema: {
    type: "object",
    title: "Delay",
    properties: {
      durationMs: {
        type: ["integer", "object"],
        title: "Duration in milliseconds",
        description: `A whole number from 0 to ${DELAY_MS_MAX}, or {"$jmes": "expression"} that gives one.`,
        minimum: 0,
        maximum: DELAY_MS_MAX,
        properties: { $jmes: expressionSchema("Expression", "Gives the milliseconds.") },
        required: ["$jmes"],
        additionalProperties: false,
      },
    },
    required: ["durationMs"],
    additionalProperties: false,
  },
  ports: () => ["out"],
  compile: ({ durationMs }, reader) => ({
    type: "delay@1",
    durationMs:
      typeof durationMs === "number" ? durationMs : reader.expression(["durationMs", "$jmes"], durationMs.$jmes),
  }),
});
