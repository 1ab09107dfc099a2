/** Where a scenario stands on the page. */
export function scenarioAnchor(index: number): string {
  return `scenario-${index + 1}`;
}

/** Where a finding stands on the page. */
export function findingAnchor(id: string): string {
  return `finding-${id.replace(/[^A-Za-z0-9-]/g, "-")}`;
}
