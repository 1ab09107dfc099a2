/**
 * @meshhook/runtime: owns shards and runs what is delivered: start, decide, perform effects, append.
 *
 * What it never does: answer HTTP, read configuration, write SQL. It acts through a `Journal`, a clock and sockets.
 *
 * Invariants
 * 1. A delivery is reported accepted only after the commit of its first segment.
 * 2. No effect starts before the facts it was derived from are durable.
 * 3. At most one segment of a run is on its way; segments of a run commit in order.
 * 4. Any doubt about ownership drops everything in memory; the journal has it, and recovery is the one way back.
 * 5. Every queue has a limit; beyond it deliveries are refused, never lost.
 *
 * Start reading at `runtime.ts` (the parts and how they are put together), then `run-table.ts` (a run's way through memory),
 * `writer.ts` (group commit) and `membership.ts` (ownership).
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
  Subscription,
} from "./engine.ts";
export { DEFAULT_LIMITS, type RuntimeLimits } from "./limits.ts";
export type { Logger } from "./logger.ts";
export { systemClock, type Clock } from "./clock.ts";
export { PlanCache } from "./plan-cache.ts";
export { EgressPolicy, ForbiddenTarget } from "./call/egress.ts";
export { Runtime, startRuntime, type RuntimeOptions } from "./runtime.ts";
