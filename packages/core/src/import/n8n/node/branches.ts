import type { Json } from "../../../json.ts";
import { isArray, isObject } from "../../../json-kind.ts";
import { binary, type Jmes, literal } from "../../jmes.ts";
import { formulaOf } from "../../piece.ts";
import { comparisonOf, conditionOf } from "../condition.ts";
import { type Converted, type NodeContext, type NodeKind, passesOn } from "../node-kind.ts";

/** Output 0 is true, output 1 false. */
export const ifNode: NodeKind = {
  convert: (context) => {
    const { conditions = null, combineOperation } = context.node.parameters;
    const condition = conditionOf(conditions, "parameters.conditions", context, combineOperation);
    return {
      type: "branch@1",
      config: { condition: condition.text },
      ports: (output) => [output === 0 ? "true" : "false"],
    };
  },
  reader: passesOn,
};

interface Case {
  readonly output: number;
  readonly name: string;
  readonly when: Jmes;
}

export const switchNode: NodeKind = {
  convert: (context) => {
    const { parameters } = context.node;
    const cases = parameters["mode"] === "expression" ? casesOfExpression(context) : casesOfRules(context);
    return branchOf(cases, fallbackOf(context, cases.length), context);
  },
  reader: passesOn,
};

function branchOf(cases: readonly Case[], fallback: number | null, { notes }: NodeContext): Converted {
  const ports = new Map<number, string>();
  const taken = new Set(["else"]);
  const listed: { port: string; when: string }[] = [];
  for (const { output, name, when } of cases) {
    const known = ports.get(output);
    const same = listed.find(({ port }) => port === known);
    if (same !== undefined) {
      // The port of a case is its own, so rules with the same output are one case.
      same.when = `(${same.when}) || (${when.text})`;
      if (listed.at(-1) !== same) {
        notes.differs(
          "parameters.rules",
          output,
          `Several rules lead to output ${output}; they are tried together, at the place of the first one.`,
          "Change the order of the cases if rules between them may hold at the same time.",
        );
      }
      continue;
    }
    const port = freePort(name, taken);
    ports.set(output, port);
    listed.push({ port, when: when.text });
  }
  return {
    type: "branch@1",
    config: { cases: listed.map(({ port, when }) => ({ port, when })) },
    ports: (output) => {
      const port = output === fallback ? (ports.get(output) ?? "else") : ports.get(output);
      const rest = output === fallback && port !== "else" ? ["else"] : [];
      return port === undefined ? [] : [port, ...rest];
    },
  };
}

function casesOfRules(context: NodeContext): readonly Case[] {
  const { rules, value1 = null, dataType } = context.node.parameters;
  const { values, rules: older } = isObject(rules) ? rules : {};
  const listed = isArray(values) ? values : isArray(older) ? older : [];
  return listed.map((rule, index) => {
    const { conditions, outputKey, operation, value2 = null, output } = isObject(rule) ? rule : {};
    const field = `parameters.rules[${index}]`;
    if (conditions !== undefined) {
      const when = conditionOf(conditions, `${field}.conditions`, context);
      return { output: index, name: nameOf(outputKey, index), when };
    }
    const type = typeof dataType === "string" ? dataType : "number";
    const clause = {
      type,
      operation: typeof operation === "string" ? operation : type === "number" ? "smaller" : "equal",
      left: value1,
      right: value2,
      field,
      ignoresCase: false,
    };
    const to = typeof output === "number" ? output : index;
    return { output: to, name: nameOf(outputKey, to), when: comparisonOf(clause, context) };
  });
}

/** An expression gives the number of the output. */
function casesOfExpression({ node, parameters }: NodeContext): readonly Case[] {
  const { output = null, numberOutputs, outputsAmount } = node.parameters;
  const count = [numberOutputs, outputsAmount].find((value) => typeof value === "number") ?? 4;
  const chosen = formulaOf(parameters.read(output, "parameters.output"));
  return Array.from({ length: count }, (_, index) => ({
    output: index,
    name: nameOf(undefined, index),
    when: binary(chosen, "==", literal(index), "boolean"),
  }));
}

/** The output of what no rule holds for; null where it goes nowhere. */
function fallbackOf({ node, notes }: NodeContext, rules: number): number | null {
  const { options, fallbackOutput } = node.parameters;
  const { fallbackOutput: newer, allMatchingOutputs } = isObject(options) ? options : {};
  if (allMatchingOutputs === true) {
    notes.notUnderstood(
      "parameters.options.allMatchingOutputs",
      allMatchingOutputs,
      "A branch takes the port of the first case that holds, never several.",
      "Draw one branch for each rule.",
    );
  }
  const fallback = newer ?? fallbackOutput;
  if (fallback === "extra") return rules;
  return typeof fallback === "number" && fallback >= 0 ? fallback : null;
}

function nameOf(key: Json | undefined, index: number): string {
  return typeof key === "string" && key !== "" ? key : `case_${index}`;
}

/** A port name that no other case has, close to the name given. */
function freePort(name: string, taken: Set<string>): string {
  const words = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_");
  const base = (/^[a-z]/.test(words) ? words : `case_${words}`).slice(0, 40).replace(/_+$/, "");
  let port = base;
  for (let number = 2; taken.has(port); number += 1) port = `${base}_${number}`;
  taken.add(port);
  return port;
}
