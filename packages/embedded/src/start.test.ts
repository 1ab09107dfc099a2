import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { findPostmaster } from "./postmaster.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from "./index.ts";

const parents: string[] = [];
const servers: EmbeddedPostgres[] = [];
/** Holds a database that is not running: most tests are not about a new one, which takes a second of work. */
let usedDataDir: string;

beforeAll(async () => {
  usedDataDir = await newDataDir();
  await (await start({ dataDir: usedDataDir })).stop();
});
afterAll(() => rm(dirname(usedDataDir), { recursive: true, force: true }));

async function newDataDir(): Promise<string> {
  const parent = await mkdtemp("/tmp/meshhook-embedded-");
  await chmod(parent, 0o711);
  return join(parent, "postgres");
}

async function temporaryDataDir(): Promise<string> {
  const dataDir = await newDataDir();
  parents.push(dirname(dataDir));
  return dataDir;
}

async function start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({
    ...options,
    settings: { shared_buffers: "16MB", min_wal_size: "32MB", ...options.settings },
  });
  servers.push(server);
  return server;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop("immediate");
  for (const parent of parents.splice(0)) await rm(parent, { recursive: true, force: true });
});

test("a new server answers over TCP and over its socket, is durable, and its password is in no log", async () => {
  const lines: string[] = [];
  const dataDir = await temporaryDataDir();
  const server = await start({ dataDir, log: (line) => lines.push(line) });

  expect(server.wasRunning).toBe(false);
  const [row] = await query(
    server.url,
    "select current_user, current_database(), current_setting('fsync') as fsync, current_setting('synchronous_commit') as commits, current_setting('server_encoding') as encoding",
  );
  expect(row).toEqual({
    current_user: "meshhook",
    current_database: "meshhook",
    fsync: "on",
    commits: "on",
    encoding: "UTF8",
  });
  expect(await query(server.socketUrl, "select 1 as one")).toEqual([{ one: 1 }]);

  const password = new URL(server.url).password;
  expect(password.length).toBeGreaterThanOrEqual(32);
  expect(lines.join("\n") + (await readFile(`${dataDir}.log`, "utf8"))).not.toContain(password);
  expect((await stat(`${dataDir}.connection.json`)).mode & 0o777).toBe(0o600);
  const wrong = new URL(server.url);
  wrong.password = "wrong";
  await expect(query(wrong.href, "select 1")).rejects.toThrow(/password authentication failed/);
});

test("a new database has the files of its log before the first commit waits for one", async () => {
  const server = await start({ dataDir: await temporaryDataDir(), settings: { min_wal_size: "80MB" } });
  const [row] = await query(
    server.url,
    "select count(*)::int as ahead from pg_ls_waldir() where name > pg_walfile_name(pg_current_wal_lsn())",
  );
  expect(row?.["ahead"]).toBeGreaterThanOrEqual(3);
});

