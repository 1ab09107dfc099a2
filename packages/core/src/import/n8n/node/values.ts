import type { Json } from "../../../json.ts";
import { isArray, isObject } from "../../../json-kind.ts";
import { atom, below, call, hash, type Jmes, list, literal } from "../../jmes.ts";
import { constant, formulaOf, type Piece } from "../../piece.ts";
import { firstOf } from "../../shape.ts";
import { type Converted, type NodeContext, type NodeKind, onlyOut } from "../node-kind.ts";
import { NotTranslatable } from "../script.ts";

/** A step that computes a value. */
function transform(value: Jmes): Converted {
  return { type: "transform@1", config: { expression: value.text }, ports: onlyOut };
}

/** What follows gets the step's output. */
function ownOutput({ id }: NodeContext): (path: readonly (string | number)[]) => Jmes {
  return (path) => below(atom(`nodes.${id}.output`), path);
}

/** What a node gets, as one value; where that cannot be said, it is noted, and the value is not valid. */
export function inputOf({ node, notes, input }: NodeContext, use: (value: Jmes) => Jmes = (value) => value): Jmes {
  try {
    return use(input([], node.name));
  } catch (error) {
    if (!(error instanceof NotTranslatable)) throw error;
    notes.notUnderstood(
      "",
      node.name,
      `What the node gets was not translated: ${error.message}.`,
      "Write the expression by hand.",
    );
    return atom(`not_imported('$json')`);
  }
}

/** Hands on what it gets: a node without an operation, or one that is switched off. */
export const passOn: NodeKind = { convert: (context) => transform(inputOf(context)), reader: ({ input }) => input };

/** Edit Fields, formerly Set. */
export const set: NodeKind = {
  convert: (context) => {
    const { parameters } = context.node;
    if (parameters["mode"] === "raw") {
      const { jsonOutput = "{}" } = parameters;
      const value = formulaOf(context.parameters.readJson(jsonOutput, "parameters.jsonOutput"));
      return transform(keepsOthers(context) ? merged(context, value) : value);
    }
    const fields = fieldsOf(context);
    return transform(keepsOthers(context) ? merged(context, nested(fields)) : nested(fields));
  },
  reader: ownOutput,
};

function merged(context: NodeContext, value: Jmes): Jmes {
  return inputOf(context, (input) => call("merge", [input, value]));
}

/** Whether the fields that the node gets stay: said in a different way by each version. */
function keepsOthers({ node, notes }: NodeContext): boolean {
  const { includeOtherFields, include, keepOnlySet } = node.parameters;
  if (include === "selected" || include === "except") {
    notes.notUnderstood(
      "parameters.include",
      include,
      "Only some fields of the input stay, which was not imported.",
      "Name the fields in the expression.",
    );
  }
  if (node.version < 3) return keepOnlySet !== true;
  return node.version < 3.3 ? (include ?? "all") === "all" : includeOtherFields === true;
}

/** The fields by their path: a name with dots is a path. */
function fieldsOf(context: NodeContext): readonly (readonly [readonly string[], Jmes])[] {
  const { assignments, fields, values, options } = context.node.parameters;
  const isDotted = !isObject(options) || options["dotNotation"] !== false;
  const read = (name: Json | undefined, value: Json, type: Json | undefined, field: string) => {
    const path = typeof name === "string" ? (isDotted ? name.split(".") : [name]) : [""];
    return [path, formulaOf(typed(context.parameters.read(value, field), type))] as const;
  };
  if (isObject(assignments) && isArray(assignments["assignments"])) {
    return assignments["assignments"]
      .filter(isObject)
      .map(({ name, value = null, type }, index) => read(name, value, type, `parameters.assignments[${index}].value`));
  }
  if (isObject(fields) && isArray(fields["values"])) {
    return fields["values"].filter(isObject).map((item, index) => {
      const type = typeof item["type"] === "string" ? item["type"] : "stringValue";
      return read(item["name"], item[type] ?? null, type.replace(/Value$/, ""), `parameters.fields.values[${index}]`);
    });
  }
  return Object.entries(isObject(values) ? values : {}).flatMap(([type, items]) =>
    (isArray(items) ? items.filter(isObject) : []).map(({ name, value = null }, index) =>
      read(name, value, type, `parameters.values.${type}[${index}]`),
    ),
  );
}

