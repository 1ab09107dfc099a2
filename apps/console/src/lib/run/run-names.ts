import { bodyOf, type GraphDefinition } from "@meshhook/core";
import { createContext } from "svelte";

/** The name of a step for people: its label, otherwise its id. */
export type NameOf = (node: string) => string;

export const [getNameOf, setNameOf] = createContext<NameOf>();

/** The names of all steps, those in the bodies of loops too. */
export function namesIn(definition: GraphDefinition): NameOf {
  const labels = new Map<string, string>();
  collect(definition, labels);
  return (node) => labels.get(node) ?? node;
}

function collect({ nodes }: GraphDefinition, labels: Map<string, string>): void {
  for (const [id, node] of Object.entries(nodes)) {
    if (node.label !== undefined && node.label !== "") labels.set(id, node.label);
    const body = bodyOf(node);
    if (body !== null) collect(body, labels);
  }
}
