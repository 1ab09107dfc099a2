import { goto } from "$app/navigation";
import { page } from "$app/state";

/** What of this page a person may want to share: the selected step, the view, and how the log is filtered. */
export type AddressPart = "node" | "view" | "level" | "q" | "only";

/** The page's address with some parts changed; null takes a part out. */
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

/** Changes the address in place: neither a step back in the browser's history nor a jump on the page. */
export function change(changes: { readonly [Part in AddressPart]?: string | null }): void {
  void goto(addressWith(changes), { replace: true, reset: false });
}
