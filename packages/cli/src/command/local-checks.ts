import { Mailer, TlsFiles } from "@meshhook/server";

import type { Config } from "../config/settings.ts";

/** Something that settings of this machine name. */
export interface LocalCheck {
  readonly name: string;
  readonly summary: string;
  /** Null: it is well. */
  readonly remedy: string | null;
}

const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

/** Signs in at the mail server; nothing is sent. Null: there is none. */
export async function checkMail({
  mailFrom,
  smtpUrl,
}: Pick<Config, "mailFrom" | "smtpUrl">): Promise<LocalCheck | null> {
  if (smtpUrl === null) return null;
  const mailer = new Mailer({ smtpUrl, from: mailFrom ?? "" });
  try {
    await mailer.verify();
    return { name: "mail", summary: "The mail server answers.", remedy: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      name: "mail",
      summary: `The mail server does not take mail: ${reason}.`,
      remedy: "Check MESHHOOK_SMTP_URL: scheme, host, port, user and password.",
    };
  } finally {
    mailer.close();
  }
}

/** Null: there is no certificate. */
export async function checkTls({
  tlsCertFile: certFile,
  tlsKeyFile: keyFile,
}: Pick<Config, "tlsCertFile" | "tlsKeyFile">): Promise<LocalCheck | null> {
  if (certFile === null || keyFile === null) return null;
  try {
    const { validUntil } = await TlsFiles.open({ certFile, keyFile });
    const days = Math.floor((validUntil.getTime() - Date.now()) / DAY_MS);
    return {
      name: "tls",
      summary: days < 0 ? "The certificate has ended." : `The certificate is valid for ${days} days.`,
      remedy: days >= SOON_DAYS ? null : "Renew it and replace the files; MeshHook reads them again by itself.",
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      name: "tls",
      summary: reason,
      remedy: "Correct the files that MESHHOOK_TLS_CERT_FILE and MESHHOOK_TLS_KEY_FILE name.",
    };
  }
}
