import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";

import { describeStore } from "../conformance.ts";
import { openPostgresStore } from "./store.ts";

describeStore("the Postgres store", { describe, it, expect, beforeEach, afterEach }, async () => {
  const database = await temporaryDatabase();
  const store = openPostgresStore({ connectionString: database.url });
  const other = openPostgresStore({ connectionString: database.url });
  return {
    store,
    other,
    expireLease: async (token) => {
      const client = new Client({ connectionString: database.url });
      await client.connect();
      await client.query(
        "update meshhook.owners set heartbeat_at = heartbeat_at - interval '1 hour' where token = $1",
        [token],
      );
      await client.end();
    },
    dispose: async () => {
      await store.close();
      await other.close();
      await database.drop();
    },
  };
});
