import { createHash, randomBytes } from "node:crypto";
import { listMigrations, migrate } from "@meshhook/journal";
import { Client } from "pg";

import { exclusively, testServerUrl } from "./test-server.ts";

/** A separate database for one test file. */
export interface TemporaryDatabase {
  readonly url: string;
  /** Ends all connections and drops the database. */
  drop(): Promise<void>;
}

/** Creates a migrated database by cloning a template: this is cheaper than migrating, and nothing is shared. */
export async function temporaryDatabase(): Promise<TemporaryDatabase> {
  const serverUrl = await testServerUrl();
  const template = await ensureTemplate(serverUrl);
  return create(serverUrl, `create database "{name}" template "${template}"`);
}

/** Creates a database without a schema, for tests of migrations. */
export async function emptyDatabase(): Promise<TemporaryDatabase> {
  return create(await testServerUrl(), `create database "{name}" template template0 encoding 'UTF8'`);
}

async function create(serverUrl: string, statement: string): Promise<TemporaryDatabase> {
  const name = `meshhook_test_${randomBytes(6).toString("hex")}`;
  await onServer(serverUrl, (client) => client.query(statement.replace("{name}", name)));
  return {
    url: urlOf(serverUrl, name),
    drop: () =>
      onServer(
        serverUrl,
        async (client) => void (await client.query(`drop database if exists "${name}" with (force)`)),
      ),
  };
}

let template: Promise<string> | undefined;

/** The name of a database that holds the current schema; the first process that asks creates it. */
function ensureTemplate(serverUrl: string): Promise<string> {
  template ??= exclusively("template", async () => {
    const hash = createHash("sha256");
    for (const migration of listMigrations()) hash.update(migration.name).update(migration.text);
    const name = `meshhook_template_${hash.digest("hex").slice(0, 16)}`;
    const building = `${name}_building`;
    await onServer(serverUrl, async (client) => {
      const found = await client.query("select from pg_database where datname = $1", [name]);
      if (found.rowCount === 1) return;
      // It gets its name when it is complete, so that a killed test run leaves no unfinished template behind.
      await client.query(`drop database if exists "${building}" with (force)`);
      await client.query(`create database "${building}" template template0 encoding 'UTF8'`);
      await migrate(urlOf(serverUrl, building));
      await client.query(`alter database "${building}" rename to "${name}"`);
    });
    return name;
  });
  return template;
}

async function onServer<T>(serverUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: serverUrl });
  // A server that goes away between queries is reported here too; the query's own rejection is the one that counts.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
