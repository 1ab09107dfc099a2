/**
 * @packageDocumentation
 * A real PostgreSQL server out of npm: nothing to install, nothing to configure.
 *
 * Never: runs as root, listens on anything but 127.0.0.1 and a private Unix socket, puts the password on a command line or into
 * a log, relaxes durability.
 *
 * Invariants:
 * 1. The server outlives its starter; a later start on the same directory finds it.
 * 2. A crash at any point leaves a directory that the next start can use.
 * 3. Two starters of one directory end up with one server.
 *
 * May import nothing of MeshHook. Start reading at `start.ts`.
 */
export { EmbeddedPostgresError } from "./failure.ts";
export { startEmbeddedPostgres } from "./start.ts";
export type { EmbeddedPostgres, EmbeddedPostgresOptions } from "./start.ts";
