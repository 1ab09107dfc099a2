import { Client } from "pg";

/** Everything that a database stores for MeshHook, as text, by table and partition: for tests that search it. */
export async function tableTexts(url: string): Promise<ReadonlyMap<string, string>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "select relname as name from pg_class where relnamespace = 'meshhook'::regnamespace and relkind = 'r'",
    );
    const texts = new Map<string, string>();
    for (const { name } of tables.rows) {
      const found = await client.query<{ text: string }>(
        `select stored::text as text from meshhook."${name}" as stored`,
      );
      texts.set(name, found.rows.map(({ text }) => text).join("\n"));
    }
    return texts;
  } finally {
    await client.end();
  }
}
