import { defineNodeType } from "./node-type.ts";

interface TemplateConfig {
  readonly text: string;
  readonly escape?: "none" | "html" | "xml" | "json" | "url";
}

export const template = defineNodeType<TemplateConfig>({
  type: "template@1",
  title: "Template",
  description:
    "Fills a text: {{ expression }} for values, {{#if expression}}…{{else}}…{{/if}} for conditions, {{#each expression as name}}…{{else}}…{{/each}} for lists. The text is the step's output.",
  configSchema: {
    type: "object",
    title: "Template",
    properties: {
      text: {
        type: "string",
        title: "Text",
        description:
          "The text with its holes and blocks. Inside each, expressions also see the element, as item or by its name, and index.",
        maxLength: 262_144,
        "x-ui": "multiline",
      },
      escape: {
        type: "string",
        title: "Escape",
        description:
          "How values that fill holes are written, so that they stay what they are: for HTML, XML, an address, or JSON (texts as between double quotes, without the quotes).",
        enum: ["none", "html", "xml", "json", "url"],
        default: "none",
      },
    },
    required: ["text"],
    additionalProperties: false,
  },
  ports: () => ["out", "error"],
  compile: (config, reader) => ({
    type: "template@1",
    parts: reader.blocks(["text"], config.text),
    escape: config.escape ?? "none",
  }),
});
