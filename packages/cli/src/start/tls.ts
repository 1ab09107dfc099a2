import { TlsFileError, TlsFiles } from "@meshhook/server";
import type { Logger } from "pino";

import type { Config } from "../config/settings.ts";
import { CommandError } from "../exit-codes.ts";

/** A certificate that ends so soon is worth a warning. */
const SOON_MS = 14 * 86_400_000;

/** The certificate for requests, if settings name one. From now on it is read again when its files change. */
export async function openTls(
  { tlsCertFile: certFile, tlsKeyFile: keyFile }: Pick<Config, "tlsCertFile" | "tlsKeyFile">,
  log: Logger,
): Promise<TlsFiles | null> {
  if (certFile === null && keyFile === null) return null;
  if (certFile === null || keyFile === null)
    throw new CommandError(
      "badInput",
      `${certFile === null ? "MESHHOOK_TLS_KEY_FILE" : "MESHHOOK_TLS_CERT_FILE"} is set, but ${certFile === null ? "MESHHOOK_TLS_CERT_FILE" : "MESHHOOK_TLS_KEY_FILE"} is not. HTTPS needs both.`,
    );
  try {
    const files = await TlsFiles.open({ certFile, keyFile });
    if (files.validUntil.getTime() - Date.now() < SOON_MS)
      log.warn({ validUntil: files.validUntil.toISOString() }, "the TLS certificate ends soon, or has ended: renew it");
    files.watch(log);
    return files;
  } catch (error) {
    if (error instanceof TlsFileError) throw new CommandError("badInput", error.message, { cause: error });
    throw error;
  }
}
