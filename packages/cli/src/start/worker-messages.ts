import type { MetricsSnapshot } from "@meshhook/server";

import type { Config } from "../config/settings.ts";

/** The command that such a process runs; people do not call it. */
export const START_WORKER = "start-worker";

/** What a process of several is to do: the first message to it. */
export interface Assignment {
  /** From 1; the process that is started in the place of an ended one has the same. */
  readonly number: number;
  readonly config: Config;
  /** Those that variables hold, by name. */
  readonly secrets: readonly (readonly [name: string, value: string])[];
  /** The port that all of them share. */
  readonly port: number;
  /** Sent, because command lines and environments can be read by others. */
  readonly databaseUrl: string;
}

/** From the process that started them. */
export type ToWorker =
  | { readonly kind: "begin"; readonly assignment: Assignment }
  /** The console is built (null), or this is why it never will be. */
  | { readonly kind: "console"; readonly absentBecause: string | null }
  /** Asks for this process's own metrics. */
  | { readonly kind: "metrics_wanted"; readonly request: number }
  /** The answer to `gather_metrics`: the metrics of every process that answered, by number. */
  | {
      readonly kind: "gathered_metrics";
      readonly request: number;
      readonly snapshots: readonly (readonly [number, MetricsSnapshot])[];
    };

/** From one of the processes. */
export type ToSupervisor =
  /** It accepts webhooks on the port. */
  | { readonly kind: "listening" }
  | { readonly kind: "metrics"; readonly request: number; readonly metrics: MetricsSnapshot }
  /** It was asked for the metrics of all processes. */
  | { readonly kind: "gather_metrics"; readonly request: number };
