import type { Micros } from "@meshhook/core";

import {
  ALERT_CHANNELS_MAX,
  ALERT_RULES_MAX,
  type AlertChannel,
  type AlertFinding,
  type AlertKind,
  type AlertMessage,
  type AlertRule,
  type AlertRuleChange,
  type Alerts,
  type AlertTarget,
  type ClaimedAlertMessage,
  type NewAlertChannel,
  type NewAlertMessage,
  type NewAlertRule,
  type WatchedRule,
} from "../alerts.ts";
import { idFloor, isUuid, newId } from "../id.ts";
import type { Connections } from "./connections.ts";
import { queries } from "./queries.ts";
import { timestampOf } from "./time.ts";

/** Alerts in Postgres. */
export class PostgresAlerts implements Alerts {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  async listChannels(projectId: string): Promise<readonly AlertChannel[]> {
    const found = await this.#connections.readAsTenant<ChannelColumns>(
      "list alert channels",
      projectId,
      queries["list-alert-channels"],
      [projectId],
    );
    return found.rows.map(channelOf);
  }

  createChannel({ name, projectId, target }: NewAlertChannel): Promise<AlertChannel | null> {
    const values = [newId(), projectId, name, JSON.stringify(target), ALERT_CHANNELS_MAX];
    return this.#connections.changeAsTenant("create an alert channel", projectId, async (runner) => {
      const [row] = (await runner.query<ChannelColumns>(queries["create-alert-channel"], values)).rows;
      return row === undefined ? null : channelOf(row);
    });
  }

  deleteChannel(projectId: string, channelId: string): Promise<boolean> {
    if (!isUuid(channelId)) return Promise.resolve(false);
    return this.#connections.changeAsTenant("delete an alert channel", projectId, async (runner, note) => {
      const [row] = (await runner.query(queries["delete-alert-channel"], [projectId, channelId])).rows;
      if (row !== undefined) note(row);
      return row !== undefined;
    });
  }

  async listRules(projectId: string): Promise<readonly WatchedRule[]> {
    const found = await this.#connections.readAsTenant<RuleColumns>(
      "list alert rules",
      projectId,
      queries["list-alert-rules"],
      [projectId],
    );
    return found.rows.map(watchedOf);
  }

  createRule(rule: NewAlertRule): Promise<AlertRule | null> {
    const values = [
      newId(),
      rule.projectId,
      rule.name,
      rule.kind,
      rule.workflowId,
      rule.endpointId,
      rule.threshold,
      rule.windowMinutes,
      rule.countMin,
      rule.throttleMinutes,
      rule.channelIds,
      ALERT_RULES_MAX,
    ];
    return this.#connections.changeAsTenant("create an alert rule", rule.projectId, async (runner) => {
      const [row] = (await runner.query<RuleColumns>(queries["create-alert-rule"], values)).rows;
      return row === undefined ? null : ruleOf(row);
    });
  }

  updateRule(projectId: string, ruleId: string, change: AlertRuleChange): Promise<AlertRule | null> {
    if (!isUuid(ruleId)) return Promise.resolve(null);
    const { channelIds, countMin, isPaused, name, threshold, throttleMinutes, windowMinutes } = change;
    const values = [projectId, ruleId, name, threshold, windowMinutes, countMin, throttleMinutes, channelIds, isPaused];
    return this.#connections.changeAsTenant("change an alert rule", projectId, async (runner, note) => {
      const known = await runner.query<RuleColumns>(queries["list-alert-rules"], [projectId]);
      const before = known.rows.find(({ id }) => id === ruleId);
      if (before !== undefined) note(ruleOf(before));
      const [row] = (await runner.query<RuleColumns>(queries["update-alert-rule"], values)).rows;
      return row === undefined ? null : ruleOf(row);
    });
  }

  deleteRule(projectId: string, ruleId: string): Promise<boolean> {
    if (!isUuid(ruleId)) return Promise.resolve(false);
    return this.#connections.changeAsTenant("delete an alert rule", projectId, async (runner, note) => {
      const [row] = (await runner.query(queries["delete-alert-rule"], [projectId, ruleId])).rows;
      if (row !== undefined) note(row);
      return row !== undefined;
    });
  }

  async listWatched(): Promise<readonly WatchedRule[]> {
    const found = await this.#connections.read<RuleColumns>("list alert rules", queries["list-alert-rules"], [null]);
    return found.rows.map(watchedOf);
  }

  async noteFindings(findings: readonly AlertFinding[], messages: readonly NewAlertMessage[]): Promise<boolean> {
    try {
      await this.#connections.transaction("store what alert rules found", async (runner) => {
        for (const { projectId, revision, ruleId, state } of findings) {
          const { isFiring, isTold, since, toldAt, value } = state;
          const told = toldAt === null ? null : timestampOf(toldAt);
          const values = [projectId, ruleId, revision, isFiring, timestampOf(since), value, isTold, told];
          const noted = await runner.query(queries["note-alert"], values);
          if (noted.rows.length === 0) throw new FoundByAnother();
        }
        for (const message of messages) await runner.query(queries["add-alert-message"], messageValues(message));
      });
      return true;
    } catch (error) {
      if (error instanceof FoundByAnother) return false;
      throw error;
    }
  }

  async addMessage(message: NewAlertMessage): Promise<void> {
    await this.#connections.read("store a message", queries["add-alert-message"], messageValues(message));
  }

  async claimMessages(limit: number, holdMs: number): Promise<readonly ClaimedAlertMessage[]> {
    // Not repeated: a claim whose answer was lost holds its messages until their time is over.
    const found = await this.#connections.transaction("take messages", (runner) =>
      runner.query<ClaimedColumns>(queries["claim-alert-messages"], [limit, holdMs]),
    );
    return found.rows.map((row) => ({
      id: row.id,
      projectId: row.project_id,
      channelId: row.channel_id,
      body: row.body,
      attempts: row.attempts,
      target: JSON.parse(row.target) as AlertTarget,
    }));
  }

  async settleMessage(
    messageId: string,
    { again, error }: { readonly error: string | null; readonly again: Micros | null },
  ): Promise<void> {
    const values = [messageId, error, again === null ? null : timestampOf(again)];
    await this.#connections.read("settle a message", queries["settle-alert-message"], values);
  }

  async listMessages(projectId: string, limit: number): Promise<readonly AlertMessage[]> {
    const found = await this.#connections.readAsTenant<MessageColumns>(
      "list messages",
      projectId,
      queries["list-alert-messages"],
      [projectId, limit],
    );
    return found.rows.map((row) => ({
      id: row.id,
      projectId: row.project_id,
      channelId: row.channel_id,
      body: row.body,
      createdAt: row.created_at,
      attempts: row.attempts,
      error: row.error,
      state: row.state,
    }));
  }

  async forgetMessages(before: Date): Promise<void> {
    await this.#connections.read("remove old messages", queries["forget-alert-messages"], [before.toISOString()]);
  }

  async countTroubles(): Promise<{ readonly waiting: number; readonly givenUp: number }> {
    const query = queries["count-alert-troubles"];
    const found = await this.#connections.read<{ waiting: number; given_up: number }>("count messages", query, []);
    const [row] = found.rows;
    return { waiting: row?.waiting ?? 0, givenUp: row?.given_up ?? 0 };
  }

  async findOldestGoing(projectId: string, workflowId: string | null): Promise<string | null> {
    const found = await this.#connections.read<{ run_id: string }>(
      "find the oldest run that goes on",
      queries["find-oldest-going"],
      [projectId, workflowId],
    );
    return found.rows[0]?.run_id ?? null;
  }

  async countRejections(projectId: string, endpointId: string | null, since: Micros): Promise<number> {
    const found = await this.#connections.readAsTenant<{ rejected: number }>(
      "count rejections",
      projectId,
      queries["count-rejections"],
      [projectId, endpointId, idFloor(since)],
    );
    return found.rows[0]?.rejected ?? 0;
  }
}

