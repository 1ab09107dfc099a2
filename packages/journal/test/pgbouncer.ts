import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { waitFor } from "@meshhook/testkit";
import { Client } from "pg";

/** A running PgBouncer in front of one database. */
export interface PgBouncer {
  /** The database's connection string, through PgBouncer. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The installed PgBouncer; null without one. */
export const PGBOUNCER_VERSION = versionOf();

function versionOf(): string | null {
  try {
    return /PgBouncer (\S+)/.exec(execFileSync("pgbouncer", ["--version"], { encoding: "utf8" }))?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Starts PgBouncer with the given settings, as in `{ pool_mode: "transaction" }`. */
export async function startPgBouncer(
  databaseUrl: string,
  settings: { readonly [name: string]: string },
): Promise<PgBouncer> {
  const { hostname, port, pathname, username, password } = new URL(databaseUrl);
  const directory = await mkdtemp(join(tmpdir(), "meshhook-pgbouncer-"));
  const ownPort = await freePort();
  const lines = Object.entries({
    listen_addr: "127.0.0.1",
    listen_port: String(ownPort),
    unix_socket_dir: "",
    auth_type: "any",
    max_client_conn: "200",
    ...settings,
  }).map(([name, value]) => `${name}=${value}`);
  const file = join(directory, "pgbouncer.ini");
  await writeFile(
    file,
    `[databases]
pooled = host=${hostname} port=${port} dbname=${pathname.slice(1)} user=${username} password=${decodeURIComponent(password)}
[pgbouncer]
${lines.join("\n")}
`,
  );
  // As root it switches to another account, which must be able to read its file.
  await chmod(directory, 0o755);
  const child = spawn("pgbouncer", [...(process.getuid?.() === 0 ? ["-u", "nobody"] : []), file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const exited = once(child, "exit");
  const url = `postgres://somebody:anything@127.0.0.1:${ownPort}/pooled`;
  await waitFor("PgBouncer answers", async () => {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended:\n${log}`);
    return isAnswering(url);
  });
  return {
    url,
    stop: async () => {
      child.kill("SIGINT");
      const end = setTimeout(() => child.kill("SIGKILL"), 2_000);
      await exited;
      clearTimeout(end);
      await rm(directory, { recursive: true });
    },
  };
}

async function isAnswering(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("select");
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
