/** Small n8n workflows, written by hand in the form that n8n exports. */

export interface N8nNodeSource {
  readonly name: string;
  /** Without `n8n-nodes-base.`, unless it has a package of its own. */
  readonly type: string;
  readonly parameters?: object;
  readonly typeVersion?: number;
  readonly [field: string]: unknown;
}

/** A connection: from a node, or from one of its outputs, to an input of another node. */
export type N8nConnection = readonly [from: string, to: string, output?: number, input?: number];

export function n8nDocument(
  nodes: readonly N8nNodeSource[],
  connections: readonly N8nConnection[],
  rest: object = {},
): string {
  const byName: { [name: string]: { main: ({ node: string; type: string; index: number }[] | null)[] } } = {};
  for (const [from, to, output = 0, input = 0] of connections) {
    const { main } = (byName[from] ??= { main: [] });
    while (main.length <= output) main.push([]);
    main[output]?.push({ node: to, type: "main", index: input });
  }
  return JSON.stringify({
    name: "Imported orders",
    nodes: nodes.map(({ name, type, parameters = {}, typeVersion = 1, ...fields }, index) => ({
      parameters,
      id: `0000-${index}`,
      name,
      type: type.includes(".") ? type : `n8n-nodes-base.${type}`,
      typeVersion,
      position: [index * 220, 300],
      ...fields,
    })),
    connections: byName,
    active: false,
    settings: { executionOrder: "v1" },
    ...rest,
  });
}

/** The webhook that every document of these tests begins with. */
export const HOOK: N8nNodeSource = {
  name: "Webhook",
  type: "webhook",
  typeVersion: 2,
  parameters: { httpMethod: "POST", path: "orders", options: {} },
};
