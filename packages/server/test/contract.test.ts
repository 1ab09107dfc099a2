import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { problems, routes, type RouteSpec } from "@meshhook/contract";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { requestReader } from "../src/api/validate.ts";
import { openApiDocument } from "../src/index.ts";
import {
  failingDefinition,
  publish,
  pureDefinition,
  startHarness,
  waitingDefinition,
  type Harness,
} from "./harness.ts";
import { writeReport } from "./report-folder.ts";

let harness: Harness;
let reports: string;
beforeAll(async () => {
  reports = await mkdtemp(join(tmpdir(), "meshhook-reports-"));
  await writeReport(reports, "first");
  harness = await startHarness({ reports: { directory: reports } });
});
afterAll(async () => {
  await harness.close();
  await rm(reports, { recursive: true, force: true });
});

const everyRoute = Object.entries<RouteSpec>(routes);
const ask = (path: string, key: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${harness.url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${key}`, ...(init.headers as Record<string, string>) },
  });

it("the OpenAPI document is valid 3.1", async () => {
  const result = await new Validator().validate(openApiDocument("1.0.0"));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

// Schemas are compiled with a route's first request, so a faulty one would show only then.
it.each(everyRoute)("%s refuses a parameter that it does not have", (_, spec) => {
  const read = (): unknown => requestReader(spec)({ path: {}, query: { nonsense: "x" }, body: {} });
  expect(read).toThrow(expect.objectContaining({ code: "request_invalid" }));
});

it("every JSON answer to a GET matches its schema, field by field", async () => {
  const ajv = new Ajv({ strict: false });
  const endpoint = await publish(harness.client, pureDefinition());
  const { token } = await publish(harness.client, waitingDefinition());
  await harness.client.deliver(token, {});
  const { runId } = await harness.client.deliver(endpoint.token, { a: [1] });
  const { activeVersionId } = await harness.client.getWorkflow({ workflow: "pure" });
  const ids: Readonly<Record<string, string>> = {
    name: (await harness.client.putSecret({ name: "API_KEY", body: { value: "the value of the key" } })).name,
    project: "default",
    keyId: (await harness.client.listKeys()).items[0]?.id ?? "",
    workflow: "pure",
    versionId: activeVersionId ?? "",
    endpointId: endpoint.id,
    runId,
    reportId: "first",
    jobId: (await harness.client.createJob({ body: { kind: "replay", filter: {}, idempotencyKey: "job" } })).id,
  };
  const failing = await publish(harness.client, failingDefinition());
  const failed = await harness.client.deliver(failing.token, {});
  const readable = everyRoute.filter(([, spec]) => spec.method === "GET" && spec.stream !== "only");
  expect(readable.length).toBeGreaterThan(10);
  for (const [name, spec] of readable) {
    const response = await ask(
      `/api/v1${spec.path.replace(/\{(\w+)\}/g, (_, id: string) => (name === "getFailure" && id === "runId" ? failed.runId : (ids[id] ?? "")))}`,
      harness.key,
    );
    expect([name, response.status]).toEqual([name, spec.status]);
    const { $id: _id, ...schema } = spec.answer as { readonly $id?: string };
    const validate = ajv.compile(schema);
    expect([name, validate(await response.json()), validate.errors]).toEqual([name, true, null]);
  }
});

describe("the problem catalogue", () => {
  const folder = join(import.meta.dirname, "../src");
  const source = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("\n");

  it("contains no problem that is never sent", () => {
    // Core reports the faults of JSON bodies, with the same codes.
    const unused = Object.keys(problems).filter(
      (code) => !code.startsWith("json_") && !source.includes(`"${code}"`) && !source.includes(`${code}:`),
    );
    expect(unused).toEqual([]);
  });

  it("contains every problem that is sent", () => {
    const used = [...source.matchAll(/new (?:HttpProblem|Refusal)\(\s*"(\w+)"/g)].map(([, code]) => code ?? "");
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((code) => !Object.hasOwn(problems, code))).toEqual([]);
  });

  it("has names in snake_case and whole sentences as texts", () => {
    for (const [code, { status, title, meaning, remedy }] of Object.entries(problems)) {
      expect(code).toMatch(/^[a-z]+(_[a-z0-9]+)*$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(title).not.toMatch(/\.$/);
      expect(meaning).toMatch(/^[A-Z].*\.$/s);
      expect(remedy).toMatch(/^[A-Z].*\.$/s);
    }
  });
});

describe("a request id", () => {
  it("from the caller is kept if it is harmless, in the answer, the problem and the log", async () => {
    const response = await ask("/api/v1/nothing", harness.key, { headers: { "x-request-id": "my-id-1" } });
    expect(response.headers.get("x-request-id")).toBe("my-id-1");
    expect(await response.json()).toMatchObject({ requestId: "my-id-1", code: "not_found" });
    expect(harness.logged.some((line) => line.includes('"my-id-1"'))).toBe(true);
  });

  it("from the caller is replaced if it is not", async () => {
    const response = await ask("/api/v1/nothing", harness.key, { headers: { "x-request-id": "x".repeat(65) } });
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("a key that is not an admin key", () => {
  it("can neither create nor revoke an admin key", async () => {
    const admin = await harness.client.createKey({ body: { name: "admin", scope: "admin" } });
    const { key } = await harness.client.createKey({ body: { name: "writer", scope: "write" } });
    const made = await ask("/api/v1/keys", key, {
      method: "POST",
      body: JSON.stringify({ name: "x", scope: "admin" }),
      headers: { "content-type": "application/json" },
    });
    expect(made.status).toBe(403);
    expect((await ask(`/api/v1/keys/${admin.id}`, key, { method: "DELETE" })).status).toBe(403);
    expect((await ask("/api/v1/projects", admin.key)).status).toBe(200);
  });
});

it("an unknown page of a problem is not found, whatever JavaScript calls it", async () => {
  for (const name of ["constructor", "toString", "__proto__"])
    expect((await ask(`/problems/${name}`, harness.key)).status).toBe(404);
});
