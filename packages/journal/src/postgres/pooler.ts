import { randomUUID } from "node:crypto";
import type { Client } from "pg";

import { POOLER_REMEDY } from "./pooler-remedy.ts";
import { sqlstateOf } from "./sqlstate.ts";

/** The connection string leads to a pooler that gives each transaction a different session. */
export class SharedSessions extends Error {
  override readonly name = "SharedSessions";
}

/** A busy pooler is checked several times, because it may hand out a session without the mark. */
const LOOKS_THROUGH_POOLER = 10;
const SETTING = "meshhook.probe";

/**
 * Refuses connections that share sessions. A pooler of any product is recognised by its behaviour: one connection marks its session, and no
 * other connection may see the mark.
 *
 * @param first  An open connection.
 * @param second  Another one, opened with the same connection string.
 * @throws SharedSessions  says what to do.
 */
export async function refuseSharedSessions(first: Client, second: Client): Promise<void> {
  const looks = (await isDirect(first)) ? 1 : LOOKS_THROUGH_POOLER;
  for (let look = 0; look < looks; look += 1) {
    const mark = randomUUID();
    await first.query(`select set_config('${SETTING}', $1, false)`, [mark]);
    if ((await markOf(second)) === mark) throw shared("transaction");
    await beginAndEnd(second);
    if ((await markOf(first)) !== mark) throw shared("transaction");
  }
  await first.query(`select set_config('${SETTING}', '', false)`);
}

/**
 * False when something on the way to the server invented the session's process id. True proves nothing, because a pooler may have passed it
 * on.
 */
async function isDirect(client: Client): Promise<boolean> {
  const found = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return "processID" in client && client.processID === found.rows[0]?.pid;
}

async function markOf(client: Client): Promise<string | null> {
  const found = await client.query<{ mark: string | null }>(`select current_setting('${SETTING}', true) as mark`);
  return found.rows[0]?.mark ?? null;
}

/** A pooler that gives each statement a different session refuses transactions of several statements. */
async function beginAndEnd(client: Client): Promise<void> {
  try {
    await client.query("begin");
    await client.query("rollback");
  } catch (error) {
    if (sqlstateOf(error) === "08P01") throw shared("statement", { cause: error });
    throw error;
  }
}

function shared(mode: "transaction" | "statement", options?: ErrorOptions): SharedSessions {
  return new SharedSessions(
    `DATABASE_URL leads to a connection pooler in ${mode} mode, whose connections share sessions. ${POOLER_REMEDY}`,
    options,
  );
}
