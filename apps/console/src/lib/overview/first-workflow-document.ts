import { FIRST_SLUG } from "./first-slug.ts";

/** For a project without workflows: greets the person named in the webhook, and makes no calls. */
export const DOCUMENT = {
  apiVersion: "meshhook/v1",
  kind: "Workflow",
  slug: FIRST_SLUG,
  name: "Your first webhook",
  description: "Greets the person named in the webhook. It makes no calls, so it works without a network.",
  input: { schema: { type: "object", properties: { name: { type: "string" } } }, sample: { name: "Ada" } },
  nodes: {
    webhook: { type: "webhook@1", label: "A webhook comes in", config: {} },
    greeting: {
      type: "transform@1",
      label: "Write a greeting",
      config: { expression: "join('', ['Hello, ', to_string(not_null(input.name, 'stranger')), '!'])" },
    },
    greeted: {
      type: "terminate@1",
      label: "Say it",
      config: { output: { greeting: "{{ nodes.greeting.output }}" } },
    },
  },
  edges: [
    { from: "webhook", to: "greeting" },
    { from: "greeting", to: "greeted" },
  ],
  layout: { webhook: { x: 0, y: 0 }, greeting: { x: 296, y: 0 }, greeted: { x: 592, y: 0 } },
};
