import type { Json } from "../json.ts";
import { defineNodeType } from "./node-type.ts";
import { readResponse, type ResponseConfig, responseSchema } from "./response.ts";
import { templateSchema, valueSchema } from "./schema-parts.ts";

interface TerminateConfig {
  readonly status?: "succeeded" | "failed";
  readonly reason?: string;
  readonly output?: Json;
  readonly response?: ResponseConfig;
}

export const terminate = defineNodeType<TerminateConfig>({
  type: "terminate@1",
  title: "Terminate",
  description: "Ends the run at once with a status and an output. Waiting steps are canceled.",
  configSchema: {
    type: "object",
    title: "Terminate",
    properties: {
      status: {
        type: "string",
        title: "Status",
        description: "The status of the run.",
        enum: ["succeeded", "failed"],
        default: "succeeded",
      },
      reason: templateSchema("Reason", "Why the run ends, for people to read. May have {{ }} holes."),
      output: valueSchema(
        "Output",
        `The output of the run: any JSON, with {"$jmes": "expression"} and {{ }} holes inside. If omitted, null.`,
      ),
      response: responseSchema,
    },
    additionalProperties: false,
  },
  ports: () => [],
  compile: (config, reader) => ({
    type: "terminate@1",
    status: config.status ?? "succeeded",
    reason: config.reason === undefined ? null : reader.template(["reason"], config.reason),
    output: config.output === undefined ? null : reader.value(["output"], config.output),
    response: config.response === undefined ? null : readResponse(config.response, ["response"], reader),
  }),
});
