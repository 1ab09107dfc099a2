import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@meshhook/embedded";

import { TEST_DIRECTORY_VARIABLE } from "./test-server.ts";

let directory: string | undefined;

/**
 * Creates a directory for the whole test run; vitest calls it before the first test.
 *
 * A server is started in it by the first test that asks for a database: many test runs do not need one.
 */
export async function setup(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), "meshhook-test-"));
  // As root, the server runs under another account, which must be able to enter this directory.
  await chmod(directory, 0o711);
  process.env[TEST_DIRECTORY_VARIABLE] = directory;
}

/** Stops the server, if one was started, and removes the directory; vitest calls it after the last test, also after failures. */
export async function teardown(): Promise<void> {
  if (directory === undefined) return;
  const dataDir = join(directory, "postgres");
  if (existsSync(`${dataDir}.connection.json`)) {
    // Finds the running server; "immediate", because nothing is kept.
    const server = await startEmbeddedPostgres({ dataDir });
    await server.stop("immediate");
    await rm(server.dataDir, { recursive: true, force: true });
  }
  await rm(directory, { recursive: true, force: true });
}
