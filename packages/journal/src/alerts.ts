import type { Micros } from "@meshhook/core";

/** Rules that watch projects, where they report to, what they found, and the messages on their way. */
export interface Alerts {
  listChannels(projectId: string): Promise<readonly AlertChannel[]>;
  /** Null: the project has as many as it may have. */
  createChannel(channel: NewAlertChannel): Promise<AlertChannel | null>;
  /** With its messages. False: there is none. */
  deleteChannel(projectId: string, channelId: string): Promise<boolean>;

  /** With what each found. */
  listRules(projectId: string): Promise<readonly WatchedRule[]>;
  /** Null: the project has as many as it may have. */
  createRule(rule: NewAlertRule): Promise<AlertRule | null>;
  /** Null: there is none. */
  updateRule(projectId: string, ruleId: string, change: AlertRuleChange): Promise<AlertRule | null>;
  deleteRule(projectId: string, ruleId: string): Promise<boolean>;

  /** All rules that are not paused, of all projects. */
  listWatched(): Promise<readonly WatchedRule[]>;
  /**
   * Stores what rules of a project found, and the messages about it, in one transaction; nothing, and false, when another process has stored something about one of
   * these rules since they were read.
   */
  noteFindings(findings: readonly AlertFinding[], messages: readonly NewAlertMessage[]): Promise<boolean>;

  /** Stores a message by itself. */
  addMessage(message: NewAlertMessage): Promise<void>;
  /** Takes messages that are due, oldest first, for `holdMs`: who falls silent leaves them to others. */
  claimMessages(limit: number, holdMs: number): Promise<readonly ClaimedAlertMessage[]>;
  /** Stores what became of an attempt. `again`: when the next one is due; null: there is none. */
  settleMessage(
    messageId: string,
    outcome: { readonly error: string | null; readonly again: Micros | null },
  ): Promise<void>;
  /** The project's newest messages. */
  listMessages(projectId: string, limit: number): Promise<readonly AlertMessage[]>;
  /** Removes messages from before a time. */
  forgetMessages(before: Date): Promise<void>;
  /** Of all projects: messages that have been tried in vain and wait, and those of the last day that were given up. */
  countTroubles(): Promise<{ readonly waiting: number; readonly givenUp: number }>;

  /** The oldest run of a project that goes on and does not only wait for a time or a signal; null: there is none. */
  findOldestGoing(projectId: string, workflowId: string | null): Promise<string | null>;
  /** How many requests to endpoints were refused since; counts up to 10,000. Repeats of accepted ones do not count. */
  countRejections(projectId: string, endpointId: string | null, since: Micros): Promise<number>;
}

export type AlertKind = "failure_rate" | "failed_runs" | "oldest_run" | "endpoint_silent" | "rejections";

/** How a channel is reached: a webhook that is signed with secrets of the project's vault, or mail. */
export type AlertTarget =
  | { readonly kind: "webhook"; readonly url: string; readonly signingKeys: readonly string[] }
  | { readonly kind: "email"; readonly to: readonly string[] };

export interface NewAlertChannel {
  readonly projectId: string;
  readonly name: string;
  readonly target: AlertTarget;
}

export interface AlertChannel extends NewAlertChannel {
  readonly id: string;
  readonly createdAt: Micros;
}

export interface NewAlertRule {
  readonly projectId: string;
  readonly name: string;
  readonly kind: AlertKind;
  /** Only of this workflow; null: of all. */
  readonly workflowId: string | null;
  /** Only of this endpoint; null: of all. */
  readonly endpointId: string | null;
  /** What is compared: a share for `failure_rate`, minutes for `oldest_run`, otherwise a count. */
  readonly threshold: number;
  readonly windowMinutes: number;
  /** For `failure_rate`: fewer runs say nothing. */
  readonly countMin: number;
  /** After a message that it fires, the next one comes this many minutes later at the earliest. */
  readonly throttleMinutes: number;
  /** Where it reports to; empty: to every channel of the project. */
  readonly channelIds: readonly string[];
}

export interface AlertRule extends NewAlertRule {
  readonly id: string;
  readonly isPaused: boolean;
  readonly createdAt: Micros;
}

export interface AlertRuleChange {
  readonly name?: string;
  readonly threshold?: number;
  readonly windowMinutes?: number;
  readonly countMin?: number;
  readonly throttleMinutes?: number;
  readonly channelIds?: readonly string[];
  readonly isPaused?: boolean;
}

/** What a rule found last, and what was said about it. */
export interface AlertState {
  readonly isFiring: boolean;
  readonly since: Micros;
  /** The figure that was compared; null: there was nothing to compare. */
  readonly value: number | null;
  /** People were told that it fires, and not yet that it is over. */
  readonly isTold: boolean;
  /** When they were told that it fires; null: never. */
  readonly toldAt: Micros | null;
}

export interface WatchedRule {
  readonly rule: AlertRule;
  /** Null: it has not been looked at. */
  readonly state: AlertState | null;
  /** Grows with every finding that is stored. */
  readonly revision: number;
}

export interface AlertFinding {
  readonly projectId: string;
  readonly ruleId: string;
  /** Of the state that it follows. */
  readonly revision: number;
  readonly state: AlertState;
}

export interface NewAlertMessage {
  /** UUID: the `webhook-id` of every attempt. */
  readonly id: string;
  readonly projectId: string;
  readonly channelId: string;
  /** JSON text. */
  readonly body: string;
}

export interface ClaimedAlertMessage extends NewAlertMessage {
  readonly target: AlertTarget;
  /** With this one. */
  readonly attempts: number;
}

export interface AlertMessage extends NewAlertMessage {
  readonly createdAt: Micros;
  readonly attempts: number;
  /** Of the last attempt; null: it worked, or there was none. */
  readonly error: string | null;
  readonly state: "waiting" | "delivered" | "given_up";
}

export const ALERT_CHANNELS_MAX = 20;
export const ALERT_RULES_MAX = 100;
