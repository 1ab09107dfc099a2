import ArrowRightLeft from "@lucide/svelte/icons/arrow-right-left";
import CalendarClock from "@lucide/svelte/icons/calendar-clock";
import CircleStop from "@lucide/svelte/icons/circle-stop";
import CircleHelp from "@lucide/svelte/icons/circle-question-mark";
import BellRing from "@lucide/svelte/icons/bell-ring";
import Clock from "@lucide/svelte/icons/clock";
import CodeXml from "@lucide/svelte/icons/code-xml";
import FileText from "@lucide/svelte/icons/file-text";
import Globe from "@lucide/svelte/icons/globe";
import Repeat from "@lucide/svelte/icons/repeat";
import Send from "@lucide/svelte/icons/send";
import Split from "@lucide/svelte/icons/split";
import Webhook from "@lucide/svelte/icons/webhook";
import Workflow from "@lucide/svelte/icons/workflow";

import type { Icon } from "#lib/ui/icon.ts";

const ICONS: { readonly [name: string]: Icon } = {
  webhook: Webhook,
  schedule: CalendarClock,
  transform: ArrowRightLeft,
  template: FileText,
  xml_json: CodeXml,
  branch: Split,
  http_call: Globe,
  emit: Send,
  call_workflow: Workflow,
  delay: Clock,
  wait_for_signal: BellRing,
  loop: Repeat,
  terminate: CircleStop,
};

/** The icon of a node type, whatever its version. */
export function iconOf(type: string): Icon {
  return ICONS[type.split("@", 1)[0] ?? ""] ?? CircleHelp;
}
