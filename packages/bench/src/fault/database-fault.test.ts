import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startEmbeddedPostgres } from "@meshhook/embedded";
import type { EmbeddedPostgres } from "@meshhook/embedded";
import { waitFor } from "@meshhook/testkit";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { connectAsBench, createBenchRole } from "../database/connect.ts";
import { readPostgresCounters } from "../measure/postgres-activity.ts";
import { startFault } from "./fault.ts";
import type { RunningFault } from "./fault.ts";
import { refusalsOf } from "./refusal.ts";
import type { DatabaseStep } from "./step.ts";
import type { FaultDatabase, FaultSystem } from "./system.ts";

/** A server of the test's own: what is done to it would hit every other test on a shared one. */
class Server implements FaultDatabase {
  readonly dataDir: string;
  #server: EmbeddedPostgres;
  readonly #requested: string;

  private constructor(requested: string, server: EmbeddedPostgres) {
    this.#requested = requested;
    this.#server = server;
    this.dataDir = server.dataDir;
  }

  static async start(dataDir: string): Promise<Server> {
    const server = new Server(dataDir, await startEmbeddedPostgres({ dataDir, settings: SETTINGS }));
    await createBenchRole(server.url);
    return server;
  }

  get url(): string {
    return this.#server.url;
  }

  get pid(): number {
    return this.#server.pid;
  }

  stopHard(): Promise<void> {
    return this.#server.stop("immediate");
  }

  async startAgain(): Promise<void> {
    const { port } = this.#server;
    this.#server = await startEmbeddedPostgres({ dataDir: this.#requested, settings: SETTINGS, port });
  }
}

const SETTINGS = {
  max_connections: "20",
  shared_preload_libraries: "pg_stat_statements",
  max_wal_size: "64MB",
  min_wal_size: "32MB",
};

const clients: Client[] = [];
const faults: RunningFault[] = [];

async function start(step: DatabaseStep, database: FaultDatabase): Promise<RunningFault> {
  const system: FaultSystem = { isRemote: false, proxies: {}, meshhook: null, database };
  const fault = await startFault(step, system);
  faults.push(fault);
  return fault;
}

/** Connects as MeshHook would: not as the benchmark. */
async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: "meshhook" });
  client.on("error", () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

afterEach(async () => {
  await Promise.all(faults.splice(0).map((fault) => fault.stop()));
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)));
});

