import type { Caller } from "../auth.ts";
import type { Handlers } from "../api/handlers.ts";

type Parameters = { readonly [name: string]: string };

/** An address of the console. */
export interface ConsolePage {
  /** As the router writes it. */
  readonly path: string;
  /** Asks for the thing that the address names, as the API would: rejects with `not_found` when the project has none. */
  readonly read?: (handlers: Handlers, caller: Caller, parameters: Parameters) => Promise<unknown>;
}

/** Every address that the console draws a page for. What is not here is not found. */
export const CONSOLE_PAGES: readonly ConsolePage[] = [
  { path: "/" },
  { path: "/sign-in" },
  { path: "/workflows" },
  { path: "/workflows/new" },
  {
    path: "/workflows/:workflow",
    read: (handlers, caller, { workflow = "" }) => handlers.getWorkflow(caller, { workflow }),
  },
  { path: "/runs" },
  // Facts are read without folding them: whether the run is there is all that counts.
  { path: "/runs/:runId", read: (handlers, caller, { runId = "" }) => handlers.listFacts(caller, { runId }) },
  { path: "/benchmarks" },
  {
    path: "/benchmarks/:reportId",
    read: (handlers, caller, { reportId = "" }) => handlers.getReport(caller, { reportId }),
  },
  { path: "/settings" },
];