class FoundByAnother extends Error {
  override readonly name = "FoundByAnother";
}

function messageValues({ body, channelId, id, projectId }: NewAlertMessage): readonly unknown[] {
  return [id, projectId, channelId, body];
}

interface ChannelColumns {
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly target: string;
  readonly created_at: Micros;
}

function channelOf(row: ChannelColumns): AlertChannel {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    target: JSON.parse(row.target) as AlertTarget,
    createdAt: row.created_at,
  };
}

interface RuleColumns {
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly kind: AlertKind;
  readonly workflow_id: string | null;
  readonly endpoint_id: string | null;
  readonly threshold: number;
  readonly window_minutes: number;
  readonly count_min: number;
  readonly throttle_minutes: number;
  readonly channel_ids: readonly string[];
  readonly is_paused: boolean;
  readonly created_at: Micros;
  readonly revision: number;
  readonly is_firing: boolean;
  readonly since: Micros | null;
  readonly value: number | null;
  readonly is_told: boolean;
  readonly told_at: Micros | null;
}

function ruleOf(row: RuleColumns): AlertRule {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    kind: row.kind,
    workflowId: row.workflow_id,
    endpointId: row.endpoint_id,
    threshold: row.threshold,
    windowMinutes: row.window_minutes,
    countMin: row.count_min,
    throttleMinutes: row.throttle_minutes,
    channelIds: row.channel_ids,
    isPaused: row.is_paused,
    createdAt: row.created_at,
  };
}

function watchedOf(row: RuleColumns): WatchedRule {
  const { is_firing: isFiring, is_told: isTold, since, told_at: toldAt, value } = row;
  return {
    rule: ruleOf(row),
    state: since === null ? null : { isFiring, since, value, isTold, toldAt },
    revision: row.revision,
  };
}

interface ClaimedColumns {
  readonly id: string;
  readonly project_id: string;
  readonly channel_id: string;
  readonly body: string;
  readonly attempts: number;
  readonly target: string;
}

interface MessageColumns {
  readonly id: string;
  readonly project_id: string;
  readonly channel_id: string;
  readonly body: string;
  readonly created_at: Micros;
  readonly attempts: number;
  readonly error: string | null;
  readonly state: AlertMessage["state"];
}
