import { defineNodeType } from "./node-type.ts";
import { expressionSchema } from "./schema-parts.ts";

export const transform = defineNodeType<{ readonly expression: string }>({
  type: "transform@1",
  title: "Transform",
  description: "Computes a value with a JMESPath expression.",
  configSchema: {
    type: "object",
    title: "Transform",
    properties: {
      expression: expressionSchema(
        "Expression",
        "A JMESPath expression over input, headers, query, nodes.<id>.output, run and now. Its value is the step's output.",
      ),
    },
    required: ["expression"],
    additionalProperties: false,
  },
  ports: () => ["out", "error"],
  compile: (config, reader) => ({
    type: "transform@1",
    expression: reader.expression(["expression"], config.expression),
  }),
});
