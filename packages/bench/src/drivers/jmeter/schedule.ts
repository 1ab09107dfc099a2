import { arrivalsOf } from "../../load/profile/arrivals.ts";
import type { LoadProfile } from "../../load/profile/profile.ts";
import type { DeliveryKey, Payload } from "../../load/generator/protocol.ts";

/** The variables that a row of the schedule sets, before those of headers. */
export const SCHEDULE_VARIABLES = ["n", "dueMs", "payload"] as const;

/** What a test plan reads for each request, and which headers its values go into. */
export interface JMeterSchedule {
  /** Header names, in the order of their variables `header1`, `header2`, … */
  readonly headers: readonly string[];
  /** Rows of values, separated by tabs: n, dueMs, payload, header1, … Lines end in a line feed. */
  readonly text: string;
  /** Milliseconds from the start, by request. */
  readonly dueMs: readonly number[];
}

/**
 * Every request of a load with the instant it is due, so that JMeter follows any profile: it has no executor for most of them, and none at all in
 * versions before 5.5.
 *
 * JMeter's clock has milliseconds, so instants are rounded to them.
 */
export function jmeterSchedule(
  profile: LoadProfile,
  payloads: readonly Payload[],
  key: DeliveryKey | undefined,
): JMeterSchedule {
  const named = [...new Set(payloads.flatMap(({ headers }) => Object.keys(headers)))];
  const headers = key === undefined ? named : [...named, key.header];
  const arrivals = arrivalsOf(profile);
  const dueMs = Array.from({ length: arrivals.count }, (_, n) => Math.round(arrivals.dueNs(n) / 1e6));
  const rows = dueMs.map((due, n) => {
    const delivery = key === undefined ? n : Math.floor(n / key.repeats);
    const index = delivery % payloads.length;
    const values = named.map((name) => payloads[index]?.headers[name] ?? "");
    const keys = key === undefined ? [] : [`${key.prefix}-${String(delivery)}`];
    return [String(n), String(due), String(index), ...values, ...keys].join("\t");
  });
  return { headers, text: rows.map((row) => `${row}\n`).join(""), dueMs };
}
