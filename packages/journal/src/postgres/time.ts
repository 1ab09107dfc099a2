import type { Micros } from "@meshhook/core";

/** Microseconds as Postgres reads them: `2026-11-24T00:10:26.123456Z`. */
export function timestampOf(micros: Micros): string {
  const ms = Math.floor(micros / 1000);
  const rest = micros - ms * 1000;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(rest).padStart(3, "0")}Z`;
}

/** Reads a `timestamptz` as Postgres writes it in ISO style and UTC: `2026-11-24 00:10:26.123456+00`, without trailing zeros. */
export function microsOf(timestamp: string): Micros {
  const seconds = Date.parse(`${timestamp.slice(0, 10)}T${timestamp.slice(11, 19)}Z`);
  const fraction = timestamp[19] === "." ? timestamp.slice(20, timestamp.length - 3) : "";
  return seconds * 1000 + Number(fraction.padEnd(6, "0"));
}
