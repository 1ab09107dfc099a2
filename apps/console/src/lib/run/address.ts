import { goto } from "$app/navigation";
import { page } from "$app/state";

/** The parts of this page that people may want to share: the selected step or iteration, the view, and the filters of the log. */
export type AddressPart = "node" | "iteration" | "view" | "level" | "q" | "only";

/** The page's address with some parts changed; null removes a part. */
export function addressWith(changes: { readonly [Part in AddressPart]?: string | null }, hash = page.url.hash): string {
  const query = new URLSearchParams(page.url.search);
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
  void goto(addressWith(changes), { replace: true, reset: false });
}
