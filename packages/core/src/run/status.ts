/** Terminal statuses are final. A run without one is `running` (in memory, waiting for an effect or parked on a timer). */
export const TERMINAL_STATUSES = ["succeeded", "failed", "canceled"] as const;
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];
export type RunStatus = "running" | TerminalStatus;

/** `waiting`: for an answer, a retry, a timer or the iterations of a loop. */
export type StepStatus = "pending" | "waiting" | "succeeded" | "failed" | "skipped" | "canceled";
