import type { Json } from "../json.ts";
import { defineNodeType } from "./node-type.ts";
import { valueSchema } from "./schema-parts.ts";

interface XmlJsonConfig {
  readonly direction: "xml_to_json" | "json_to_xml";
  readonly value: Json;
  readonly lists?: readonly string[];
}

export const xmlJson = defineNodeType<XmlJsonConfig>({
  type: "xml_json@1",
  title: "XML and JSON",
  description:
    "Turns XML into JSON, or JSON into XML. Attributes are members that begin with @, text beside them is #text, and a repeated element is a list. Documents with a document type (DTD) are refused.",
  configSchema: {
    type: "object",
    title: "XML and JSON",
    properties: {
      direction: {
        type: "string",
        title: "Direction",
        description: "xml_to_json reads a text; json_to_xml writes one.",
        enum: ["xml_to_json", "json_to_xml"],
      },
      value: valueSchema(
        "Value",
        `What is turned: for xml_to_json a text, for json_to_xml an object with one member, the root element. Given with {"$jmes": "expression"} or {{ }} holes.`,
      ),
      lists: {
        type: "array",
        title: "Lists",
        description:
          "Elements that become a list even if they come once, by name, so that later steps always find a list. Only for xml_to_json.",
        items: {
          type: "string",
          title: "Element",
          description: "The element's name with its prefix.",
          minLength: 1,
          maxLength: 200,
        },
        maxItems: 100,
        uniqueItems: true,
        default: [],
      },
    },
    required: ["direction", "value"],
    additionalProperties: false,
  },
  ports: () => ["out", "error"],
  compile: (config, reader) => ({
    type: "xml_json@1",
    readsXml: config.direction === "xml_to_json",
    value: reader.value(["value"], config.value),
    lists: new Set(config.lists ?? []),
  }),
});
