import { routes, type RouteName, type RouteSpec } from "@meshhook/contract";
import { openPostgresStore, type Store } from "@meshhook/journal";
import { shardOfRunId } from "@meshhook/core";
import { temporaryDatabase, waitFor, type TemporaryDatabase } from "@meshhook/testkit";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openApiDocument } from "../../src/index.ts";
import { post, pureDefinition, startHarness, type Harness } from "../harness.ts";
import { fillProject, SHARED_KEY, type FilledProject } from "./filled-project.ts";

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

type Input = { readonly [name: string]: unknown };

/** What a route needs besides its path. A key of theirs is used again where a request has one. */
const BODIES: { readonly [name in RouteName]?: (project: FilledProject) => Input } = {
  createKey: () => ({ name: "another", scope: "read" }),
  putSecret: () => ({ value: "a value of ours" }),
  createWorkflow: () => ({ definition: pureDefinition("another") }),
  validateWorkflow: () => ({ definition: pureDefinition("another") }),
  updateWorkflow: () => ({ definition: pureDefinition("canary-theirs-pure") }),
  createEndpoint: ({ names }) => ({ workflow: names["workflow"]?.[0], name: "another" }),
  updateEndpoint: () => ({ name: "another" }),
  addSigningKey: () => ({ secret: "another-secret" }),
  sendTestDelivery: () => ({ body: "{}" }),
  signalRun: () => ({ name: "paid", key: SHARED_KEY }),
  linkSignal: () => ({ name: "paid" }),
  replayRun: () => ({ idempotencyKey: SHARED_KEY }),
  resumeRun: () => ({ idempotencyKey: SHARED_KEY, step: "end" }),
  createJob: () => ({ kind: "replay", filter: {}, idempotencyKey: SHARED_KEY }),
  previewJob: () => ({ kind: "replay", filter: {} }),
  createProject: () => ({ slug: "another", name: "Another" }),
  updateProject: () => ({ name: "Another" }),
};

/** Where a name of theirs is a name of ours as well, or of nothing at all. */
const EXPECTED: { readonly [name: string]: readonly number[] } = {
  // Projects name their secrets and workflows themselves.
  "putSecret name": [200],
  "updateWorkflow workflow": [200, 404, 422],
  // Filters that match nothing.
  "listAudit actor": [200],
  "listAudit resource": [200],
  // Reports belong to the installation, and here is none.
  "getReport reportId": [404],
};

/** Parameters that name nothing that is stored. */
const PLAIN = new Set(
  `action after before limit force definition allowInvalid revision version runs startedAfter startedBefore outcome code address status
   outputs stateHash node text payload key validForMs reason iteration input step idempotencyKey kind ratePerSecond examples scope value
   concurrency retentionDays rateLimit requests perS burst signature signatureSettings secret dedupeHeader bodyBytesMax answer resultTimeoutMs
   sameKey handshakes methods contentTypes cloudEvents allowedAddresses payloadSchema dedupeExpression alias verifyToken othersExpireInS
   body contentType headers method query sign slug filter`.split(/\s+/),
);

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

/** These make something of ours with a name of theirs, so they come last. */
const NAMING: readonly string[] = ["putSecret", "updateWorkflow"];
const withKey = everyRoute
  .filter(([, { scope }]) => scope !== null)
  .toSorted(([one], [other]) => NAMING.indexOf(one) - NAMING.indexOf(other)) as readonly (readonly [
  RouteName,
  RouteSpec,
])[];

