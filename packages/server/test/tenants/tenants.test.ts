import { routes, type RouteName, type RouteSpec } from "@meshhook/contract";
import { openPostgresStore, type Store } from "@meshhook/journal";
import { shardOfRunId } from "@meshhook/core";
import { temporaryDatabase, waitFor, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openApiDocument } from "../../src/index.ts";
import { post, startHarness, type Harness } from "../harness.ts";
import { attemptsOf, changed, leavesOf } from "./attempts.ts";
import { BODIES, EXPECTED, NAMING, PLAIN, type Input } from "./cases.ts";
import { fillProject, type FilledProject } from "./filled-project.ts";

let database: TemporaryDatabase;
let store: Store;
let harness: Harness;
let ours: FilledProject;
let theirs: FilledProject;
let admin: Client;

beforeAll(async () => {
  database = await temporaryDatabase();
  store = openPostgresStore({ connectionString: database.url });
  harness = await startHarness({ store });
  theirs = await fillProject(harness, "canary-theirs");
  ours = await fillProject(harness, "canary-ours");
  admin = new Client({ connectionString: database.url });
  await admin.connect();
  const suspect = theirs.names["runId"]?.[4] ?? "";
  await admin.query("insert into meshhook.suspects (shard, run_id, attempts) values ($1, $2, 2)", [
    shardOfRunId(suspect),
    suspect,
  ]);
});
afterAll(async () => {
  await admin.end();
  await harness.close();
  await store.close();
  await database.drop();
});

const everyRoute = Object.entries<RouteSpec>(routes);

it("has a case for every operation of the OpenAPI document, and for every parameter that names something", () => {
  const operations = Object.values(openApiDocument("1.0.0").paths as { readonly [path: string]: object }).flatMap(
    (path) =>
      Object.values(path as { readonly [method: string]: { readonly operationId?: string } }).flatMap(
        (one) => one.operationId ?? [],
      ),
  );
  // The address of an endpoint is all that a sender has.
  expect(operations.filter((name) => !Object.hasOwn(routes, name))).toEqual(["deliver", "verify"]);
  for (const [name, spec] of everyRoute) {
    if (spec.body !== undefined && spec.bodyOptional !== true && spec.scope !== null)
      expect(BODIES, `BODIES says what ${name} is sent`).toHaveProperty(name);
    const parameters = [spec.params, spec.query].flatMap((schema) => Object.keys(schema?.properties ?? {}));
    for (const parameter of [...parameters, ...(spec.scope === null ? [] : leavesOf(spec.body))])
      expect(
        PLAIN.has(parameter) || Object.hasOwn(theirs.names, parameter) || parameter === "reportId",
        `the test knows whether ${parameter} of ${name} names something: add it to PLAIN or to the names of a project`,
      ).toBe(true);
  }
});

const withKey = everyRoute
  .filter(([, { scope }]) => scope !== null)
  .toSorted(([one], [other]) => NAMING.indexOf(one) - NAMING.indexOf(other)) as readonly (readonly [
  RouteName,
  RouteSpec,
])[];

describe("with credentials of one project and names of another", () => {
  it.each(withKey.flatMap(([name, spec]) => [["a key", name, spec] as const, ["an owner", name, spec] as const]))(
    "of %s, %s answers as if there were no such thing, and leaves the other as it was",
    async (who, name, spec) => {
      const credentials = who === "a key" ? keyOf(ours) : ownerOf(ours);
      const mayCall = spec.scope !== "admin" || (who === "an owner" && spec.role !== undefined);
      const before = await stateOf(theirs.projectId);
      for (const { parameter, input } of attemptsOf([name, spec], ours, theirs)) {
        const answer = await call(spec, input, credentials);
        const what = `${name} ${parameter ?? ""} ${JSON.stringify(input)}: ${answer.status} ${answer.text}`;
        if (!mayCall) expect([what, answer.status]).toEqual([what, 403]);
        else if (parameter !== null)
          expect([what, EXPECTED[`${name} ${parameter}`] ?? [parameter === "cursor" ? 422 : 404]]).toEqual([
            what,
            expect.arrayContaining([answer.status]),
          ]);
        else expect([what, answer.status < 500]).toEqual([what, true]);
        expect(leaksIn(answer.headers + answer.text, input)).toEqual([]);
        if (parameter === null || !mayCall || answer.status < 400) continue;
        // What exists elsewhere is answered like what exists nowhere.
        const unknown = changed(input, parameter);
        const other = await call(spec, unknown, credentials);
        expect(withoutNames(other, unknown)).toEqual(withoutNames(answer, input));
      }
      expect(await stateOf(theirs.projectId)).toEqual(before);
    },
  );

  it.each(withKey)("%s cannot be led to the other by a header", async (name, spec) => {
    const [{ input } = { input: {} }] = attemptsOf([name, spec], ours, theirs);
    for (const credentials of [keyOf(ours), ownerOf(ours)])
      for (const value of theirs.names["project"] ?? []) {
        const answer = await call(spec, input, { ...credentials, "meshhook-project": value });
        expect([name, answer.status, answer.text]).toEqual([name, 403, expect.stringContaining("project_closed")]);
        expect(leaksIn(answer.headers + answer.text, { ...input, value })).toEqual([]);
      }
  });

  it.each(
    withKey.filter(([, { method, scope, stream }]) => method === "GET" && scope !== "admin" && stream !== "only"),
  )("%s finds all of it with their own key, so that the names are good", async (name, spec) => {
    for (const { parameter, input } of attemptsOf([name, spec], ours, theirs)) {
      if (parameter === "cursor" || parameter === "sessionId" || name === "getReport" || name === "getFailure")
        continue;
      // The names include keys of endpoints.
      if (name === "getKey" && input["keyId"] !== theirs.names["keyId"]?.[0]) continue;
      expect([name, input, (await call(spec, input, keyOf(theirs))).status]).toEqual([name, input, spec.status]);
    }
  });
});

