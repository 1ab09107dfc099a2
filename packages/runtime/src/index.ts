/**
 * @meshhook/runtime: owns shards and runs deliveries: start, fold, perform effects, append.
 *
 * It never answers HTTP, reads configuration or writes SQL. It acts through a `Journal`, a clock and sockets.
 *
 * Invariants
 * 1. A delivery is reported accepted only after the commit of its first segment.
 * 2. No effect starts before the facts it was derived from are durable.
 * 3. At most one segment of a run is in flight; the segments of a run commit in order.
 * 4. Any doubt about ownership drops everything in memory; the journal has everything, and recovery is the only way back.
 * 5. Every queue has a limit; beyond it deliveries are refused, never lost.
 *
 * Start reading at `runtime.ts` (the parts and how they fit together), then `run-table.ts` (the life of a run in memory, and its parts in
 * `table`), `writer.ts` (group commit) and `membership.ts` (ownership).
 */
export type {
  Delivery,
  DeliveryOutcome,
  Engine,
  EngineStats,
  EventCursor,
  EventListener,
  ProjectListener,
  RunSetAside,
  RunSignal,
  SignalOutcome,
  Subscription,
} from "./engine.ts";
export type { RunTurn } from "./admission/admission.ts";
export { DEFAULT_LIMITS, type RuntimeLimits } from "./limits.ts";
export type { LatencyCounts } from "./latency-histogram.ts";
export type { Logger } from "./logger.ts";
export { systemClock, type Clock, type Timer } from "./clock.ts";
export type { CallOutcome } from "./call/call-outcome.ts";
export type { CallWait } from "./call/call-wait.ts";
export type { Caller } from "./call/caller.ts";
export { HttpCaller } from "./call/http-caller.ts";
export { CronLine, scheduleFault, type ScheduleFault } from "./schedule/cron-line.ts";
export { PlanCache } from "./plan-cache.ts";
export { EgressPolicy, ForbiddenTarget } from "./call/egress.ts";
export type { FinishedSpan, SpanSink } from "./trace/run-traces.ts";
export { PathError } from "./redaction/payload-path.ts";
export { PatternError } from "./redaction/own-pattern.ts";
export { newPseudonymKey, openPseudonymKey } from "./redaction/pseudonym-key.ts";
export { Redaction } from "./redaction/redaction.ts";
export { MASK, RedactionOverrun } from "./redaction/redaction-pass.ts";
export { Runtime, startRuntime, type RuntimeOptions } from "./runtime.ts";
export type { LinkSource, LinkTarget } from "./secret/link-source.ts";
export { SecretFile, SecretFileError } from "./secret/secret-file.ts";
export { Keyring, SecretKeyMissing, type SecretKey } from "./secret/keyring.ts";
export { SecretBox, secretKeyIdIn, unwrappedPart, type SealedAs } from "./secret/secret-box.ts";
export { EnvironmentSecrets, firstSource, SecretFault, type SecretSource } from "./secret/secret-source.ts";
