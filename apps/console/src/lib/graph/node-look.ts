import ArrowRightLeft from "@lucide/svelte/icons/arrow-right-left";
import CalendarClock from "@lucide/svelte/icons/calendar-clock";
import CircleStop from "@lucide/svelte/icons/circle-stop";
import CircleHelp from "@lucide/svelte/icons/circle-question-mark";
import Clock from "@lucide/svelte/icons/clock";
import Globe from "@lucide/svelte/icons/globe";
import Repeat from "@lucide/svelte/icons/repeat";
import Split from "@lucide/svelte/icons/split";
import Webhook from "@lucide/svelte/icons/webhook";
import Workflow from "@lucide/svelte/icons/workflow";

import type { Icon } from "#lib/ui/icon.ts";

const ICONS: { readonly [name: string]: Icon } = {
  webhook: Webhook,
  schedule: CalendarClock,
  transform: ArrowRightLeft,
  branch: Split,
  http_call: Globe,
  call_workflow: Workflow,
  delay: Clock,
  loop: Repeat,
  terminate: CircleStop,
};

/** The icon of a node type, whatever its version. */
export function iconOf(type: string): Icon {
  return ICONS[type.split("@", 1)[0] ?? ""] ?? CircleHelp;
}
