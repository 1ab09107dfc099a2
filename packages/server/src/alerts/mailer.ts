import type { Transporter } from "nodemailer";

import type { Mail } from "./alert-text.ts";

export interface MailOptions {
  /** `smtp://user:password@host:port`, or `smtps://`. */
  readonly smtpUrl: string;
  readonly from: string;
}

const CONNECT_MS = 10_000;
const SILENT_MS = 20_000;

/** Sends mail over SMTP. The library is loaded with the first one. */
export class Mailer {
  readonly #options: MailOptions;
  #transport: Transporter | null = null;

  constructor(options: MailOptions) {
    this.#options = options;
  }

  /** `id`: the same for every attempt, so that readers' programs know repeats. Rejects with why it was not taken. */
  async send(id: string, to: readonly string[], { subject, text }: Mail): Promise<void> {
    const { from } = this.#options;
    const transport = await this.#open();
    const host = from.slice(from.lastIndexOf("@") + 1).replace(/>$/, "");
    await transport.sendMail({ from, to: [...to], subject, text, messageId: `<${id}@${host}>` });
  }

  /** Connects and signs in. Rejects with why that does not work. */
  async verify(): Promise<void> {
    await (await this.#open()).verify();
  }

  close(): void {
    this.#transport?.close();
  }

  async #open(): Promise<Transporter> {
    const { createTransport } = await import("nodemailer");
    const { hostname, password, port, protocol, username } = new URL(this.#options.smtpUrl);
    const isEncrypted = protocol === "smtps:";
    this.#transport ??= createTransport({
      host: hostname,
      port: port === "" ? (isEncrypted ? 465 : 587) : Number(port),
      secure: isEncrypted,
      ...(username === "" ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      socketTimeout: SILENT_MS,
    });
    return this.#transport;
  }
}
