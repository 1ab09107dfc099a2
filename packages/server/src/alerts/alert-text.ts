import { formatTime } from "@meshhook/contract";
import type { AlertKind, AlertRule, AlertState, Project } from "@meshhook/journal";

/** What people are told about one rule. */
export interface AlertNews {
  readonly rule: AlertRule;
  readonly state: AlertState;
}

/** What a receiver of a webhook gets; mail is made of it as well. */
export interface AlertPayload {
  readonly type: "alert.changed" | "alert.test";
  readonly timestamp: string;
  readonly data: {
    readonly project: { readonly id: string; readonly slug: string; readonly name: string };
    /** One line for people. */
    readonly summary: string;
    readonly alerts: readonly AlertItem[];
  };
}

interface AlertItem {
  readonly ruleId: string;
  readonly name: string;
  readonly kind: AlertKind;
  readonly state: "firing" | "resolved";
  readonly since: string;
  readonly value: number | null;
  readonly threshold: number;
  readonly workflowId: string | null;
  readonly endpointId: string | null;
  readonly summary: string;
}

/** Everything that changed in a project at one look is one message. */
export function changedPayload(project: Project, news: readonly AlertNews[], nowUs: number): AlertPayload {
  const alerts = news.map(itemOf);
  const [first] = alerts;
  const more = alerts.length > 1 ? `, and ${alerts.length - 1} more` : "";
  return payloadOf("alert.changed", project, alerts, `${first?.summary ?? ""}${more}`, nowUs);
}

export function testPayload(project: Project, channelName: string, nowUs: number): AlertPayload {
  return payloadOf("alert.test", project, [], `This is a test of the channel "${channelName}"`, nowUs);
}

export interface Mail {
  readonly subject: string;
  readonly text: string;
}

export function mailOf({ data, timestamp }: AlertPayload): Mail {
  const { alerts, project, summary } = data;
  const lines = alerts.map((alert) => `- ${alert.summary} (since ${alert.since})`);
  return {
    subject: `[MeshHook ${project.slug}] ${summary}`.slice(0, 200),
    text: [
      `Project: ${project.name} (${project.slug})`,
      ...(lines.length === 0 ? [summary] : lines),
      timestamp,
      "",
    ].join("\n"),
  };
}

function payloadOf(
  type: AlertPayload["type"],
  { id, name, slug }: Project,
  alerts: readonly AlertItem[],
  summary: string,
  nowUs: number,
): AlertPayload {
  return { type, timestamp: formatTime(nowUs), data: { project: { id, slug, name }, summary, alerts } };
}

function itemOf({ rule, state }: AlertNews): AlertItem {
  const { endpointId, id, kind, name, threshold, workflowId } = rule;
  const { isFiring, since, value } = state;
  return {
    ruleId: id,
    name,
    kind,
    state: isFiring ? "firing" : "resolved",
    since: formatTime(since),
    value,
    threshold,
    workflowId,
    endpointId,
    summary: `${isFiring ? "Alert" : "Resolved"}: ${name}: ${figureText(rule, value)}`,
  };
}

function figureText({ kind, threshold, windowMinutes }: AlertRule, value: number | null): string {
  if (value === null) return "there is too little to judge by";
  switch (kind) {
    case "failure_rate":
      return `${percent(value)} of the runs of ${windowMinutes} min failed (limit ${percent(threshold)})`;
    case "failed_runs":
      return `${value} runs failed within ${windowMinutes} min (limit ${threshold})`;
    case "oldest_run":
      return `the oldest run has gone on for ${Math.floor(value)} min (limit ${threshold})`;
    case "endpoint_silent":
      return `the endpoint has accepted nothing for ${Math.floor(value)} min (limit ${threshold})`;
    case "rejections":
    default:
      return `${value} requests were refused within ${windowMinutes} min (limit ${threshold})`;
  }
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