test("a server whose starter was killed keeps running, and the next start finds it", async () => {
  const dataDir = await temporaryDataDir();
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(fileURLToPath(new URL("./index.ts", import.meta.url)))};
    const server = await startEmbeddedPostgres({ dataDir: process.argv[1], settings: { shared_buffers: "16MB" } });
    process.stdout.write(String(server.pid));
    setInterval(() => {}, 1000);
  `;
  // Its own process group, killed as a whole, as a terminal or a supervisor does.
  const starter = spawn(process.execPath, ["--input-type=module", "-e", script, dataDir], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [pid] = (await once(starter.stdout, "data")) as [Buffer];
  process.kill(-(starter.pid ?? 0), "SIGKILL");
  await once(starter, "exit");

  const found = await start({ dataDir });
  expect(found.wasRunning).toBe(true);
  expect(found.pid).toBe(Number(String(pid)));
  expect(await query(found.url, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("data, port and password survive a stop and a start", async () => {
  const first = await start({ dataDir: usedDataDir });
  await query(first.url, "create table kept as select 42 as answer");
  await first.stop();
  await first.stop();
  await expect(query(first.url, "select 1")).rejects.toThrow(/ECONNREFUSED/);

  const second = await start({ dataDir: usedDataDir });
  expect(second.wasRunning).toBe(false);
  expect(second.url).toBe(first.url);
  expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
});

test("a crashed server's committed data is there after the next start, in spite of its stale postmaster.pid", async () => {
  const first = await start({ dataDir: usedDataDir });
  await query(first.url, "create table kept_in_a_crash as select 42 as answer");
  process.kill(first.pid, "SIGKILL");
  // Sending a signal is not the end: until the kernel is done, the server exists and accepts no connection.
  while ((await findPostmaster(first.dataDir)) !== null) await delay(5);

  const second = await start({ dataDir: usedDataDir });
  expect(second.pid).not.toBe(first.pid);
  expect(await query(second.url, "select answer from kept_in_a_crash")).toEqual([{ answer: 42 }]);
});

test("two starts of one directory at the same time share one server", async () => {
  const dataDir = await temporaryDataDir();
  const [left, right] = await Promise.all([start({ dataDir }), start({ dataDir })]);
  expect(left.pid).toBe(right.pid);
  expect(left.wasRunning).toBe(!right.wasRunning);
});

test("two directories are two servers", async () => {
  const [left, right] = await Promise.all([
    start({ dataDir: usedDataDir }),
    start({ dataDir: await temporaryDataDir() }),
  ]);
  expect(left.port).not.toBe(right.port);
  await query(left.url, "create table only_left ()");
  await expect(query(right.url, "select from only_left")).rejects.toThrow(/does not exist/);
});

test("a server with another client is not stopped as unused", async () => {
  const server = await start({ dataDir: usedDataDir });
  const client = new pg.Client(server.url);
  await client.connect();
  expect(await server.stopIfUnused()).toBe(false);
  await client.query("select 1");
  await client.end();
  await expect.poll(() => server.stopIfUnused()).toBe(true);
  await expect(query(server.url, "select 1")).rejects.toThrow(/ECONNREFUSED/);
});

test("given settings override the defaults", async () => {
  const server = await start({
    dataDir: usedDataDir,
    settings: { track_commit_timestamp: "on", shared_preload_libraries: "pg_stat_statements" },
  });
  await query(server.url, "create extension pg_stat_statements");
  expect(await query(server.url, "select current_setting('track_commit_timestamp') as value")).toEqual([
    { value: "on" },
  ]);
});

test("data goes to a place that the server's account can reach if it cannot enter the parent", async () => {
  const dataDir = await temporaryDataDir();
  await chmod(dirname(dataDir), 0o700);
  const lines: string[] = [];
  const server = await start({ dataDir, log: (line) => lines.push(line) });
  if (server.dataDir !== dataDir) parents.push(dirname(server.dataDir));

  const isRoot = process.getuid?.() === 0;
  expect(server.dataDir === dataDir).toBe(!isRoot);
  expect(lines.some((line) => line.includes(`cannot enter ${dirname(dataDir)}`))).toBe(isRoot);
  await query(server.url, "create table kept as select 42 as answer");
  await server.stop();

  // Opening the folder later must not make the data disappear.
  await chmod(dirname(dataDir), 0o711);
  const again = await start({ dataDir });
  expect(again.dataDir).toBe(server.dataDir);
  expect(await query(again.url, "select answer from kept")).toEqual([{ answer: 42 }]);
});

test("a directory that cannot be created is named in the error", async () => {
  await expect(start({ dataDir: "/dev/null/postgres/data" })).rejects.toThrow(
    /Cannot create the data directory \/dev\/null\/postgres\/data: .*Choose a directory/,
  );
});

test("a directory with other files in it is left alone", async () => {
  const dataDir = dirname(await temporaryDataDir());
  await writeFile(join(dataDir, "thesis.txt"), "precious");
  await expect(start({ dataDir })).rejects.toThrow(/is not empty and does not contain a PostgreSQL database/);
  await rm(`${dataDir}.connection.json`, { force: true });
  expect(await readFile(join(dataDir, "thesis.txt"), "utf8")).toBe("precious");
});

test("a port in use is named in the error", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  await expect(start({ dataDir: usedDataDir, port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is already in use`);
  other.close();
});
