import { goto } from "$app/navigation";
import type { Command } from "#lib/shell/commands.svelte.ts";

import { addressWith } from "./address.ts";

export interface RunActions {
  /** Null when the run has ended or the key may not cancel it. */
  readonly cancel: (() => void) | null;
  /** Null while the run goes on, and when the key may not replay it. */
  readonly replay: (() => void) | null;
  readonly workflow: { readonly slug: string; readonly name: string };
  readonly runId: string;
}

const GROUP = "This run";
const VIEWS = [
  ["log", "Show the log"],
  ["timeline", "Show the timeline"],
  ["delivery", "Show the delivery"],
  ["facts", "Show the facts"],
] as const;

/** The commands of a run's page, for the command list. */
export function runCommands({ cancel, replay, workflow, runId }: RunActions): readonly Command[] {
  return [
    ...(cancel === null
      ? []
      : [{ id: "run.cancel", title: "Cancel this run", group: GROUP, keywords: ["stop", "abort"], run: cancel }]),
    ...(replay === null
      ? []
      : [{ id: "run.replay", title: "Replay this run", group: GROUP, keywords: ["retry", "again"], run: replay }]),
    ...VIEWS.map(([view, title]): Command => ({
      id: `run.${view}`,
      title,
      group: GROUP,
      run: () => goto(addressWith({ view: view === "log" ? null : view }, ""), { replace: true, reset: false }),
    })),
    {
      id: "run.workflow",
      title: `Open the workflow ${workflow.name}`,
      group: GROUP,
      run: () => goto(`/workflows/${workflow.slug}`),
    },
    {
      id: "run.others",
      title: `Other runs of ${workflow.name}`,
      group: GROUP,
      run: () => goto(`/runs?workflow=${encodeURIComponent(workflow.slug)}`),
    },
    {
      id: "run.copy",
      title: "Copy the run's id",
      group: GROUP,
      run: () => navigator.clipboard.writeText(runId),
    },
  ];
}
