import { goto } from "$app/navigation";

import { canWrite } from "../access.ts";
import { api } from "../api.ts";
import { theme } from "../state/theme.svelte.ts";
import type { Command } from "./commands.svelte.ts";
import { SHORTCUTS } from "./shortcuts.ts";

export interface ShellDialogs {
  readonly openPalette: () => void;
  readonly openShortcuts: () => void;
}

/** The commands of every page. */
export function appCommands(dialogs: ShellDialogs): readonly Command[] {
  return [
    {
      id: "palette",
      title: "Search everything",
      group: "Console",
      shortcut: SHORTCUTS.palette,
      run: dialogs.openPalette,
    },
    goTo("go.overview", "Overview", "/", ["home", "start"]),
    goTo("go.workflows", "Workflows", "/workflows"),
    goTo("go.runs", "Runs", "/runs"),
    goTo("go.deliveries", "Deliveries", "/deliveries", ["webhooks", "rejected", "log"]),
    goTo("go.benchmarks", "Benchmarks", "/benchmarks", ["reports"]),
    goTo("go.settings", "Settings", "/settings", ["API keys", "project"]),
    {
      id: "go.statistics",
      title: "Statistics",
      group: "Go to",
      keywords: ["percentiles", "durations", "figures"],
      run: () => goto("/statistics"),
    },
    {
      id: "go.health",
      title: "Health",
      group: "Go to",
      keywords: ["operations", "processes", "shards"],
      run: () => goto("/settings/health"),
    },
    {
      id: "go.alerts",
      title: "Alerts",
      group: "Go to",
      keywords: ["notifications", "mail", "rules"],
      run: () => goto("/settings/alerts"),
    },
    {
      id: "go.failed",
      title: "Failed runs",
      group: "Go to",
      keywords: ["errors"],
      run: () => goto("/runs?status=failed"),
    },
    ...(canWrite()
      ? [
          {
            id: "new.workflow",
            title: "New workflow",
            group: "Create",
            shortcut: SHORTCUTS["new.workflow"],
            keywords: ["make", "draw"],
            run: () => goto("/workflows/new"),
          },
        ]
      : []),
    {
      id: "shortcuts",
      title: "Show shortcuts",
      group: "Console",
      shortcut: SHORTCUTS.shortcuts,
      keywords: ["help", "keyboard"],
      run: dialogs.openShortcuts,
    },
    {
      id: "theme",
      title: "Change the theme",
      group: "Console",
      keywords: ["dark", "light", "system"],
      run: () => theme.turn(),
    },
    {
      id: "reference",
      title: "API reference",
      group: "Console",
      keywords: ["docs", "OpenAPI"],
      run: () => void window.open("/docs", "_blank", "noreferrer"),
    },
    {
      id: "sign-out",
      title: "Sign out",
      group: "Console",
      run: async () => {
        await api.signOut();
        await goto("/sign-in");
      },
    },
  ];
}

function goTo(
  id: "go.overview" | "go.workflows" | "go.runs" | "go.deliveries" | "go.benchmarks" | "go.settings",
  title: string,
  address: string,
  keywords: readonly string[] = [],
): Command {
  return { id, title, group: "Go to", shortcut: SHORTCUTS[id], keywords, run: () => goto(address) };
}
