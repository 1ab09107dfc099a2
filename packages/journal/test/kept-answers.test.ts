import { temporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";
import { expect, it, onTestFinished } from "vitest";

import { openPostgresStore } from "../src/index.ts";

async function open() {
  const database = await temporaryDatabase();
  const store = openPostgresStore({ connectionString: database.url });
  const client = new Client({ connectionString: database.url });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await store.close();
    await database.drop();
  });
  const { id: projectId } = await store.catalog.createProject({ slug: "shop", name: "Shop" });
  const age = (by: string) =>
    client.query("update meshhook.kept_answers set claimed_at = claimed_at - $1::interval", [by]);
  return { store, client, age, asked: { projectId, keyDigest: "key", requestDigest: "request" } };
}

it("a key whose attempt has been silent for a minute is free for the same request, and after a day for any", async () => {
  const { store, age, asked } = await open();
  const { answers } = store;
  const first = await answers.claim(asked);
  await age("59 seconds");
  expect(await answers.claim(asked)).toEqual({ kind: "in_progress" });
  await age("2 seconds");
  expect(await answers.claim({ ...asked, requestDigest: "another" })).toEqual({ kind: "differs" });
  const second = await answers.claim(asked);
  if (first.kind !== "claimed" || second.kind !== "claimed") throw new Error("the key was not free");
  await answers.keep(first.claim, "of the first");
  expect(await answers.claim(asked)).toEqual({ kind: "in_progress" });
  await answers.keep(second.claim, "of the second");
  await age("23 hours 59 minutes");
  expect(await answers.claim(asked)).toEqual({ kind: "answered", answer: "of the second" });
  expect(await answers.forget()).toBe(0);
  await age("2 minutes");
  expect(await answers.claim({ ...asked, requestDigest: "another" })).toMatchObject({ kind: "claimed" });
  await age("25 hours");
  expect(await answers.forget()).toBe(1);
});

it("a project that has used 10,000 keys in a day gets no further one, and another project does", async () => {
  const { store, client, asked } = await open();
  await client.query(
    `insert into meshhook.kept_answers (project_id, key_digest, request_digest, claim, claimed_at)
     select $1, 'key ' || number, 'request', gen_random_uuid(), now() from generate_series(1, 10000) as number`,
    [asked.projectId],
  );
  expect(await store.answers.claim(asked)).toEqual({ kind: "full" });
  expect(await store.answers.claim({ ...asked, keyDigest: "key 7" })).toEqual({ kind: "in_progress" });
  const { id: projectId } = await store.catalog.createProject({ slug: "other", name: "Other" });
  expect(await store.answers.claim({ ...asked, projectId })).toMatchObject({ kind: "claimed" });
});
