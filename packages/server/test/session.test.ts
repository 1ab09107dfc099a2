import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";

import { createClient } from "@meshhook/contract";
import { waitFor } from "@meshhook/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Sessions } from "../src/sessions.ts";
import { publish, pureDefinition, SECRET_KEY, startHarness, type Harness } from "./harness.ts";

const COOKIE = new Sessions(SECRET_KEY).cookieName;

let harness: Harness;
let token: string;
beforeAll(async () => {
  harness = await startHarness();
  token = (await publish(harness.client, pureDefinition())).token;
});
afterAll(() => harness.close());

interface Answer {
  readonly status: number;
  readonly cookie: string | null;
  readonly text: string;
  readonly body: { readonly [name: string]: unknown };
}

/** Over a bare request: `fetch` adds Fetch Metadata of its own. */
function ask(
  method: string,
  path: string,
  headers: { readonly [name: string]: string } = {},
  body?: unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      `${harness.url}/api/v1${path}`,
      { method, headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers } },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            cookie: response.headers["set-cookie"]?.join("\n") ?? null,
            text,
            body: text === "" ? {} : JSON.parse(text),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const OWN = { "sec-fetch-site": "same-origin" };
const pairOf = (answer: Answer): string => answer.cookie?.split(";", 1)[0] ?? "";
const signIn = async (key = harness.key): Promise<string> => pairOf(await ask("POST", "/session", OWN, { key }));

describe("signing in", () => {
  it("gives a cookie that no script can read and no other site can send, and never the key", async () => {
    const answer = await ask("POST", "/session", OWN, { key: harness.key });
    expect(answer.status).toBe(201);
    expect(answer.cookie).toMatch(
      /^meshhook_session_[0-9a-f]{8}=[\w-]+; HttpOnly; SameSite=Strict; Path=\/; Max-Age=2592000$/,
    );
    expect(answer.body).toMatchObject({
      key: { name: "admin", scope: "admin", prefix: harness.key.slice(0, 11) },
      project: { slug: "default", name: "Default" },
    });
    const hash = createHash("sha256").update(harness.key).digest();
    const value = Buffer.from(pairOf(answer).split("=")[1] ?? "", "base64url");
    expect(value.includes(hash)).toBe(false);
    expect(answer.text + (answer.cookie ?? "")).not.toContain(harness.key);
    expect(harness.logged.join("\n")).not.toContain(harness.key);
    expect(Date.parse(String(answer.body["expiresAt"]))).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    expect(await ask("GET", "/session", { cookie: pairOf(answer) })).toMatchObject({ status: 200, body: answer.body });
  });

  it("over https keeps the cookie on https", async () => {
    const answer = await ask("POST", "/session", { ...OWN, "x-forwarded-proto": "https" }, { key: harness.key });
    expect(answer.cookie).toMatch(/; Secure$/);
  });

  it("with any wrong key gets the same answer", async () => {
    const revoked = await harness.client.createKey({ body: { name: "revoked", scope: "read" } });
    await harness.client.revokeKey({ keyId: revoked.id });
    const answers = await Promise.all(
      ["mh_wrong", "x", revoked.key, `${harness.key}x`].map((key) => ask("POST", "/session", OWN, { key })),
    );
    for (const answer of answers) {
      expect([answer.status, answer.cookie]).toEqual([401, null]);
      expect({ ...answer.body, requestId: "" }).toEqual({ ...answers[0]?.body, requestId: "" });
    }
  });

  it("from another site's page is refused, so that nobody unknowingly uses a stranger's key", async () => {
    for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://elsewhere.example" }]) {
      const answer = await ask("POST", "/session", headers, { key: harness.key });
      expect([answer.status, answer.body["code"], answer.cookie]).toEqual([403, "cross_site_request", null]);
    }
  });
});

