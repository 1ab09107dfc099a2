import { nodeTypes, type JsonSchema, type NodeType } from "../../packages/core/src/index.ts";
import { markdownNotice, type GeneratedFile } from "./page.ts";

/** Every node type with its config schema, from the registry that the engine itself uses. */
export const nodeTypePages: GeneratedFile = {
  path: "docs/reference/node-types.md",
  make: () => `${markdownNotice("packages/core/src/node")}
# Node types

A node's \`type\` names its kind and major version. Configs of one major version keep their meaning.

${[...nodeTypes.values()].map(section).join("\n")}`,
};

function section(nodeType: NodeType): string {
  const ports = nodeType.ports({});
  return `## ${nodeType.type}

**${nodeType.title}.** ${nodeType.description}

Ports with an empty config: ${ports.length === 0 ? "none" : ports.map((port) => `\`${port}\``).join(", ")}.

${configText(nodeType.configSchema)}
`;
}

function configText(schema: JsonSchema): string {
  return `Config (JSON Schema 2020-12):

\`\`\`json
${JSON.stringify(schema, null, 2)}
\`\`\``;
}
