import { graphProperties, nodeEnvelopeSchema } from "../definition/graph-schema.ts";
import type { JsonSchema } from "../definition/json-schema.ts";
import type { Json } from "../json.ts";
import { LOOP } from "./loop-body.ts";
import { defineNodeType } from "./node-type.ts";
import { expressionSchema, valueSchema } from "./schema-parts.ts";

/** More iterations would make a history that nobody can read, and a fold that takes minutes. */
const LOOP_ITEMS_MAX = 10_000;
const LOOP_CONCURRENCY_MAX = 100;

interface LoopConfig {
  readonly items: string;
  readonly itemsMax?: number;
  readonly concurrency?: number;
  readonly failuresMax?: number;
  readonly failuresPercentMax?: number;
  readonly breakWhen?: string;
  readonly result?: Json;
}

/** @param node  The schema of the nodes of the body. */
export function loopConfigSchema(node: JsonSchema): JsonSchema {
  return {
    type: "object",
    title: "Loop",
    properties: {
      items: expressionSchema(
        "Items",
        "A JMESPath expression that returns an array. The body runs once for each element.",
      ),
      body: {
        type: "object",
        title: "Body",
        description:
          "The nodes and edges that run for each item. An iteration starts at the nodes that no edge leads to. Expressions inside see item and index, the steps before the loop, and the steps before their own in the same iteration.",
        properties: graphProperties(node),
        required: ["nodes", "edges"],
        additionalProperties: false,
        "x-ui": "graph",
      },
      concurrency: {
        type: "integer",
        title: "Concurrency",
        description: "How many iterations may go on at the same time; 1 runs them one after the other.",
        minimum: 1,
        maximum: LOOP_CONCURRENCY_MAX,
        default: 1,
      },
      itemsMax: {
        type: "integer",
        title: "Maximum items",
        description: "If the array has more elements, the step fails before the first iteration.",
        minimum: 1,
        maximum: LOOP_ITEMS_MAX,
        default: LOOP_ITEMS_MAX,
      },
      failuresMax: {
        type: "integer",
        title: "Tolerated failures",
        description: "How many iterations may fail before the loop fails. Iterations that go on are then canceled.",
        minimum: 0,
        maximum: LOOP_ITEMS_MAX,
        default: 0,
      },
      failuresPercentMax: {
        type: "number",
        title: "Tolerated failures in percent",
        description: "The same as a share of all items. If both are given, the larger number of failures is tolerated.",
        minimum: 0,
        maximum: 100,
        default: 0,
      },
      breakWhen: expressionSchema(
        "Break when",
        "Evaluated at the end of each iteration that succeeded, with all steps of its body in scope. If it is true, no further iteration begins.",
      ),
      result: valueSchema(
        "Result",
        `The result of an iteration: any JSON, with {"$jmes": "expression"} and {{ }} holes inside, and all steps of its body in scope. If omitted, the output of the last step that ran, or an object of outputs by node id if several were the last.`,
      ),
    },
    required: ["items", "body"],
    additionalProperties: false,
  };
}

export const loop = defineNodeType<LoopConfig>({
  type: LOOP,
  waits: true,
  title: "Loop",
  description:
    "Runs a graph of its own for each element of an array, one after the other or several at a time. The output has the results in the order of the items, the failures that were tolerated, and the number of the iteration at which the loop was broken off.",
  configSchema: loopConfigSchema(nodeEnvelopeSchema),
  ports: () => ["out", "error"],
  compile: (config, reader) => ({
    type: LOOP,
    items: reader.expression(["items"], config.items),
    itemsMax: config.itemsMax ?? LOOP_ITEMS_MAX,
    concurrency: config.concurrency ?? 1,
    toleratedFailures: config.failuresMax ?? 0,
    toleratedShare: (config.failuresPercentMax ?? 0) / 100,
    ...reader.inBody(() => ({
      breakWhen: config.breakWhen === undefined ? null : reader.expression(["breakWhen"], config.breakWhen),
      result: config.result === undefined ? null : reader.value(["result"], config.result),
    })),
  }),
});
