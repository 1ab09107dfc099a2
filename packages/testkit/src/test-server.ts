import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startEmbeddedPostgres } from "@meshhook/embedded";

/** Set by the global setup: a directory for the whole test run, in which the first process that needs a server starts it. */
export const TEST_DIRECTORY_VARIABLE = "MESHHOOK_TEST_DIR";
/** Set by a person: use this server instead of the embedded one. Its role must be allowed to create databases. */
const TEST_DATABASE_VARIABLE = "TEST_DATABASE_URL";

let url: Promise<string> | undefined;

/** The server that tests use: a connection string to a database that nothing writes to. Each process looks for the server once. */
export function testServerUrl(): Promise<string> {
  return (url ??= findServer());
}

async function findServer(): Promise<string> {
  const given = process.env[TEST_DATABASE_VARIABLE];
  if (given !== undefined && given !== "") return given;
  const server = await startEmbeddedPostgres({
    dataDir: join(testDirectory(), "postgres"),
    // Four test files at a time, each with a few stores; and sixty migrations at once need sixty connections.
    settings: { max_connections: "200", shared_buffers: "128MB", min_wal_size: "80MB", max_wal_size: "512MB" },
  });
  return server.url;
}

/** Runs `work` exclusively among all processes of the test run. The lock is a directory, because creating one is atomic. */
export async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  const lock = join(testDirectory(), `${name}.lock`);
  const until = performance.now() + 60_000;
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      if (performance.now() > until) throw new Error(`${lock} was not released within a minute`, { cause: error });
      await delay(20);
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true });
  }
}

function testDirectory(): string {
  const directory = process.env[TEST_DIRECTORY_VARIABLE];
  if (directory === undefined) {
    throw new Error(
      `${TEST_DIRECTORY_VARIABLE} is not set: run tests through vitest with packages/testkit/src/vitest-global-setup.ts as globalSetup`,
    );
  }
  return directory;
}
