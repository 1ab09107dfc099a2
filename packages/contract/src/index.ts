/**
 * @packageDocumentation
 *
 * What MeshHook offers over HTTP: every request and response as a schema and a type, every problem by code, and a small client.
 *
 * It never listens, stores or decides anything, and runs in browsers as well as in Node.
 *
 * Invariants:
 * 1. `routes` (with `paths`) is the only list of API routes: the server registers it, the client calls it, `/openapi.json` is made from it.
 * 2. A problem code, once released, keeps its meaning and its status.
 * 3. Times are RFC 3339 strings in UTC with microseconds; names of durations carry their unit.
 *
 * Start reading at `routes.ts`, then `problems.ts` and `client.ts`.
 */

export { createClient, readAnswer, type Client, type ClientOptions, type DeliverOptions } from "./client.ts";
export type { ProjectStreamMessage, RunStreamMessage } from "./event-stream.ts";
export { problems, problemType, type ProblemCode, type ProblemDefinition } from "./problems.ts";
export { RequestProblem } from "./request-problem.ts";
export { routes, type RouteInput, type RouteName, type RouteOutput, type RouteSpec } from "./routes.ts";
export { formatTime, parseTime, readTime } from "./time.ts";
export { partingOf } from "./trial-text.ts";

export * from "./schema/alert.ts";
export * from "./schema/audit.ts";
export * from "./schema/common.ts";
export * from "./schema/delivery.ts";
export * from "./schema/acceptance.ts";
export * from "./schema/delivery-log.ts";
export * from "./schema/endpoint.ts";
export * from "./schema/failure.ts";
export * from "./schema/health.ts";
export * from "./schema/job.ts";
export * from "./schema/key.ts";
export * from "./schema/people.ts";
export * from "./schema/project.ts";
export * from "./schema/redaction.ts";
export * from "./schema/report.ts";
export * from "./schema/rerun.ts";
export * from "./schema/run.ts";
export * from "./schema/secret.ts";
export * from "./schema/session.ts";
export * from "./schema/signature.ts";
export * from "./schema/statistics.ts";
export * from "./schema/trial.ts";
export * from "./schema/workflow.ts";
