/** Where a scenario stands on the page. */
export function scenarioAnchor(index: number): string {
  return `scenario-${index + 1}`;
}
