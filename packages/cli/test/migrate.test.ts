import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { migrate } from "@meshhook/journal";
import { emptyDatabase, temporaryDatabase } from "@meshhook/testkit";
import { runCli } from "@meshhook/testkit/process";
import { Client } from "pg";
import { expect, onTestFinished, test, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000 });

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "meshhook-migrate-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** The schema as the server describes it, apart from partitions, which are made by the day. */
const CATALOGUE = `
  select 'relation ' || relname || ' ' || relkind::text || ' ' || relrowsecurity::text || relforcerowsecurity::text || ' '
    || coalesce(array_to_string(reloptions, ','), '') || ' ' || coalesce(array_to_string(relacl, ','), '') as line
  from pg_class where relnamespace = 'meshhook'::regnamespace and not relispartition and relkind <> 'i'
  union all
  select 'column ' || relname || '.' || attname || ' ' || format_type(atttypid, atttypmod) || attnotnull::text || ' '
    || coalesce(pg_get_expr(adbin, adrelid), '') || ' ' || coalesce(array_to_string(attacl, ','), '')
  from pg_attribute
  join pg_class on pg_class.oid = attrelid
  left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where relnamespace = 'meshhook'::regnamespace and not relispartition and relkind <> 'i' and attnum > 0 and not attisdropped
  union all
  select 'index ' || pg_get_indexdef(indexrelid)
  from pg_index join pg_class on pg_class.oid = indrelid where relnamespace = 'meshhook'::regnamespace and not relispartition
  union all
  select 'constraint ' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
  from pg_constraint join pg_class on pg_class.oid = conrelid where relnamespace = 'meshhook'::regnamespace and not relispartition
  union all
  select 'policy ' || tablename || ' ' || policyname || ' ' || array_to_string(roles, ',') || cmd || coalesce(qual, '') || coalesce(with_check, '')
  from pg_policies where schemaname = 'meshhook' and tablename !~ '^journal_[0-9]'
  union all
  select 'function ' || pg_get_functiondef(oid) || coalesce(array_to_string(proacl, ','), '')
  from pg_proc where pronamespace = 'meshhook'::regnamespace
  union all
  select 'trigger ' || pg_get_triggerdef(pg_trigger.oid)
  from pg_trigger join pg_class on pg_class.oid = tgrelid where relnamespace = 'meshhook'::regnamespace and not tgisinternal
  union all
  select 'comment ' || description
  from pg_description join pg_class on pg_class.oid = objoid where relnamespace = 'meshhook'::regnamespace and not relispartition
  order by 1`;

async function catalogueOf(url: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ line: string }>(CATALOGUE);
    return rows.map(({ line }) => line);
  } finally {
    await client.end();
  }
}

test("`migrate --format supabase` writes files that leave the same schema, each run as it is in one transaction", async () => {
  const out = join(await folder(), "supabase", "migrations");
  const first = await runCli(["migrate", "--format", "supabase", "--out", out], {});
  expect([first.code, first.stdout]).toEqual([0, expect.stringMatching(/^.*: (\d+) of \1 migrations written/)]);
  const files = (await readdir(out)).toSorted();
  // What the CLI of Supabase takes for a migration, in its order.
  for (const file of files) expect(file).toMatch(/^\d{14}_meshhook_[a-z_]+\.sql$/);
  expect(new Set(files.map((file) => file.slice(0, 14))).size).toBe(files.length);

  const database = await emptyDatabase();
  onTestFinished(() => database.drop());
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    for (const file of files) {
      await client.query("begin");
      await client.query(await readFile(join(out, file), "utf8"));
      await client.query("commit");
    }
  } finally {
    await client.end();
  }
  const ours = await temporaryDatabase();
  onTestFinished(() => ours.drop());
  const catalogue = await catalogueOf(database.url);
  expect(catalogue.length).toBeGreaterThan(300);
  expect(catalogue).toEqual(await catalogueOf(ours.url));
  expect(await migrate(database.url)).toEqual([]);

  // Written again: nothing changes, and what somebody changed is not overwritten.
  const again = await runCli(["migrate", "--format", "supabase", "--out", out], {});
  expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/: 0 of \d+ migrations written/)]);
  const changed = join(out, files[3] ?? "");
  await writeFile(changed, "select 1;\n");
  const refused = await runCli(["migrate", "--format", "supabase", "--out", out], {});
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(`${changed} is there and is not what`)]);
  expect(await readFile(changed, "utf8")).toBe("select 1;\n");
});

test.each([
  [["--format", "flyway", "--out", "x"], /--format flyway is not known\. Use supabase\./],
  [["--out", "x"], /--format is missing/],
  [["--format", "supabase"], /--out is missing\. Name a folder/],
  [["--format", "supabase", "--out", "/proc/meshhook"], /Cannot write .*\/proc\/meshhook/],
])("`migrate %s` says what is wrong", async (args, message) => {
  const { code, stderr } = await runCli(["migrate", ...args], {});
  expect([code === 0, stderr]).toEqual([false, expect.stringMatching(message)]);
});
