import { defineNodeType } from "./node-type.ts";

/** The start of every workflow: its step succeeds with the delivery's body as output. */
export const webhook = defineNodeType<Record<string, never>>({
  type: "webhook@1",
  title: "Webhook",
  description: "Starts a run for each delivery. Every workflow has exactly one webhook node, and no edge leads to it.",
  configSchema: { type: "object", title: "Webhook", properties: {}, additionalProperties: false },
  ports: () => ["out"],
  compile: () => ({ type: "webhook@1" }),
});
