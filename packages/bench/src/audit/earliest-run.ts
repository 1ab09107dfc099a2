/** For machines whose clocks differ. */
const SLACK_MS = 60_000;

/**
 * An id that no run of a workflow is below: ids of runs and workflows begin with the millisecond in which they were made (UUID version 7,
 * RFC 9562), and a run is younger than its workflow. Other ids give no bound.
 *
 * With it, PostgreSQL reads the young end of the journal's index. Without it, each look at a scenario reads the runs of all scenarios before.
 */
export function earliestRunOf(workflowId: string): string {
  const [, high = "", low = "", version] = /^([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f])/i.exec(workflowId) ?? [];
  const ms = version === "7" ? Math.max(0, Number.parseInt(high + low, 16) - SLACK_MS) : 0;
  const time = ms.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}
