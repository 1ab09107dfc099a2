import { SLUG_PATTERN } from "../definition/definition.ts";
import type { Json } from "../json.ts";
import { defineNodeType } from "./node-type.ts";
import { valueSchema } from "./schema-parts.ts";

interface CallWorkflowConfig {
  readonly workflow: string;
  readonly input?: Json;
}

export const callWorkflow = defineNodeType<CallWorkflowConfig>({
  type: "call_workflow@1",
  waits: true,
  title: "Call workflow",
  description:
    "Runs another workflow of the project and waits for it to end. The step's output is the output of that run, its child. If the child fails, is canceled or cannot be started, the step takes its error port. Canceling a run cancels its children.",
  configSchema: {
    type: "object",
    title: "Call workflow",
    properties: {
      workflow: {
        type: "string",
        title: "Workflow",
        description:
          "The slug of the workflow to run. The version that is active when the child starts is used. A workflow may call itself, up to 16 runs deep.",
        pattern: SLUG_PATTERN,
      },
      input: valueSchema(
        "Input",
        `What the child sees as "input": any JSON, with {"$jmes": "expression"} and {{ }} holes inside. If omitted, the child gets the input of this run.`,
      ),
    },
    required: ["workflow"],
    additionalProperties: false,
  },
  ports: () => ["out", "error"],
  compile: ({ workflow, input }, reader) => ({
    type: "call_workflow@1",
    workflow,
    input: input === undefined ? null : reader.value(["input"], input),
  }),
});
