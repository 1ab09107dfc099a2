import { isObject } from "../../../json-kind.ts";
import { atom, below } from "../../jmes.ts";
import type { NodeKind } from "../node-kind.ts";
import { failurePorts } from "./failure-ports.ts";
import { inputOf } from "./values.ts";

/** Turns XML into JSON, or JSON into XML. n8n reads and writes a property of the item. */
export const xml: NodeKind = {
  convert: (context) => {
    const { node, notes, input } = context;
    const { mode = "xmlToJson", dataPropertyName = "data", options } = node.parameters;
    for (const [name, value] of Object.entries(isObject(options) ? options : {})) {
      const message = "This option was not imported.";
      notes.notUnderstood(
        `parameters.options.${name}`,
        value,
        message,
        "See docs/guide/workflows.md for how XML is written as JSON.",
      );
    }
    if (mode === "jsonToxml") {
      const config = { direction: "json_to_xml", value: { $jmes: inputOf(context).text } };
      return { type: "xml_json@1", config, ports: failurePorts(context) };
    }
    notes.differs(
      "parameters.mode",
      mode,
      "Attributes are members that begin with @ here, in n8n they are merged into the element.",
      "Check the paths that read attributes.",
    );
    const text = inputOf({ ...context, input: (_, consumer) => input([String(dataPropertyName)], consumer) });
    const config = { direction: "xml_to_json", value: { $jmes: text.text } };
    return { type: "xml_json@1", config, ports: failurePorts(context) };
  },
  reader:
    ({ id, node }) =>
    (path) => {
      const { mode, dataPropertyName = "data" } = node.parameters;
      const output = atom(`nodes.${id}.output`);
      return below(output, mode === "jsonToxml" && path[0] === dataPropertyName ? path.slice(1) : path);
    },
};
