import { isIP } from "node:net";

import type { LinkSource } from "@meshhook/runtime";
import { SignalLinks } from "@meshhook/server";

import type { Config } from "../config/settings.ts";

const DAY_US = 86_400_000_000;
/** Links are valid for so many days after the one on which they were made. */
const VALID_DAYS = 8;

/** Makes links to signals for calls. Those made on one day (UTC) are equal, so that a call that is repeated sends the same one. */
export function linkSource(
  config: Pick<Config, "host" | "port" | "publicUrl" | "tlsCertFile">,
  secretKey: Buffer,
): LinkSource {
  const links = new SignalLinks(secretKey);
  const base = config.publicUrl ?? localUrl(config);
  return {
    urlOf: (target) => {
      if (base === null) return null;
      const expiresAt = (Math.floor((Date.now() * 1_000) / DAY_US) + VALID_DAYS) * DAY_US;
      return `${base.replace(/\/+$/, "")}${links.pathOf({ ...target, expiresAt })}`;
    },
  };
}

/** Null where others reach this machine, too, or the port is chosen later: at which address is not known here. */
function localUrl({ host, port, tlsCertFile }: Pick<Config, "host" | "port" | "tlsCertFile">): string | null {
  if (port === 0) return null;
  const isLocal = host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
  const scheme = tlsCertFile === null ? "http" : "https";
  return isLocal ? `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}` : null;
}
