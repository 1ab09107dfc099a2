const LENGTH_MAX = 48;

/**
 * A node id that is not taken, from the label or else from the type. Ids never change, because expressions and recorded facts refer to
 * them.
 */
export function freshNodeId(type: string, label: string | undefined, taken: ReadonlySet<string>): string {
  const base = slugged(label ?? "") || slugged(type.split("@", 1)[0] ?? "") || "node";
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) {
    const suffix = `_${number}`;
    const id = base.slice(0, LENGTH_MAX - suffix.length) + suffix;
    if (!taken.has(id)) return id;
  }
}

function slugged(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+/, "")
    .slice(0, LENGTH_MAX)
    .replace(/_+$/, "");
}
