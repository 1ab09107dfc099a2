const SLUG_LENGTH_MAX = 63;
const ID_LENGTH_MAX = 48;
/** They would reach a prototype. */
const RESERVED: ReadonlySet<string> = new Set(["constructor", "prototype"]);

/** Makes the slug of a workflow from its name; `imported` where no letter or digit is left. */
export function slugOf(name: string): string {
  const slug = plain(name)
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return slug.slice(0, SLUG_LENGTH_MAX).replace(/-+$/, "") || "imported";
}

/** The name of a secret for credentials: `Shop key (live)` becomes `SHOP_KEY_LIVE`. */
export function secretName(name: string): string {
  const words = plain(name)
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .toUpperCase();
  return (/^[A-Z]/.test(words) ? words : `SECRET_${words}`).slice(0, 64);
}

/** Gives each name a node id of its own: `HTTP Request1` becomes `http_request1`. */
export class NodeIds {
  readonly #ids = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** The id of a name; the same for the same name. */
  of(name: string): string {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = this.fresh(name);
    this.#ids.set(name, id);
    return id;
  }

  /** An id that no other name has. */
  fresh(name: string): string {
    const words = plain(name)
      .replaceAll(/[^a-z0-9]+/g, "_")
      .replaceAll(/^_+|_+$/g, "");
    const base = (/^[a-z]/.test(words) ? words : `node_${words}`).replace(/_+$/, "");
    let id = base.slice(0, ID_LENGTH_MAX);
    for (let number = 2; this.#taken.has(id) || RESERVED.has(id); number += 1) {
      const suffix = `_${number}`;
      id = `${base.slice(0, ID_LENGTH_MAX - suffix.length)}${suffix}`;
    }
    this.#taken.add(id);
    return id;
  }
}

/** Lower-case letters without marks: `Ü` becomes `u`. */
function plain(name: string): string {
  return name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
}
