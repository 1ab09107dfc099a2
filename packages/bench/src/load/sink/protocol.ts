import type { TargetPlan } from "./target.ts";

export type SinkCommand =
  | { readonly kind: "listen" }
  /** From now on: answer like this, and begin a new ledger. */
  | { readonly kind: "reset"; readonly plan: TargetPlan }
  | { readonly kind: "report"; readonly path: string };

export type SinkMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "resetDone" }
  | {
      readonly kind: "reported";
      readonly effects: number;
      /** The bodies that calls carried, each once; an effect names its body by its place here. */
      readonly bodies: readonly string[];
      /** Connections that were opened because earlier ones had been closed. */
      readonly reopened: number;
      /** What its answers took beyond their delay, or its timer was late: 99th percentile, milliseconds. */
      readonly extraMsP99: number;
    };
