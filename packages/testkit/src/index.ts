/**
 * @packageDocumentation
 *
 * What tests share: temporary databases on one real Postgres per test run, a clock that stands still, seeded randomness, builders.
 *
 * Only tests import it. It contains no mock of our own code and leaves nothing behind: the global setup stops the server.
 *
 * Start reading at `temporary-database.ts`.
 */

export * as certificates from "./certificates.ts";
export { databaseProxy, type DatabaseProxy } from "./database-proxy.ts";
export { FakeClock } from "./fake-clock.ts";
export { runIdFrom, uuidFrom } from "./ids.ts";
export { SeededRandom } from "./seeded-random.ts";
export { CERTIFICATE, NEXT_CERTIFICATE, NEXT_PRIVATE_KEY, PRIVATE_KEY } from "./localhost-certificate.ts";
export { nextSegmentRow, segmentRow } from "./segment-row.ts";
export { tableTexts } from "./table-texts.ts";
export { emptyDatabase, temporaryDatabase, type TemporaryDatabase } from "./temporary-database.ts";
export { waitFor } from "./wait-for.ts";
