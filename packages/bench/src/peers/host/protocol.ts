import type { EndedRun } from "./engine.ts";
import type { PeerWorkflow } from "./workflow.ts";

export type HostCommand =
  | {
      readonly kind: "start";
      /** `file:` URL of the engine's module. */
      readonly engine: string;
      /** The folder with the peer's `node_modules`. */
      readonly packages: string;
      readonly databaseUrl: string;
      readonly directory: string;
      readonly workflow: PeerWorkflow;
      readonly sinkPort: number;
    }
  | { readonly kind: "count" }
  | { readonly kind: "report" }
  | { readonly kind: "stop" };

export type HostMessage =
  | { readonly kind: "ready" }
  /** It started a program, which has to end when this process is killed. */
  | { readonly kind: "spawned"; readonly pid: number }
  /** It takes deliveries on this port of the loopback interface. */
  | { readonly kind: "listening"; readonly port: number }
  | { readonly kind: "counted"; readonly unfinished: number }
  /** Every run that ended, as often as it did. */
  | { readonly kind: "reported"; readonly ended: readonly EndedRun[] }
  | { readonly kind: "stopped" }
  /** The command before it failed. */
  | { readonly kind: "failed"; readonly message: string };
