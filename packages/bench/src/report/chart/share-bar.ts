import { formatShare } from "../format.ts";
import { html } from "../html.ts";
import type { Html } from "../html.ts";
import { percentOf } from "./position.ts";

/** A share as a bar with its figure; `tone` says whether it is explained, over a limit, or neither. */
export function shareBar(share: number | null | undefined, tone: "plain" | "rest" | "over" = "plain"): Html {
  const width = Math.min(1, Math.max(0, share ?? 0));
  return html`<span class="share"
    ><span class="share-track" aria-hidden="true"
      ><i class="share-${tone}" style="width:${percentOf(width * 1000)}"></i></span
    ><span class="share-figure">${formatShare(share)}</span></span
  >`;
}
