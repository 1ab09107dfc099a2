import { createHash } from "node:crypto";

import type { Micros } from "@meshhook/core";
import {
  JournalUnavailable,
  type AlertFinding,
  type Alerts,
  type AlertState,
  type Catalog,
  type NewAlertMessage,
  type Project,
  type WatchedRule,
} from "@meshhook/journal";
import type { Engine, Logger } from "@meshhook/runtime";

import { changedPayload, type AlertNews } from "./alert-text.ts";
import { figureOf, type FigureSources } from "./rule-figure.ts";

export interface AlertWatchOptions extends FigureSources {
  readonly alerts: Alerts;
  readonly catalog: Pick<Catalog, "listEndpoints" | "listProjects">;
  readonly engine: Pick<Engine, "isHomeOf">;
  readonly log: Logger;
  /** Messages were stored. */
  readonly onMessages: () => void;
}

/**
 * Looks at the rules of the projects whose home shard is here, so that one process does it for each project. What it finds is stored together with the
 * messages about it, and only if nobody has stored anything since: so neither a restart nor two owners in a row repeat a message or forget one
 * (docs/decisions/0098).
 */
export class AlertWatch {
  readonly #options: AlertWatchOptions;

  constructor(options: AlertWatchOptions) {
    this.#options = options;
  }

  /** One look at every rule. @throws JournalUnavailable */
  async look(now: Micros): Promise<void> {
    const { alerts, catalog, engine } = this.#options;
    const watched = (await alerts.listWatched()).filter(({ rule }) => engine.isHomeOf(rule.projectId));
    if (watched.length === 0) return;
    const projects = await catalog.listProjects();
    for (const project of projects) {
      const own = watched.filter(({ rule }) => rule.projectId === project.id);
      if (own.length > 0) await this.#lookAt(project, own, now);
    }
  }

  async #lookAt(project: Project, rules: readonly WatchedRule[], now: Micros): Promise<void> {
    const { alerts, log, onMessages } = this.#options;
    const findings: AlertFinding[] = [];
    const news: AlertNews[] = [];
    for (const watched of rules) {
      const { rule, revision } = watched;
      const value = await this.#figureOf(watched, now);
      if (value === undefined) continue;
      const next = nextState(watched, value, now);
      if (next === null) continue;
      findings.push({ projectId: project.id, ruleId: rule.id, revision, state: next.state });
      if (next.tells) news.push({ rule, state: next.state });
    }
    if (findings.length === 0) return;
    const messages = news.length === 0 ? [] : await this.#messagesOf(project, news, findings, now);
    if (!(await alerts.noteFindings(findings, messages))) return;
    for (const { rule, state } of news)
      log.info(
        { rule: rule.name, projectId: project.id, isFiring: state.isFiring, value: state.value },
        "an alert changed",
      );
    if (messages.length > 0) onMessages();
  }

  /** Undefined: it cannot be found out. One rule does not keep others from being looked at. */
  async #figureOf({ rule }: WatchedRule, now: Micros): Promise<number | null | undefined> {
    try {
      return await figureOf(rule, now, this.#options);
    } catch (error) {
      if (error instanceof JournalUnavailable) throw error;
      this.#options.log.warn({ ruleId: rule.id, error: String(error) }, "a rule of an alert cannot be looked at");
      return undefined;
    }
  }

  /** One message for each channel. */
  async #messagesOf(
    project: Project,
    news: readonly AlertNews[],
    findings: readonly AlertFinding[],
    now: Micros,
  ): Promise<NewAlertMessage[]> {
    const channels = await this.#options.alerts.listChannels(project.id);
    const cause = findings.map(({ revision, ruleId }) => `${ruleId} ${revision}`).join(" ");
    return channels.flatMap(({ id: channelId }) => {
      const own = news.filter(({ rule }) => rule.channelIds.length === 0 || rule.channelIds.includes(channelId));
      if (own.length === 0) return [];
      const body = JSON.stringify(changedPayload(project, own, now));
      return [{ id: uuidOf(`${channelId} ${cause}`), projectId: project.id, channelId, body }];
    });
  }
}

/** What follows from a figure, and whether people are told; null: nothing has changed. */
export function nextState(
  { rule, state }: Pick<WatchedRule, "rule" | "state">,
  value: number | null,
  now: Micros,
): { readonly state: AlertState; readonly tells: boolean } | null {
  const isFiring = value !== null && value >= rule.threshold;
  const isTold = state?.isTold ?? false;
  const toldAt = state?.toldAt ?? null;
  const mayTell = toldAt === null || now - toldAt >= rule.throttleMinutes * 60_000_000;
  const tells = isFiring ? !isTold && mayTell : isTold;
  if (state !== null && state.isFiring === isFiring && !tells) return null;
  const since = state?.isFiring === isFiring ? state.since : now;
  return {
    state: { isFiring, since, value, isTold: tells ? isFiring : isTold, toldAt: tells && isFiring ? now : toldAt },
    tells,
  };
}

/** The same for the same cause: a transaction whose answer was lost, and that is made again, stores no second message. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
