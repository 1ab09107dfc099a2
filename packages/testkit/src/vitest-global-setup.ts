import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "@meshhook/embedded";

import { TEST_DIRECTORY_VARIABLE } from "./test-server.ts";

/**
 * Makes a directory for the whole test run, and stops whatever server was started in it, also after failed tests.
 *
 * The server itself is started by the first test that asks for a database: most test runs do without.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "meshhook-test-"));
  process.env[TEST_DIRECTORY_VARIABLE] = directory;
  return async () => {
    const dataDir = join(directory, "postgres");
    if (existsSync(`${dataDir}.connection.json`)) {
      // Finds the running server; "immediate", because nothing of it is kept.
      const server = await startEmbeddedPostgres({ dataDir });
      await server.stop("immediate");
      await rm(server.dataDir, { recursive: true, force: true });
    }
    await rm(directory, { recursive: true, force: true });
  };
}
