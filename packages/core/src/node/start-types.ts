/** The types of nodes that start a run. A workflow has at most one of each, and at least one. */
export const START_TYPES: readonly string[] = ["webhook@1", "schedule@1"];

export function isStart(type: string | undefined): boolean {
  return type !== undefined && START_TYPES.includes(type);
}

/** How messages name a start. */
export function startName(type: string): string {
  return type === "schedule@1" ? "schedule" : "webhook";
}
