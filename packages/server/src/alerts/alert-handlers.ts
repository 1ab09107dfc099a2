import { randomUUID } from "node:crypto";

import {
  formatTime,
  type AlertChannelResource,
  type AlertMessageResource,
  type AlertRuleResource,
} from "@meshhook/contract";
import type {
  AlertChannel,
  AlertMessage,
  AlertRule,
  AlertRuleChange,
  Alerts,
  AlertState,
  Catalog,
} from "@meshhook/journal";
import { answeredBy } from "@meshhook/journal";

import type { Handlers } from "../api/answered-route.ts";
import type { Lookups } from "../api/lookups.ts";
import { HttpProblem } from "../http-problem.ts";
import type { AlertSender } from "./alert-sender.ts";
import { testPayload, type AlertPayload } from "./alert-text.ts";

export interface AlertHandlerSources extends Pick<Lookups, "workflowOf"> {
  readonly alerts: Alerts;
  readonly alertSender: AlertSender;
  readonly hasMail: boolean;
  readonly catalog: Catalog;
}

type AlertRoute =
  | "listAlertChannels"
  | "createAlertChannel"
  | "deleteAlertChannel"
  | "testAlertChannel"
  | "listAlertRules"
  | "createAlertRule"
  | "updateAlertRule"
  | "deleteAlertRule"
  | "listAlertMessages";

const MESSAGES = 100;
const DEFAULTS = { windowMinutes: 5, countMin: 10, throttleMinutes: 60 };

/** The routes about alerts. */
export function createAlertHandlers({
  alertSender,
  alerts,
  catalog,
  hasMail,
  workflowOf,
}: AlertHandlerSources): Pick<Handlers, AlertRoute> {
  const requireChannels = async (projectId: string, channelIds: readonly string[]): Promise<void> => {
    const known = new Set((await alerts.listChannels(projectId)).map(({ id }) => id));
    const missing = channelIds.find((id) => !known.has(id));
    if (missing !== undefined) throw invalid("channelIds", `There is no channel "${missing}" in this project`);
  };
  return {
    listAlertChannels: async ({ projectId }) => ({
      items: (await alerts.listChannels(projectId)).map(channelResource),
    }),
    createAlertChannel: async ({ projectId }, { body: { name, target } }) => {
      if (target.kind === "email" && !hasMail)
        throw new HttpProblem("mail_off", `The channel "${name}" was not stored: MESHHOOK_SMTP_URL is not set`);
      if (target.kind === "webhook" && !URL.canParse(target.url))
        throw invalid("target/url", "It is not an address that a request can be sent to");
      return answeredBy(
        () => alerts.createChannel({ projectId, name, target }),
        (made) => {
          if (made === null) throw new HttpProblem("alerts_full", `The channel "${name}" was not stored`);
          return channelResource(made);
        },
      );
    },
    deleteAlertChannel: async ({ projectId }, { channelId }) => {
      if (!(await alerts.deleteChannel(projectId, channelId))) throw noChannel(channelId);
      return null;
    },
    testAlertChannel: async ({ projectId }, { channelId }) => {
      const channel = (await alerts.listChannels(projectId)).find(({ id }) => id === channelId);
      if (channel === undefined) throw noChannel(channelId);
      const project = (await catalog.listProjects()).find(({ id }) => id === projectId);
      if (project === undefined) throw noChannel(channelId);
      const body = JSON.stringify(testPayload(project, channel.name, Date.now() * 1_000));
      return { error: await alertSender.send(channel.target, { id: randomUUID(), projectId, body }) };
    },

    listAlertRules: async ({ projectId }) => ({
      items: (await alerts.listRules(projectId)).map(({ rule, state }) => ruleResource(rule, state)),
    }),
    createAlertRule: async (caller, { body: { workflow, endpointId, ...given } }) => {
      const { projectId } = caller;
      const settings = { ...DEFAULTS, channelIds: [], ...given };
      requireThreshold(settings.kind, settings.threshold);
      if (settings.kind === "endpoint_silent" && endpointId === undefined)
        throw invalid("endpointId", "A rule of this kind needs an endpoint");
      if (endpointId !== undefined && !(await catalog.listEndpoints(projectId)).some(({ id }) => id === endpointId))
        throw new HttpProblem("not_found", `There is no endpoint "${endpointId}" in this project`);
      await requireChannels(projectId, settings.channelIds);
      const workflowId = workflow === undefined ? null : (await workflowOf(caller, workflow)).id;
      return answeredBy(
        () => alerts.createRule({ projectId, ...settings, workflowId, endpointId: endpointId ?? null }),
        (made) => {
          if (made === null) throw new HttpProblem("alerts_full", `The rule "${settings.name}" was not stored`);
          return ruleResource(made, null);
        },
      );
    },
    updateAlertRule: async ({ projectId }, { ruleId, body }) => {
      const known = (await alerts.listRules(projectId)).find(({ rule }) => rule.id === ruleId);
      if (known === undefined) throw noRule(ruleId);
      const change: AlertRuleChange = body;
      if (change.threshold !== undefined) requireThreshold(known.rule.kind, change.threshold);
      await requireChannels(projectId, change.channelIds ?? []);
      const changed = await alerts.updateRule(projectId, ruleId, change);
      if (changed === null) throw noRule(ruleId);
      return ruleResource(changed, known.state);
    },
    deleteAlertRule: async ({ projectId }, { ruleId }) => {
      if (!(await alerts.deleteRule(projectId, ruleId))) throw noRule(ruleId);
      return null;
    },
    listAlertMessages: async ({ projectId }) => ({
      items: (await alerts.listMessages(projectId, MESSAGES)).map(messageResource),
    }),
  };
}

function requireThreshold(kind: AlertRule["kind"], threshold: number): void {
  if (kind === "failure_rate" && threshold > 1)
    throw invalid("threshold", `${threshold} is not a share: send a number up to 1, such as 0.05 for 5 %`);
}

function invalid(name: string, message: string): HttpProblem {
  const issue = { path: `/body/${name}`, code: "invalid_value", message };
  return new HttpProblem("request_invalid", `The field ${name} cannot be used: ${message}`, { issues: [issue] });
}

function noChannel(id: string): HttpProblem {
  return new HttpProblem("not_found", `There is no channel "${id}" for alerts in this project`);
}

function noRule(id: string): HttpProblem {
  return new HttpProblem("not_found", `There is no rule "${id}" for alerts in this project`);
}

function channelResource({ createdAt, id, name, target }: AlertChannel): AlertChannelResource {
  const copy: AlertChannelResource["target"] =
    target.kind === "webhook"
      ? { kind: target.kind, url: target.url, signingKeys: [...target.signingKeys] }
      : { kind: target.kind, to: [...target.to] };
  return { id, name, target: copy, createdAt: formatTime(createdAt) };
}

function ruleResource(rule: AlertRule, state: AlertState | null): AlertRuleResource {
  const { channelIds, createdAt, projectId: _, ...settings } = rule;
  return {
    ...settings,
    channelIds: [...channelIds],
    createdAt: formatTime(createdAt),
    state: state === null ? null : { isFiring: state.isFiring, since: formatTime(state.since), value: state.value },
  };
}

function messageResource({
  attempts,
  body,
  channelId,
  createdAt,
  error,
  id,
  state,
}: AlertMessage): AlertMessageResource {
  const { data } = JSON.parse(body) as AlertPayload;
  return { id, channelId, state, summary: data.summary, createdAt: formatTime(createdAt), attempts, error };
}
