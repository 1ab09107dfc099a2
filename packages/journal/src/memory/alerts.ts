import type { Micros } from "@meshhook/core";

import {
  ALERT_CHANNELS_MAX,
  ALERT_RULES_MAX,
  type AlertChannel,
  type AlertFinding,
  type AlertMessage,
  type AlertRule,
  type AlertRuleChange,
  type Alerts,
  type AlertState,
  type ClaimedAlertMessage,
  type NewAlertChannel,
  type NewAlertMessage,
  type NewAlertRule,
  type WatchedRule,
} from "../alerts.ts";

interface Sources {
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly revisions: { catalog: number };
}

interface Rule {
  rule: AlertRule;
  state: AlertState | null;
  revision: number;
}

type Message = AlertMessage & { readonly dueAtMs: number };

/** Alerts in memory. It knows no runs and no rejections. */
export class MemoryAlerts implements Alerts {
  readonly #sources: Sources;
  readonly #channels = new Map<string, AlertChannel>();
  readonly #rules = new Map<string, Rule>();
  readonly #messages = new Map<string, Message>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  listChannels(projectId: string): Promise<readonly AlertChannel[]> {
    return Promise.resolve([...this.#channels.values()].filter((channel) => channel.projectId === projectId));
  }

  async createChannel(channel: NewAlertChannel): Promise<AlertChannel | null> {
    if ((await this.listChannels(channel.projectId)).length >= ALERT_CHANNELS_MAX) return null;
    const made = { ...channel, ...this.#stamp() };
    this.#channels.set(made.id, made);
    return made;
  }

  deleteChannel(projectId: string, channelId: string): Promise<boolean> {
    if (this.#channels.get(channelId)?.projectId !== projectId) return Promise.resolve(false);
    this.#sources.revisions.catalog++;
    this.#channels.delete(channelId);
    for (const [id, message] of this.#messages) if (message.channelId === channelId) this.#messages.delete(id);
    return Promise.resolve(true);
  }

  listRules(projectId: string): Promise<readonly WatchedRule[]> {
    return Promise.resolve(this.#watched(({ rule }) => rule.projectId === projectId));
  }

  async createRule(rule: NewAlertRule): Promise<AlertRule | null> {
    if ((await this.listRules(rule.projectId)).length >= ALERT_RULES_MAX) return null;
    const made = { ...rule, ...this.#stamp(), isPaused: false };
    this.#rules.set(made.id, { rule: made, state: null, revision: 0 });
    return made;
  }

  updateRule(projectId: string, ruleId: string, change: AlertRuleChange): Promise<AlertRule | null> {
    const known = this.#rules.get(ruleId);
    if (known?.rule.projectId !== projectId) return Promise.resolve(null);
    this.#sources.revisions.catalog++;
    known.rule = { ...known.rule, ...change };
    known.revision++;
    return Promise.resolve(known.rule);
  }

  deleteRule(projectId: string, ruleId: string): Promise<boolean> {
    if (this.#rules.get(ruleId)?.rule.projectId !== projectId) return Promise.resolve(false);
    this.#sources.revisions.catalog++;
    return Promise.resolve(this.#rules.delete(ruleId));
  }

  listWatched(): Promise<readonly WatchedRule[]> {
    return Promise.resolve(this.#watched(({ rule }) => !rule.isPaused));
  }

  noteFindings(findings: readonly AlertFinding[], messages: readonly NewAlertMessage[]): Promise<boolean> {
    if (findings.some(({ revision, ruleId }) => this.#rules.get(ruleId)?.revision !== revision))
      return Promise.resolve(false);
    for (const { ruleId, state } of findings) {
      const known = this.#rules.get(ruleId);
      if (known === undefined) continue;
      known.state = state;
      known.revision++;
    }
    for (const message of messages) this.#add(message);
    return Promise.resolve(true);
  }

  addMessage(message: NewAlertMessage): Promise<void> {
    this.#add(message);
    return Promise.resolve();
  }

  claimMessages(limit: number, holdMs: number): Promise<readonly ClaimedAlertMessage[]> {
    const nowMs = this.#sources.nowMs();
    const due = [...this.#messages.values()]
      .filter(({ dueAtMs, state }) => state === "waiting" && dueAtMs <= nowMs)
      .slice(0, limit);
    return Promise.resolve(
      due.flatMap((message) => {
        const target = this.#channels.get(message.channelId)?.target;
        if (target === undefined) return [];
        const claimed = { ...message, attempts: message.attempts + 1, dueAtMs: nowMs + holdMs };
        this.#messages.set(message.id, claimed);
        return [{ ...claimed, target }];
      }),
    );
  }

  settleMessage(
    messageId: string,
    { again, error }: { readonly error: string | null; readonly again: Micros | null },
  ): Promise<void> {
    const message = this.#messages.get(messageId);
    if (message === undefined) return Promise.resolve();
    const state = error === null ? "delivered" : again === null ? "given_up" : "waiting";
    this.#messages.set(messageId, { ...message, error, state, dueAtMs: (again ?? 0) / 1_000 });
    return Promise.resolve();
  }

  listMessages(projectId: string, limit: number): Promise<readonly AlertMessage[]> {
    const found = [...this.#messages.values()].filter((message) => message.projectId === projectId);
    return Promise.resolve(found.reverse().slice(0, limit));
  }

  forgetMessages(before: Date): Promise<void> {
    for (const [id, { createdAt }] of this.#messages)
      if (createdAt < before.getTime() * 1_000) this.#messages.delete(id);
    return Promise.resolve();
  }

  countTroubles(): Promise<{ readonly waiting: number; readonly givenUp: number }> {
    const all = [...this.#messages.values()];
    return Promise.resolve({
      waiting: all.filter(({ error, state }) => state === "waiting" && error !== null).length,
      givenUp: all.filter(({ state }) => state === "given_up").length,
    });
  }

  findOldestGoing(): Promise<string | null> {
    return Promise.resolve(null);
  }

  countRejections(): Promise<number> {
    return Promise.resolve(0);
  }

  #watched(isWanted: (rule: Rule) => boolean): readonly WatchedRule[] {
    return [...this.#rules.values()].filter(isWanted).map((one) => ({ ...one }));
  }

  #add(message: NewAlertMessage): void {
    if (!this.#channels.has(message.channelId) || this.#messages.has(message.id)) return;
    const nowMs = this.#sources.nowMs();
    const fresh = { createdAt: nowMs * 1_000, attempts: 0, error: null, state: "waiting" as const, dueAtMs: nowMs };
    this.#messages.set(message.id, { ...message, ...fresh });
  }

  #stamp(): { readonly id: string; readonly createdAt: Micros } {
    this.#sources.revisions.catalog++;
    return { id: this.#sources.newId(), createdAt: this.#sources.nowMs() * 1_000 };
  }
}
