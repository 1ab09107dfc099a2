import type { ServerOptions } from "@meshhook/server";

import type { Config } from "../config/settings.ts";
import { CommandError } from "../exit-codes.ts";

/** Where events are broadcast; null: nowhere. */
export function realtimeTarget({ realtimeUrl, realtimeKey }: Config): NonNullable<ServerOptions["realtime"]> | null {
  if (realtimeUrl === null && realtimeKey === null) return null;
  if (realtimeUrl !== null && realtimeKey !== null) return { url: realtimeUrl, key: realtimeKey };
  const [given, missing] =
    realtimeUrl === null
      ? ["MESHHOOK_REALTIME_KEY", "MESHHOOK_REALTIME_URL"]
      : ["MESHHOOK_REALTIME_URL", "MESHHOOK_REALTIME_KEY"];
  throw new CommandError(
    "badInput",
    `${given} is set and ${missing} is not. Set both to broadcast events, or neither.`,
  );
}
