/**
 * What row-level security costs: the same reads by the engine and by a tenant, turn and turn about on one connection, and the CPU time
 * that this process and the server's session spend on each.
 *
 *     node packages/journal/test/tenant-cost.ts <connection string of a server> [reads per round] [rounds]
 *
 * The server must run on this machine (Linux). Makes a database on it, and drops it.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { nextSegmentRow, SeededRandom, segmentRow } from "@meshhook/testkit";
import { Client } from "pg";

import { migrate, openPostgresStore } from "../src/index.ts";
import { Connections } from "../src/postgres/connections.ts";

const [serverUrl, reads = "1000", rounds = "7"] = process.argv.slice(2);
if (serverUrl === undefined) throw new Error("Give the connection string of a PostgreSQL on this machine");

const database = `tenant_cost_${randomBytes(4).toString("hex")}`;
const url = new URL(serverUrl);
url.pathname = `/${database}`;
const server = new Client({ connectionString: serverUrl });
await server.connect();
await server.query(`create database ${database} template template0 encoding 'UTF8'`);
try {
  await measure(url.href);
} finally {
  await server.query(`drop database ${database} with (force)`);
  await server.end();
}

async function measure(connectionString: string): Promise<void> {
  await migrate(connectionString);
  const random = new SeededRandom(1);
  const store = openPostgresStore({ connectionString, readers: 1 });
  const projects = await Promise.all(
    ["a", "b", "c", "d"].map((slug) => store.catalog.createProject({ slug, name: slug })),
  );
  for (const { id: projectId } of projects)
    for (let index = 0; index < 20; index += 1)
      await store.catalog.saveDraft({ projectId, slug: `workflow-${index}`, name: "W", definition: '{"nodes":{}}' });
  const token = await store.journal.join("cost");
  await store.journal.claimShards(token, 64);
  const [{ id: projectId } = { id: "" }] = projects;
  let runId = "";
  for (let batch = 0; batch < 20; batch += 1) {
    const rows = projects.flatMap(({ id }) =>
      Array.from({ length: 25 }, () => segmentRow(random, { shard: random.int(64), projectId: id })),
    );
    await store.journal.append(token, rows);
    await store.journal.append(
      token,
      rows.map((row) => nextSegmentRow(row, { status: "succeeded" })),
    );
    runId = rows[0]?.runId ?? "";
  }
  const kinds: readonly (readonly [name: string, read: () => Promise<unknown>])[] = [
    ["one run", () => store.journal.readRun(runId, { projectId })],
    ["20 runs", () => store.journal.listRuns({ projectId, limit: 20 })],
    ["one workflow", () => store.catalog.findWorkflow(projectId, { slug: "workflow-1" })],
    ["20 workflows", () => store.catalog.listWorkflows({ projectId, limit: 20 })],
  ];
  const own = Object.getOwnPropertyDescriptor(Connections.prototype, "readAsTenant");
  const ways: readonly (readonly [name: string, readAsTenant: Connections["readAsTenant"]])[] = [
    [
      "engine",
      function (this: Connections, doing, _, query, values) {
        return this.read(doing, query, values);
      },
    ],
    ["tenant", own?.value as Connections["readAsTenant"]],
    [
      "tenant, in a transaction",
      function (this: Connections, doing, project, query, values) {
        return this.asTenant(doing, project, (runner) => runner.query(query, values));
      },
    ],
  ];
  const session = await sessionOf(connectionString, store);
  for (const [kind, read] of kinds) {
    const spent = new Map<string, number[]>();
    for (let round = 0; round <= Number(rounds); round += 1)
      for (const [way, reader] of ways) {
        Connections.prototype.readAsTenant = reader;
        const [before, ours] = [nanosOf(session), process.cpuUsage()];
        for (let index = 0; index < Number(reads); index += 1) await read();
        const { user, system } = process.cpuUsage(ours);
        const micros = ((nanosOf(session) - before) / 1_000 + user + system) / Number(reads);
        // The first round prepares statements.
        if (round > 0) spent.set(way, [...(spent.get(way) ?? []), micros]);
      }
    const medians = [...spent].map(
      ([way, all]) => [way, all.toSorted((one, other) => one - other)[all.length >> 1] ?? 0] as const,
    );
    const base = medians[0]?.[1] ?? 0;
    for (const [way, micros] of medians)
      process.stdout.write(
        `${kind}, ${way}: ${micros.toFixed(0)} µs CPU per read (${((micros / base) * 100 - 100).toFixed(0)} %)\n`,
      );
  }
  await store.close();
}

/** The process of the one session that reads. */
async function sessionOf(
  connectionString: string,
  store: { readonly catalog: { listProjects(): Promise<unknown> } },
): Promise<number> {
  await store.catalog.listProjects();
  const client = new Client({ connectionString });
  await client.connect();
  const found = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity
     where application_name = 'meshhook' and datname = current_database() and query like '%meshhook.projects%' order by state_change desc limit 1`,
  );
  await client.end();
  const pid = found.rows[0]?.pid;
  if (pid === undefined) throw new Error("No session of the store was found");
  return pid;
}

/** Nanoseconds on a processor: the first field. The times in `stat` are counted in hundredths of a second. */
function nanosOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]);
}
