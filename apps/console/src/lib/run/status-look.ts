import type { StepStatus } from "@meshhook/core";
import Ban from "@lucide/svelte/icons/ban";
import Check from "@lucide/svelte/icons/check";
import CircleDashed from "@lucide/svelte/icons/circle-dashed";
import LoaderCircle from "@lucide/svelte/icons/loader-circle";
import SkipForward from "@lucide/svelte/icons/skip-forward";
import X from "@lucide/svelte/icons/x";

import type { Icon } from "#lib/ui/icon.ts";

/** The look of a step's status in drawings: the same sign and colours as its badge. */
export interface StatusLook {
  readonly icon: Icon;
  readonly text: string;
  /** The classes of a drawn shape. */
  readonly shape: string;
  /** The class of a bar in the timeline. */
  readonly bar: string;
}

export const STATUS_LOOKS: { readonly [Status in StepStatus]: StatusLook } = {
  pending: { icon: CircleDashed, text: "text-muted", shape: "fill-page stroke-edge-strong", bar: "bg-edge-strong" },
  waiting: { icon: LoaderCircle, text: "text-busy", shape: "fill-busy-wash stroke-busy", bar: "bg-busy" },
  succeeded: { icon: Check, text: "text-good", shape: "fill-good-wash stroke-good", bar: "bg-good" },
  failed: { icon: X, text: "text-bad", shape: "fill-bad-wash stroke-bad", bar: "bg-bad" },
  skipped: { icon: SkipForward, text: "text-muted", shape: "fill-sunken stroke-edge", bar: "bg-edge-strong" },
  canceled: { icon: Ban, text: "text-warn", shape: "fill-warn-wash stroke-warn", bar: "bg-warn" },
};
