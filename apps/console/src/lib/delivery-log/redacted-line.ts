import type { LoggedDelivery } from "@meshhook/contract";

/** How much each rule redacted; null: nothing was. */
export function redactedLine(redacted: LoggedDelivery["redacted"]): string | null {
  const parts = Object.entries(redacted).map(
    ([rule, count]) => `${count} ${count === 1 ? "value" : "values"} by ${rule}`,
  );
  return parts.length === 0 ? null : parts.join(", ");
}