/** A constant as the type of its field wants it. */
function typed(piece: Piece, type: Json | undefined): Piece {
  if (piece.kind !== "constant" || typeof piece.value !== "string") return piece;
  const { value } = piece;
  if (type === "number" && value.trim() !== "" && Number.isFinite(Number(value))) return constant(Number(value));
  if (type === "boolean" && (value === "true" || value === "false")) return constant(value === "true");
  if (type === "array" || type === "object") {
    try {
      return constant(JSON.parse(value) as Json);
    } catch (error) {
      if (error instanceof SyntaxError) return piece;
      throw error;
    }
  }
  return piece;
}

/** An object of objects from fields by path. */
function nested(fields: readonly (readonly [readonly string[], Jmes])[]): Jmes {
  const groups = new Map<string, (readonly [readonly string[], Jmes])[]>();
  for (const [[name = "", ...rest], value] of fields) {
    groups.set(name, [...(groups.get(name) ?? []), [rest, value]]);
  }
  return hash(
    [...groups].map(([name, below]) => {
      const whole = below.findLast(([rest]) => rest.length === 0);
      return [name, whole === undefined ? nested(below) : whole[1]] as const;
    }),
  );
}

/** Joins several inputs. */
export const merge: NodeKind = {
  convert: (context) => {
    const { node, notes, inputs } = context;
    const {
      mode = "append",
      combinationMode,
      combineBy,
      combinationMode: older,
      output,
      useDataOfInput,
    } = node.parameters;
    const values = inputs.map((input) => inputOf({ ...context, input }));
    const how = combineBy ?? combinationMode ?? older;
    switch (mode) {
      case "append":
      case "passThrough":
        break;
      case "chooseBranch": {
        const chosen = Number(useDataOfInput ?? (output === "input2" ? 2 : 1)) - 1;
        return transform(values[chosen] ?? literal(null));
      }
      case "combine":
      case "multiplex":
      case "mergeByIndex":
        if (
          mode !== "combine" ||
          how === "combineByPosition" ||
          how === "mergeByPosition" ||
          how === "combineAll" ||
          how === "multiplex"
        )
          return transform(call("merge", values));
        break;
      default:
        break;
    }
    if (mode === "append" || mode === "passThrough") return transform(firstOf(values));
    notes.notUnderstood(
      "parameters.mode",
      how ?? mode,
      "This way to combine items has no counterpart; the expression takes all inputs as a list.",
      "Write what to make of the inputs in JMESPath.",
    );
    return transform(call("not_imported", [list(values)]));
  },
  reader: ownOutput,
};

/** Split Out: one item for each element of a list. Here a list, for the loop that follows. */
export const splitOut: NodeKind = {
  convert: (context) => {
    const { node, notes, isFollowed } = context;
    const { fieldToSplitOut = "", include = "noOtherFields", options } = node.parameters;
    if (include !== "noOtherFields") {
      notes.notUnderstood(
        "parameters.include",
        include,
        "Fields beside the list were not imported.",
        "Add them to the items.",
      );
    }
    if (!isFollowed()) notes.differs("", undefined, "Nothing follows.", "Remove the node.");
    const items = inputOf({ ...context, input: (_, name) => listOf(context, fieldToSplitOut, name) });
    const { destinationFieldName } = isObject(options) ? options : {};
    if (typeof destinationFieldName === "string" && destinationFieldName !== "") {
      return transform(call("map", [atom(`&${hash([[destinationFieldName, atom("@")]]).text}`), items]));
    }
    notes.differs(
      "parameters.fieldToSplitOut",
      fieldToSplitOut,
      "n8n puts an element that is not an object below the name of the field; here the element stays as it is.",
      "If the elements are texts or numbers, read them as item in the loop.",
    );
    return transform(items);
  },
  reader: (context) => (path) => {
    if (path.length === 0) return atom(`nodes.${context.id}.output`);
    throw new NotTranslatable(
      `"${context.node.name}" gives a list, for whose elements n8n runs the nodes after it one by one; draw a loop around them`,
    );
  },
};

function listOf({ input }: NodeContext, field: Json, consumer: string): Jmes {
  const path = typeof field === "string" && field !== "" ? field.split(".") : [];
  return input(path, consumer);
}
