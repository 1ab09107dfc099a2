import { isDeepStrictEqual } from "node:util";

/**
 * Lists where two JSON values differ, one line per place: `/steps/2/status: server "failed", re-folded "succeeded"`.
 *
 * A member that is absent and one that is undefined are the same. Empty when the values are equal.
 */
export function differences(server: unknown, folded: unknown, path = ""): readonly string[] {
  if (isDeepStrictEqual(server, folded)) return [];
  if (isObject(server) && isObject(folded) && Array.isArray(server) === Array.isArray(folded)) {
    const names = new Set([...Object.keys(server), ...Object.keys(folded)]);
    return [...names].flatMap((name) => differences(server[name], folded[name], `${path}/${name}`));
  }
  return [`${path}: server ${shown(server)}, re-folded ${shown(folded)}`];
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null;
}

function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length <= 120 ? text : `${text.slice(0, 117)}…`;
}
