import { quote } from "../error/issue.ts";
import type { Json } from "../json.ts";
import { isArray, isObject } from "../json-kind.ts";
import { defineNodeType } from "./node-type.ts";
import { expressionSchema } from "./schema-parts.ts";

interface BranchConfig {
  readonly condition?: string;
  readonly cases?: readonly { readonly port: string; readonly when: string }[];
  readonly otherwise?: string;
}

const OTHERWISE = "else";
const PORT_PATTERN = "^[a-z][a-z0-9_]{0,47}$";

/** Chooses one port: `true` or `false` by a condition, or the port of the first case that is true. */
export const branch = defineNodeType<BranchConfig>({
  type: "branch@1",
  title: "Branch",
  description:
    "Chooses the port by which the run continues. Conditions follow JMESPath: null, false, and empty strings, arrays and objects are false; 0 is true.",
  configSchema: {
    type: "object",
    title: "Branch",
    description: `Give either "condition" (ports true and false) or "cases" (one port each, and "otherwise").`,
    properties: {
      condition: expressionSchema("Condition", "The run takes port true if this is true, otherwise port false."),
      cases: {
        type: "array",
        title: "Cases",
        description: "The conditions, tried in order. The run takes the port of the first one that is true.",
        minItems: 1,
        maxItems: 32,
        items: {
          type: "object",
          title: "Case",
          description: "A condition and the port to take if it is true.",
          properties: {
            port: {
              type: "string",
              title: "Port",
              description: "Lower-case letters, digits and underscores.",
              pattern: PORT_PATTERN,
            },
            when: expressionSchema("When", "The condition of this case."),
          },
          required: ["port", "when"],
          additionalProperties: false,
        },
      },
      otherwise: {
        type: "string",
        title: "Otherwise",
        description:
          "The port to take if no case is true: lower-case letters, digits and underscores. Only with cases.",
        pattern: PORT_PATTERN,
        default: OTHERWISE,
      },
    },
    oneOf: [{ required: ["condition"], not: { required: ["otherwise"] } }, { required: ["cases"] }],
    additionalProperties: false,
  },
  ports,
  compile: (config, reader) => {
    if (config.condition !== undefined) {
      return {
        type: "branch@1",
        cases: [{ port: "true", when: reader.expression(["condition"], config.condition) }],
        otherwise: "false",
      };
    }
    const otherwise = config.otherwise ?? OTHERWISE;
    const taken = new Set([otherwise]);
    const cases = (config.cases ?? []).map(({ port, when }, index) => {
      if (taken.has(port)) {
        reader.report(
          ["cases", index, "port"],
          "port_duplicate",
          `The port ${quote(port)} is used twice.`,
          "Give each case its own port.",
        );
      }
      taken.add(port);
      return { port, when: reader.expression(["cases", index, "when"], when) };
    });
    return { type: "branch@1", cases, otherwise };
  },
});

function ports(config: Json): readonly string[] {
  if (!isObject(config)) return [];
  if (config["condition"] !== undefined) return ["true", "false", "error"];
  const cases = config["cases"];
  const otherwise = config["otherwise"];
  const named = isArray(cases) ? cases.map((item) => (isObject(item) ? item["port"] : null)) : [];
  const own = [...named, otherwise ?? OTHERWISE].filter((port) => typeof port === "string");
  // A port of the author's that is called "error" stays the author's.
  return own.includes("error") ? own : [...own, "error"];
}