describe("a session", () => {
  it("may read, change and follow what its key may", async () => {
    const cookie = await signIn();
    const { runId } = await harness.client.deliver(token, {});
    expect((await ask("GET", `/runs/${runId}`, { cookie })).body["status"]).toBe("succeeded");
    const renamed = { definition: { ...pureDefinition(), name: "Renamed" } };
    expect((await ask("PUT", "/workflows/pure", { cookie, ...OWN }, renamed)).body["name"]).toBe("Renamed");
    const reader = await signIn(await harness.addKey((await harness.client.listProjects()).items[0]?.id ?? "", "read"));
    expect((await ask("PUT", "/workflows/pure", { cookie: reader, ...OWN }, renamed)).body["code"]).toBe(
      "scope_insufficient",
    );
  });

  it("is enough for the event streams of a run and of the project", async () => {
    const cookie = await signIn();
    const { runId } = await harness.client.deliver(token, {});
    const run = await fetch(`${harness.url}/api/v1/runs/${runId}/events?after=0.0`, {
      headers: { cookie, accept: "text/event-stream" },
    });
    expect(run.headers.get("content-type")).toContain("text/event-stream");
    const text = await run.text();
    expect(text).toContain("run.succeeded");
    expect(text).not.toContain("run.started");
    const abort = new AbortController();
    const project = await fetch(`${harness.url}/api/v1/events`, {
      headers: { cookie, accept: "text/event-stream" },
      signal: abort.signal,
    });
    expect(project.status).toBe(200);
    abort.abort();
    await waitFor("the stream is closed", () => harness.runtime.stats().watchers === 0);
  });

  it.each([
    ["a page of another site", { "sec-fetch-site": "cross-site" }],
    ["a page of another port or subdomain", { "sec-fetch-site": "same-site" }],
    ["the address bar", { "sec-fetch-site": "none" }],
    ["another origin, from a browser that says nothing else", { origin: "http://127.0.0.1:1" }],
    ["a page without an origin", { origin: "null" }],
    ["a program that has only the cookie", {}],
    ["another site that lies about its origin", { "sec-fetch-site": "cross-site", origin: "OWN" }],
  ])("changes nothing for %s", async (_who, given: { readonly [name: string]: string }) => {
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value === "OWN" ? harness.url : value]),
    );
    const cookie = await signIn();
    for (const [method, path] of [
      ["POST", "/workflows"],
      ["PUT", "/workflows/pure"],
      ["PATCH", "/endpoints/x"],
      ["DELETE", "/endpoints/x"],
      ["DELETE", "/session"],
    ] as const) {
      const body = method === "DELETE" ? undefined : {};
      const answer = await ask(method, path, { cookie, ...headers }, body);
      expect([method, answer.status, answer.body["code"]]).toEqual([method, 403, "cross_site_request"]);
    }
  });

  it("may make changes from its own pages even if the browser sends only the origin", async () => {
    const cookie = await signIn();
    const answer = await ask("POST", "/workflows/validate", { cookie, origin: harness.url }, { definition: {} });
    expect(answer.status).toBe(200);
  });

  it("is ignored beside a key: the key decides, wherever it comes from", async () => {
    const headers = { cookie: await signIn(), authorization: `Bearer ${harness.key}`, "sec-fetch-site": "cross-site" };
    expect((await ask("POST", "/workflows/validate", headers, { definition: {} })).status).toBe(200);
    expect((await ask("GET", "/session", { ...headers, authorization: "Bearer mh_wrong" })).status).toBe(401);
  });

  it("that was changed anywhere is not valid", async () => {
    const [name, value = ""] = (await signIn()).split("=");
    const bytes = Buffer.from(value, "base64url");
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const cookie = `${name}=${changed.toString("base64url")}`;
      expect([at, (await ask("GET", "/session", { cookie })).status]).toEqual([at, 401]);
    }
    for (const other of ["", "x", value.slice(0, -4), `${value}AAAA`])
      expect((await ask("GET", "/session", { cookie: `${name}=${other}` })).status).toBe(401);
  });

  it("of another installation on the same host has a different name, so that neither ends the other", () => {
    expect(new Sessions(Buffer.alloc(32, 9)).cookieName).not.toBe(COOKIE);
  });

  it("of another installation is not valid", async () => {
    const keyHash = createHash("sha256").update(harness.key).digest("hex");
    const expiresAt = (Date.now() + 60_000) * 1_000;
    const status = async (secret: Buffer): Promise<number> => {
      const cookie = `${COOKIE}=${new Sessions(secret).seal({ keyHash, expiresAt })}`;
      return (await ask("GET", "/session", { cookie })).status;
    };
    expect(await status(Buffer.alloc(32, 9))).toBe(401);
    expect(await status(SECRET_KEY)).toBe(200);
  });

  it("ends at its time", async () => {
    const keyHash = createHash("sha256").update(harness.key).digest("hex");
    const sessions = new Sessions(SECRET_KEY);
    const value = sessions.seal({ keyHash, expiresAt: 1_000 });
    expect(sessions.open(value, 999)).toEqual({ keyHash, expiresAt: 1_000 });
    expect(sessions.open(value, 1_000)).toBeNull();
    const answer = await ask("GET", "/session", { cookie: `${COOKIE}=${value}` });
    expect([answer.status, answer.body["code"]]).toEqual([401, "unauthenticated"]);
  });

  it("ends with its key", async () => {
    const made = await harness.client.createKey({ body: { name: "short-lived", scope: "read" } });
    const cookie = await signIn(made.key);
    expect((await ask("GET", "/runs", { cookie })).status).toBe(200);
    await harness.client.revokeKey({ keyId: made.id });
    const answer = await ask("GET", "/runs", { cookie });
    expect([answer.status, answer.body["detail"]]).toEqual([401, expect.stringContaining("sign in again")]);
  });
});

describe("signing out", () => {
  it("removes the cookie, even if its session has already ended", async () => {
    for (const cookie of [await signIn(), `${COOKIE}=over`]) {
      const answer = await ask("DELETE", "/session", { cookie, ...OWN });
      expect(answer.status).toBe(204);
      expect(answer.cookie).toBe(`${COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0`);
    }
  });
});

it("a key can ask who it is without a session, and does not expire", async () => {
  const session = await createClient({ url: harness.url, key: harness.key }).getSession();
  expect(session).toMatchObject({ key: { scope: "admin" }, project: { slug: "default" }, expiresAt: null });
});