describe("with a key of one project and names of another", () => {
  it.each(withKey)("%s answers as if there were no such thing, and leaves the other as it was", async (name, spec) => {
    const before = await stateOf(theirs.projectId);
    for (const { parameter, input } of attemptsOf(name, spec)) {
      const answer = await call(spec, input, ours.key);
      const what = `${name} ${parameter ?? ""} ${JSON.stringify(input)}: ${answer.status} ${answer.text}`;
      if (spec.scope === "admin") expect([what, answer.status]).toEqual([what, 403]);
      else if (parameter !== null)
        expect([what, EXPECTED[`${name} ${parameter}`] ?? [parameter === "cursor" ? 422 : 404]]).toEqual([
          what,
          expect.arrayContaining([answer.status]),
        ]);
      else expect([what, answer.status < 500]).toEqual([what, true]);
      expect(leaksIn(answer.headers + answer.text, input)).toEqual([]);
      if (parameter === null || answer.status !== 404) continue;
      // What exists elsewhere is answered like what exists nowhere.
      const unknown = changed(input, parameter);
      const other = await call(spec, unknown, ours.key);
      expect(withoutNames(other, unknown)).toEqual(withoutNames(answer, input));
    }
    expect(await stateOf(theirs.projectId)).toEqual(before);
  });

  it.each(
    withKey.filter(([, { method, scope, stream }]) => method === "GET" && scope !== "admin" && stream !== "only"),
  )("%s finds all of it with their own key, so that the names are good", async (name, spec) => {
    for (const { parameter, input } of attemptsOf(name, spec)) {
      if (parameter === "cursor" || name === "getReport" || name === "getFailure") continue;
      expect([name, input, (await call(spec, input, theirs.key)).status]).toEqual([name, input, spec.status]);
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

interface Attempt {
  /** Whose value is theirs; null: none. */
  readonly parameter: string | null;
  readonly input: Input;
}

/** The route with a name of theirs in each place where one fits, one after the other; or as it is, where none does. */
function attemptsOf(name: RouteName, spec: RouteSpec): readonly Attempt[] {
  const own: Input = Object.fromEntries(
    Object.keys(spec.params?.properties ?? {}).map((each) => [each, ours.names[each]?.[0] ?? "none"]),
  );
  const body = BODIES[name]?.(ours);
  const base: Input = { ...own, ...(body === undefined ? {} : { body }) };
  const attempts: Attempt[] = [];
  for (const parameter of [...Object.keys(own), ...Object.keys(spec.query?.properties ?? {})])
    for (const value of theirs.names[parameter] ?? (parameter === "reportId" ? [theirs.projectId] : []))
      attempts.push({ parameter, input: { ...base, [parameter]: value } });
  for (const parameter of leavesOf(spec.body))
    for (const value of parameter === "name" ? [] : (theirs.names[parameter] ?? []))
      attempts.push({
        parameter,
        input: { ...base, body: placed(body ?? {}, parameter, value, "filter" in (body ?? {})) },
      });
  // Where something of ours is named in the path as well: all of it theirs.
  const paths = Object.keys(own).filter((each) => theirs.names[each] !== undefined);
  if (paths.length > 1)
    attempts.push({
      parameter: paths.join(" "),
      input: { ...base, ...Object.fromEntries(paths.map((each) => [each, theirs.names[each]?.at(-1)])) },
    });
  return attempts.length > 0 ? attempts : [{ parameter: null, input: base }];
}

function placed(body: Input, parameter: string, value: string, isFilter: boolean): Input {
  return isFilter ? { ...body, filter: { [parameter]: value } } : { ...body, [parameter]: value };
}

/** Names of the fields of a schema, those of objects in it included. */
function leavesOf(schema: unknown): readonly string[] {
  const { properties } = (schema ?? {}) as { readonly properties?: { readonly [name: string]: unknown } };
  return Object.entries(properties ?? {}).flatMap(([name, inner]) => {
    const leaves = leavesOf(inner);
    return leaves.length === 0 || name === "signatureSettings" || name === "definition" ? [name] : leaves;
  });
}

interface Answered {
  readonly status: number;
  readonly headers: string;
  readonly text: string;
}

async function call(spec: RouteSpec, input: Input, key: string): Promise<Answered> {
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
      authorization: `Bearer ${key}`,
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

function changed(input: Input, parameter: string): Input {
  const change = (value: string): string => {
    const last = value.at(-1) ?? "";
    return `${value.slice(0, -1)}${last === "1" ? "2" : /[a-f0-9]/.test(last) ? "1" : /[A-Z]/.test(last) ? "Q" : "q"}`;
  };
  const names = parameter.split(" ");
  const walk = (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value).map(([name, inner]) => [
            name,
            names.includes(name) && typeof inner === "string" ? change(inner) : walk(inner),
          ]),
        )
      : value;
  return walk(input) as Input;
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

/** Every row of a project, in all tables that have rows of projects. */
async function stateOf(projectId: string): Promise<readonly unknown[]> {
  const tables = await admin.query<{ name: string }>(
    `select attrelid::regclass::text as name from pg_attribute
     join pg_class on pg_class.oid = attrelid
     where relnamespace = 'meshhook'::regnamespace and relkind in ('r', 'p') and not relispartition and attname = 'project_id' and not attisdropped
     order by 1`,
  );
  const states: unknown[] = [];
  for (const { name } of tables.rows) {
    const found = await admin.query<{ rows: readonly string[] | null }>(
      `select array_agg(found::text order by found::text) as rows from ${name} as found where project_id = $1`,
      [projectId],
    );
    states.push([name, found.rows[0]?.rows ?? []]);
  }
  return states;
}