it("an event stream has nothing of another project, whoever's cursor resumes it", async () => {
  const follow = async (key: string, after?: string): Promise<{ text: string; stop(): void }> => {
    const controller = new AbortController();
    const response = await fetch(`${harness.url}/api/v1/events`, {
      headers: { authorization: `Bearer ${key}`, ...(after === undefined ? {} : { "last-event-id": after }) },
      signal: controller.signal,
    });
    const read = { text: "", stop: () => controller.abort() };
    const decoder = new TextDecoder();
    void (async () => {
      for await (const chunk of response.body ?? []) read.text += decoder.decode(chunk, { stream: true });
    })().catch(() => undefined);
    return read;
  };
  const deliver = async ({ client, slug }: FilledProject): Promise<string> => {
    const { items } = await client.listEndpoints();
    const endpoint = items.find(({ name }) => name === `${slug}-endpoint`);
    const { body } = await post(
      `${harness.url}/hooks/${endpoint?.token ?? ""}`,
      JSON.stringify({ text: `${slug}-streamed` }),
    );
    return String(body["runId"]);
  };
  const [us, them] = [await follow(ours.key), await follow(theirs.key)];
  await waitFor("both streams begin", async () => us.text.includes("id: ") && them.text.includes("id: "));
  const theirRun = await deliver(theirs);
  const ourRun = await deliver(ours);
  await waitFor("both are told", async () => us.text.includes(ourRun) && them.text.includes(theirRun));
  expect(leaksIn(us.text, {})).toEqual([]);
  expect(us.text).not.toContain(theirRun);
  const cursor = /^id: (.+)$/m.exec(them.text)?.[1];
  const resumed = await follow(ours.key, cursor);
  await waitFor("a gap is told", async () => resumed.text.includes("event: gap"));
  expect(leaksIn(resumed.text, {})).toEqual([]);
  expect(resumed.text).not.toContain(theirRun);
  for (const each of [us, them, resumed]) each.stop();
});

interface Answered {
  readonly status: number;
  readonly headers: string;
  readonly text: string;
}

type Credentials = { readonly [header: string]: string };

function keyOf({ key }: FilledProject): Credentials {
  return { authorization: `Bearer ${key}` };
}

function ownerOf({ cookie }: FilledProject): Credentials {
  return { cookie, "sec-fetch-site": "same-origin" };
}

async function call(spec: RouteSpec, input: Input, credentials: Credentials): Promise<Answered> {
  const { body, ...rest } = input;
  const query = new URLSearchParams();
  let path = spec.path;
  for (const [name, value] of Object.entries(rest)) {
    if (path.includes(`{${name}}`)) path = path.replace(`{${name}}`, encodeURIComponent(String(value)));
    else query.set(name, String(value));
  }
  const controller = new AbortController();
  const response = await fetch(`${harness.url}/api/v1${path}?${query.toString()}`, {
    method: spec.method,
    headers: {
      ...credentials,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(spec.stream === undefined ? {} : { accept: "text/event-stream, application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: controller.signal,
  });
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const text = isStream ? "" : await response.text();
  controller.abort();
  return { status: response.status, headers: [...response.headers].join("\n"), text };
}

/** What of theirs is in a text, apart from what was sent. */
function leaksIn(text: string, input: Input): readonly string[] {
  const sent = JSON.stringify(input);
  return theirs.canaries.filter((canary) => !sent.includes(canary) && text.includes(canary));
}

function withoutNames({ status, text }: Answered, input: Input): unknown {
  const names = Object.values({ ...input, ...(input["body"] as Input | undefined) }).flatMap((value) =>
    typeof value === "string"
      ? [value]
      : Object.values((value ?? {}) as Input).filter((inner) => typeof inner === "string"),
  );
  let plain = text;
  for (const name of names) plain = plain.replaceAll(name, "…");
  return { status, problem: { ...(JSON.parse(plain) as object), requestId: "", instance: "" } };
}

/** Every row of a project and of its organisation, in all tables that have such rows. */
async function stateOf(projectId: string): Promise<readonly unknown[]> {
  const tables = await admin.query<{ name: string; column: string }>(
    `select 'meshhook.' || relname as name, attname as column from pg_attribute
     join pg_class on pg_class.oid = attrelid
     where relnamespace = 'meshhook'::regnamespace and relkind in ('r', 'p') and not relispartition
       and attname in ('project_id', 'organisation_id') and not attisdropped
       -- What the other's own runs add up to is stored some time after they have ended.
       and relname <> 'statistics'
     order by 1, 2`,
  );
  const states: unknown[] = [];
  for (const { name, column } of tables.rows) {
    // Whoever reads with their key changes when it was used.
    const found = await admin.query<{ rows: readonly string[] | null }>(
      `select array_agg(found.row order by found.row) as rows
       from (select (to_jsonb(rows) - 'last_used_at')::text, ${column} from ${name} as rows) as found (row, place)
       where found.place = (select case '${column}' when 'project_id' then id else organisation_id end from meshhook.projects where id = $1)`,
      [projectId],
    );
    states.push([name, column, found.rows[0]?.rows ?? []]);
  }
  return states;
}
