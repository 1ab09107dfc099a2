import type { AlertRuleResource } from "@meshhook/contract";

export type RuleKind = AlertRuleResource["kind"];

/** What a kind of rule watches, and what its threshold is, for people. */
export const RULE_KINDS: {
  readonly [kind in RuleKind]: { readonly title: string; readonly unit: string; readonly usual: number };
} = {
  failure_rate: { title: "Share of runs that fail", unit: "% of the runs", usual: 5 },
  failed_runs: { title: "Runs that fail (dead letters)", unit: "runs", usual: 1 },
  oldest_run: { title: "Oldest run that goes on", unit: "minutes", usual: 15 },
  endpoint_silent: { title: "Endpoint that falls silent", unit: "minutes", usual: 60 },
  rejections: { title: "Refused requests", unit: "requests", usual: 100 },
};

/** Which kinds look at a window of time. */
export function hasWindow(kind: RuleKind): boolean {
  return kind === "failure_rate" || kind === "failed_runs" || kind === "rejections";
}

/** `5 % of the runs within 5 min` */
export function limitText({ kind, threshold, windowMinutes }: AlertRuleResource): string {
  return `${shownThreshold(kind, threshold)} ${RULE_KINDS[kind].unit}${hasWindow(kind) ? ` within ${windowMinutes} min` : ""}`;
}

/** Shares are shown in per cent. */
export function shownThreshold(kind: RuleKind, threshold: number): number {
  return kind === "failure_rate" ? Number((threshold * 100).toPrecision(6)) : threshold;
}

export function storedThreshold(kind: RuleKind, shown: number): number {
  return kind === "failure_rate" ? shown / 100 : shown;
}
