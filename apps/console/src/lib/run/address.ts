import { goto } from "$app/navigation";
import { page } from "$app/state";

/** The parts of this page that people may want to share: the selected step or iteration, the view, and the filters of the log. */
export type AddressPart = "node" | "iteration" | "view" | "level" | "q" | "only";

/** The query that was asked for last and is not the page's yet; null: the page's own. Without it, the second of two quick changes undoes the first. */
let asked: string | null = null;

/** The page's address with some parts changed; null removes a part. */
export function addressWith(changes: { readonly [Part in AddressPart]?: string | null }, hash = page.url.hash): string {
  const query = new URLSearchParams(asked ?? page.url.search);
  for (const [part, value] of Object.entries(changes)) {
    if (value === null || value === "") query.delete(part);
    else query.set(part, value);
  }
  const text = query.toString();
  return `${page.url.pathname}${text === "" ? "" : `?${text}`}${hash}`;
}

export function partOf(part: AddressPart): string | null {
  return page.url.searchParams.get(part);
}

/** Changes the address in place, without a new entry in the browser's history and without scrolling. */
export function change(changes: { readonly [Part in AddressPart]?: string | null }): void {
  const address = addressWith(changes);
  const query = address.slice(page.url.pathname.length).replace(/#.*/, "");
  asked = query;
  void goto(address, { replace: true, reset: false }).finally(() => {
    if (asked === query) asked = null;
  });
}
