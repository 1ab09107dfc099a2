import type { Json } from "../../../json.ts";
import { atom, below } from "../../jmes.ts";
import type { Converted, NodeContext, NodeKind } from "../node-kind.ts";

/**
 * A node that was not understood. It keeps its type, its settings and its edges, so that validation names it and nothing runs that was
 * guessed.
 */
export function foreign(
  { node, notes }: NodeContext,
  field: string,
  value: Json,
  message: string,
  fix: string,
): Converted {
  notes.notUnderstood(field, value, message, fix);
  return {
    type: `n8n.${node.type}`,
    config: node.parameters,
    ports: (output) => [output === 0 ? "out" : `output_${output}`],
  };
}

/** A node of a type that the importer does not know. */
export const unknownNode: NodeKind = {
  convert: (context) =>
    foreign(
      context,
      "type",
      context.node.type,
      `Nodes of the type "${context.node.type}" are not imported.`,
      "Replace it, for example by an http_call to the service.",
    ),
  reader:
    ({ id }) =>
    (path) =>
      below(atom(`nodes.${id}.output`), path),
};