describe("on a server of its own", () => {
  let root: string;
  let server: Server;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "meshhook-fault-"));
    await chmod(root, 0o755);
    server = await Server.start(join(root, "postgres"));
  });

  afterAll(async () => {
    await server.stopHard();
    await rm(server.dataDir, { recursive: true, force: true });
    await rm(root, { recursive: true });
  });

  test("a long statement is known by what it writes to, however far back it says so", async () => {
    const bench = await connectAsBench(server.url);
    clients.push(bench);
    const meshhook = await connect(server.url);
    await meshhook.query("create schema meshhook");
    await meshhook.query("create table meshhook.journal (n int)");
    const long = `with wide as (select ${Array.from({ length: 100 }, (_, n) => `1 as column_${n}`).join(", ")})`;
    await meshhook.query(`${long} insert into meshhook.journal select column_1 from wide`);
    await meshhook.query(`${long} select * from meshhook.journal, wide for update of journal skip locked`);
    const { statements } = await readPostgresCounters(bench, { timeoutMs: 0 });
    await meshhook.query("drop schema meshhook cascade");
    const texts = [...statements.values()].map(({ query }) => query).filter((query) => query.startsWith("with wide"));
    expect(texts.map((query) => query.slice(400)).sort()).toEqual([" … ", " … insert into meshhook.journal"]);
  });

  test("a crash loses what was not committed and nothing else, and the server comes back where it was", async () => {
    const before = await connect(server.url);
    await before.query("create table crashed (n int)");
    await before.query("insert into crashed values (1)");
    await before.query("begin");
    await before.query("insert into crashed values (2)");
    const [url, pid] = [server.url, server.pid];
    const fault = await start({ kind: "postgres-crash", at: 0, down: 1 }, server);
    await expect(connect(url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await fault.stop();
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    const after = await connect(url);
    expect((await after.query("select n from crashed")).rows).toEqual([{ n: 1 }]);
    // It was a crash: the server had to recover.
    const { rows } = await after.query<{ recovered: boolean }>(
      "select pg_read_file($1) like '%database system was interrupted%' as recovered",
      [`${server.dataDir}.log`],
    );
    expect(rows).toEqual([{ recovered: true }]);
  });

  test("sessions are terminated, the benchmark's own not", async () => {
    const meshhook = await connect(server.url);
    const bench = await connectAsBench(server.url);
    clients.push(bench);
    const { rows } = await meshhook.query<{ pid: number }>("select pg_backend_pid() as pid");
    await start({ kind: "terminate-backends", at: 0 }, server);
    await waitFor("the session's end", async () => {
      const { rowCount } = await bench.query("select from pg_stat_activity where pid = $1", [rows[0]!.pid]);
      return rowCount === 0;
    });
    await expect(meshhook.query("select 1")).rejects.toThrow(/connection/i);
  });

  test("a held transaction keeps vacuum from removing rows, until it is undone", async () => {
    const client = await connect(server.url);
    await client.query("create table vacuumed with (autovacuum_enabled = off) as select generate_series(1, 100) as n");
    const deadAfterVacuum = async () => {
      await client.query("vacuum vacuumed");
      await client.query("create extension if not exists pgstattuple");
      const { rows } = await client.query<{ dead: number }>(
        "select dead_tuple_count::int as dead from pgstattuple('vacuumed')",
      );
      return rows[0]!.dead;
    };
    const fault = await start({ kind: "held-transaction", at: 0, for: 1 }, server);
    await client.query("delete from vacuumed");
    expect(await deadAfterVacuum()).toBe(100);
    await fault.stop();
    expect(await deadAfterVacuum()).toBe(0);
  });

  test("a held transaction whose session was ended by the server is undone all the same", async () => {
    const fault = await start({ kind: "held-transaction", at: 0, for: 1 }, server);
    const client = await connect(server.url);
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and pid <> pg_backend_pid()",
    );
    await fault.stop();
  });

  test("every connection is taken, freed places too, and MeshHook's sessions are gone; afterwards all are free", async () => {
    const meshhook = await connect(server.url);
    const fault = await start({ kind: "exhaust-connections", at: 0, for: 1, leave: 0, evict: true }, server);
    await expect(meshhook.query("select 1")).rejects.toThrow(/connection/i);
    // The place of the session that was ended is taken before long.
    await waitFor("no place to be left", async () => {
      const client = await connect(server.url).catch((error: unknown) => error);
      if (!(client instanceof Client)) return client instanceof Error && "code" in client && client.code === "53300";
      await client.end();
      return false;
    });
    await fault.stop();
    const after = await connect(server.url);
    await waitFor("all to be free", async () => {
      const { rows } = await after.query<{ count: number }>(
        "select count(*)::int from pg_stat_activity where backend_type = 'client backend'",
      );
      return rows[0]!.count === 1;
    });
  });

  test("as many places as asked for are left, and sessions stay where they are not to be ended", async () => {
    const meshhook = await connect(server.url);
    await start({ kind: "exhaust-connections", at: 0, for: 1, leave: 2, evict: false }, server);
    await waitFor("two places", async () => {
      const { rows } = await meshhook.query<{ count: number }>(
        "select count(*)::int from pg_stat_activity where backend_type = 'client backend'",
      );
      return rows[0]!.count === 18;
    });
    await connect(server.url);
    await connect(server.url);
    await expect(connect(server.url)).rejects.toMatchObject({ code: "53300" });
  });
});

// Only a file system that holds nothing else may be filled, and only root may mount one.
describe.runIf(process.getuid?.() === 0 && canMount())("on a small disk of its own", () => {
  let root: string;
  let server: Server;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "meshhook-fault-"));
    mount("-t", "tmpfs", "-o", "size=256m,mode=755", "tmpfs", root);
    await mkdir(join(root, "data"));
    server = await Server.start(join(root, "data", "postgres"));
  });

  afterAll(async () => {
    await server.stopHard();
    spawnSync("umount", [root]);
    await rm(root, { recursive: true });
  });

  test("a full disk fails commits, loses none that succeeded, and is as free as before when it is undone", async () => {
    expect(
      await refusalsOf([{ kind: "disk-full", at: 0, for: 1 }], {
        isRemote: false,
        proxies: {},
        meshhook: null,
        database: server,
      }),
    ).toEqual([]);
    const client = await connect(server.url);
    await client.query("create table filled (n serial, body text)");
    await client.query("alter table filled alter body set storage external");
    const free = (await statfs(root)).bavail;
    const fault = await start({ kind: "disk-full", at: 0, for: 1 }, server);
    expect((await statfs(root)).bavail).toBe(0);
    let committed = 0;
    const fillUp = async () => {
      for (; committed < 10_000; committed += 1)
        await client.query("insert into filled (body) select repeat(md5(random()::text), 30000)");
    };
    await expect(fillUp()).rejects.toThrow(/No space left|onnection terminated/);
    await fault.stop();
    expect((await readdir(dirname(server.dataDir))).filter((name) => name.startsWith("ballast"))).toEqual([]);
    const after = await connect(server.url);
    expect((await after.query<{ count: number }>("select count(*)::int from filled")).rows[0]!.count).toBe(committed);
    await after.query("insert into filled (body) values ('there is room again')");
    expect((await statfs(root)).bavail).toBeGreaterThan(free / 2);
  });
});

function canMount(): boolean {
  const probe = spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
  return probe.status === 0;
}

function mount(...args: string[]): void {
  const { status, stderr } = spawnSync("mount", args);
  if (status !== 0) throw new Error(`mount ${args.join(" ")}: ${stderr.toString()}`);
}
