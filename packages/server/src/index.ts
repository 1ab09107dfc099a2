/**
 * @packageDocumentation
 *
 * MeshHook over HTTP: webhook intake, REST API, live streams, metrics.
 *
 * It never runs a workflow, never writes a run's facts, and reads no configuration: the engine, the journal and the settings are
 * given to `startServer`.
 *
 * Invariants:
 * 1. A webhook is answered 2xx only after the engine has reported its delivery durable.
 * 2. Every failed signature check gets the same answer; only the endpoint's owner learns the cause.
 * 3. A caller sees only its own project; anything of another is not found.
 * 4. A secret's value never appears in an answer, log, metric or event.
 * 5. Every error answer is a problem document (RFC 9457) with a code from the contract.
 *
 * Start reading at `server.ts` (the parts), then `intake/intake.ts` (the path of a webhook) and `api/handlers.ts` (the API).
 */

export { Mailer } from "./alerts/mailer.ts";
export { openApiDocument } from "./api/open-api.ts";
export { openDoor, sharedDoor, type Door } from "./door.ts";
export { describeMetrics, type MetricDescription } from "./metrics-reference.ts";
export type { MetricsSnapshot, Siblings } from "./metrics-together.ts";
export { KERNEL_SHARES_PORTS } from "./side-sockets.ts";
export { SignalLinks } from "./signal-link/signal-links.ts";
export { TlsFileError, TlsFiles } from "./tls-files.ts";
export { startServer, type Server, type ServerOptions } from "./server.ts";
