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
 * 2. Every failed signature check has one and the same answer; its cause goes to the endpoint's owner only.
 * 3. A caller sees its own project; whatever belongs to another is not found.
 * 4. A secret's value appears in no answer, log, metric or event.
 * 5. Every answer that is no success is a problem document (RFC 9457) with a code of the contract.
 *
 * Start reading at `server.ts` (the parts), then `intake/intake.ts` (a webhook's way) and `api/handlers.ts` (the API).
 */

export { openApiDocument } from "./api/open-api.ts";
export { openDoor, type Door } from "./door.ts";
export { startServer, type Server, type ServerOptions } from "./server.ts";
