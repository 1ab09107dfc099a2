import type { Caller } from "../auth.ts";
import type { Handlers } from "../api/answered-route.ts";

type Parameters = { readonly [name: string]: string };

/** An address of the console. */
export interface ConsolePage {
  /** As the router writes it. */
  readonly path: string;
  /** Looks up what the address names, as the API would. Rejects with `not_found` when the project does not have it. */
  readonly read?: (handlers: Handlers, caller: Caller, parameters: Parameters) => Promise<unknown>;
}

/** Every address for which the console draws a page. Any other is not found. */
export const CONSOLE_PAGES: readonly ConsolePage[] = [
  { path: "/" },
  { path: "/sign-in" },
  { path: "/sign-in/provider" },
  { path: "/account" },
  { path: "/workflows" },
  { path: "/workflows/new" },
  {
    path: "/workflows/:workflow",
    read: (handlers, caller, { workflow = "" }) => handlers.getWorkflow(caller, { workflow }),
  },
  { path: "/runs" },
  // Facts are read but not folded: all that counts is whether the run exists.
  { path: "/runs/:runId", read: (handlers, caller, { runId = "" }) => handlers.listFacts(caller, { runId }) },
  { path: "/deliveries" },
  { path: "/statistics" },
  { path: "/benchmarks" },
  {
    path: "/benchmarks/:reportId",
    read: (handlers, caller, { reportId = "" }) => handlers.getReport(caller, { reportId }),
  },
  { path: "/settings" },
  { path: "/settings/members" },
  { path: "/settings/audit" },
  { path: "/settings/health" },
  { path: "/settings/alerts" },
];
