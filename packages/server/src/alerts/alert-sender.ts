import type { Alerts, AlertTarget, ClaimedAlertMessage } from "@meshhook/journal";
import type { Engine, Logger } from "@meshhook/runtime";

import { mailOf, type AlertPayload } from "./alert-text.ts";
import type { Mailer } from "./mailer.ts";

export interface AlertSenderOptions {
  readonly alerts: Alerts;
  readonly engine: Pick<Engine, "send">;
  /** Null: no mail server is set. */
  readonly mailer: Mailer | null;
  readonly log: Logger;
}

/** A message whose sender has been silent for this long is sent by another process, so that it may come twice. */
const HOLD_MS = 60_000;
const AT_ONCE = 10;
const TIMEOUT_MS = 20_000;
const ATTEMPTS_MAX = 10;
const PAUSE_MS = { first: 15_000, last: 3_600_000 };
const ERROR_CHARACTERS_MAX = 300;

/** Sends the stored messages about alerts. Every attempt has the same id, by which receivers know repeats. */
export class AlertSender {
  readonly #options: AlertSenderOptions;

  constructor(options: AlertSenderOptions) {
    this.#options = options;
  }

  /** Sends what is due. Resolves with how many messages that were. @throws JournalUnavailable */
  async sendDue(): Promise<number> {
    const claimed = await this.#options.alerts.claimMessages(AT_ONCE, HOLD_MS);
    await Promise.all(claimed.map((message) => this.#sendClaimed(message)));
    return claimed.length;
  }

  /** One attempt. Resolves with null, or with why it was not taken. */
  async send(
    target: AlertTarget,
    { body, id, projectId }: { readonly body: string; readonly id: string; readonly projectId: string },
  ): Promise<string | null> {
    try {
      if (target.kind === "webhook") await this.#post(target, projectId, id, body);
      else await this.#mail(target.to, id, body);
      return null;
    } catch (error) {
      return (error instanceof Error ? error.message : String(error)).slice(0, ERROR_CHARACTERS_MAX);
    }
  }

  async #sendClaimed(message: ClaimedAlertMessage): Promise<void> {
    const { alerts, log } = this.#options;
    const { attempts, id, target } = message;
    const error = await this.send(target, message);
    const pauseMs = Math.min(PAUSE_MS.first * 2 ** (attempts - 1), PAUSE_MS.last);
    const again = error === null || attempts >= ATTEMPTS_MAX ? null : (Date.now() + pauseMs) * 1_000;
    if (error !== null) {
      const details = { messageId: id, channelId: message.channelId, attempts, error };
      if (again === null) log.error(details, "an alert could not be delivered and is given up");
      else log.warn(details, "an alert could not be delivered; trying again");
    }
    await alerts.settleMessage(id, { error, again });
  }

  #post(
    { signingKeys, url }: Extract<AlertTarget, { readonly kind: "webhook" }>,
    projectId: string,
    id: string,
    body: string,
  ): Promise<void> {
    const headers = { "content-type": "application/json", "idempotency-key": id };
    const request = { method: "POST", url, headers, body, signingKeys, responseBytesMax: 65_536 };
    return this.#options.engine.send(projectId, request, TIMEOUT_MS);
  }

  async #mail(to: readonly string[], id: string, body: string): Promise<void> {
    const { mailer } = this.#options;
    if (mailer === null)
      throw new Error("This process has no mail server: set MESHHOOK_SMTP_URL and MESHHOOK_MAIL_FROM");
    await mailer.send(id, to, mailOf(JSON.parse(body) as AlertPayload));
  }
}
