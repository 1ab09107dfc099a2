import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { post, publish, pureDefinition, raw, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
let path: string;
let runId: string;

beforeAll(async () => {
  harness = await startHarness();
  path = (await publish(harness.client, pureDefinition())).path;
  runId = String((await post(harness.url + path, "{}")).body["runId"]);
});
afterAll(() => harness.close());

const send = (bytes: string): Promise<string> => raw(harness.server.port, bytes);
const statusOf = (answer: string): string => answer.split("\r\n", 1)[0]?.split(" ")[1] ?? "";
const escaped = (text: string): string =>
  text.replace(/[A-Za-z0-9_-]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);

describe("an endpoint's address", () => {
  const deliver = (target: string, host = "x"): Promise<string> =>
    send(
      `POST ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
    );

  it("is the same with a slash at its end, with percent-encoded characters, and in absolute form", async () => {
    const token = path.slice("/hooks/".length);
    for (const target of [
      `${path}/`,
      `${path}/?a=1`,
      `${path}?`,
      `/hooks/${escaped(token)}`,
      `/${escaped("hooks")}/${token}`,
      `/hooks/${escaped(token).toUpperCase().replaceAll("%5F", "_")}/`,
      `http://x${path}`,
      `HTTP://other.example:8080${path}/?a=1`,
      `https://x${path}`,
    ])
      expect([target, statusOf(await deliver(target))]).toEqual([target, "202"]);
  });

  it("is a different one with letters in another case, more slashes, or a step before it", async () => {
    const token = path.slice("/hooks/".length);
    const swapped = /[a-z]/.test(token) ? token.toUpperCase() : token.toLowerCase();
    for (const target of [
      `/hooks/${swapped}`,
      `/Hooks/${token}`,
      `//hooks/${token}`,
      `/hooks//${token}`,
      `${path}//`,
      `${path}/x`,
      `/x/../hooks/${token}`,
      `/hooks%2f${token}`,
      `/hooks/${token}%20`,
      `/hooks/`,
      `ftp://x${path}`,
    ])
      expect([target, statusOf(await deliver(target))]).toEqual([target, "404"]);
  });
});

describe("a request", () => {
  const ask = (line: string, headers: string): Promise<string> =>
    send(`${line}\r\n${headers}connection: close\r\n\r\n`);

  it.each([
    ["without Host", "GET /healthz HTTP/1.1", "", "400"],
    ["with two of them", "GET /healthz HTTP/1.1", "host: a\r\nHost: b\r\n", "400"],
    ["with the same one twice", "GET /healthz HTTP/1.1", "host: a\r\nhost: a\r\n", "400"],
    ["with an invalid Host", "GET /healthz HTTP/1.1", "host: a b\r\n", "400"],
    ["with two hosts in one", "GET /healthz HTTP/1.1", "host: a, b\r\n", "400"],
    ["with a coding before chunked", "GET /healthz HTTP/1.1", "host: a\r\ntransfer-encoding: gzip, chunked\r\n", "501"],
    ["with an unknown coding", "GET /healthz HTTP/1.1", "host: a\r\ntransfer-encoding: foo, chunked\r\n", "501"],
    ["that is chunked twice", "GET /healthz HTTP/1.1", "host: a\r\ntransfer-encoding: chunked, chunked\r\n", "400"],
    ["in HTTP/1.0 that is chunked", "GET /healthz HTTP/1.0", "transfer-encoding: chunked\r\n", "400"],
    ["of HTTP/2.0", "GET /healthz HTTP/2.0", "host: a\r\n", "505"],
    ["of HTTP/0.9", "GET /healthz HTTP/0.9", "host: a\r\n", "505"],
    ["of HTTP/3.0", "GET /healthz HTTP/3.0", "host: a\r\n", "505"],
    ["of HTTP/1.2", "GET /healthz HTTP/1.2", "host: a\r\n", "505"],
    ["with a fragment", "GET /healthz#x HTTP/1.1", "host: a\r\n", "400"],
    ["by an unknown method", "PROPFIND /healthz HTTP/1.1", "host: a\r\n", "501"],
    ["of HTTP/1.0 without Host", "GET /healthz HTTP/1.0", "", "200"],
    ["with a port", "GET /healthz HTTP/1.1", "host: [::1]:3000\r\n", "200"],
    ["with an empty Host", "GET /healthz HTTP/1.1", "Host:\r\n", "200"],
    ["in absolute form", "GET http://a/healthz HTTP/1.1", "host: a\r\n", "200"],
    ["in absolute form, with a query only", "GET http://a?x HTTP/1.1", "host: a\r\n", "200"],
    ["for everything", "OPTIONS * HTTP/1.1", "host: a\r\n", "204"],
  ])("%s is judged as RFC 9112 says", async (_name, line, headers, status) => {
    const answer = await ask(line, headers);
    expect([line, headers, statusOf(answer)]).toEqual([line, headers, status]);
    if (Number(status) >= 400) {
      expect(answer).toContain("application/problem+json");
      expect(answer.toLowerCase()).toContain("connection: close");
    }
  });

  it("with bare line feeds is not reported as another version", async () => {
    expect(statusOf(await send("GET /healthz HTTP/1.1\nHost: a\nConnection: close\n\n"))).toBe("400");
  });

  it("with too many header lines is refused, not read in part", async () => {
    const lines = (count: number): string => Array.from({ length: count }, (_, at) => `x-${at}: 1\r\n`).join("");
    for (const target of ["/healthz", path]) {
      expect(statusOf(await ask(`GET ${target} HTTP/1.1`, `host: a\r\n${lines(98)}`))).toBe("200");
      expect(await ask(`GET ${target} HTTP/1.1`, `host: a\r\n${lines(99)}`)).toMatch(
        /^HTTP\/1\.1 431 [^]*headers_too_large/,
      );
    }
  });

  it.each(["/hooks/", "/api/v1/runs", "/"])("to %s is checked in the same way", async (prefix) => {
    expect(statusOf(await ask(`GET ${prefix} HTTP/1.1`, "host: a\r\nhost: b\r\n"))).toBe("400");
    expect(statusOf(await ask(`GET ${prefix} HTTP/2.0`, "host: a\r\n"))).toBe("505");
  });
});

describe("HEAD", () => {
  it("gives what GET gives, without the body, wherever there is a GET", async () => {
    const headers = { authorization: `Bearer ${harness.key}` };
    for (const place of [
      "/",
      "/healthz",
      "/readyz",
      "/metrics",
      "/openapi.json",
      "/problems/not_found",
      "/docs",
      "/docs/json",
      "/api/v1",
      "/api/v1/",
      "/api/v1/runs",
      "/api/v1/workflows/pure/",
      `/api/v1/runs/${runId}`,
      `/api/v1/runs/${runId}/events`,
      "/api/v1/workflows/none",
      "/nowhere",
    ]) {
      const get = await fetch(harness.url + place, { headers, redirect: "manual" });
      const head = await fetch(harness.url + place, { headers, method: "HEAD", redirect: "manual" });
      const what = (response: Response): unknown => [place, response.status, response.headers.get("content-type")];
      expect(what(head)).toEqual(what(get));
      await get.arrayBuffer();
      expect(await head.text()).toBe("");
    }
  });

  it("of an event stream does not open one", async () => {
    const headers = { authorization: `Bearer ${harness.key}`, accept: "text/event-stream" };
    for (const place of ["/api/v1/events", `/api/v1/runs/${runId}/events`]) {
      const head = await fetch(harness.url + place, { headers, method: "HEAD" });
      expect([head.status, head.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    }
  });
});

describe("a method that a path does not allow", () => {
  it.each([
    ["/healthz", "POST", "GET, HEAD, OPTIONS"],
    ["/metrics", "DELETE", "GET, HEAD, OPTIONS"],
    ["/api/v1/workflows/pure", "PATCH", "DELETE, GET, HEAD, OPTIONS, PUT"],
    ["/api/v1/workflows", "PUT", "GET, HEAD, OPTIONS, POST"],
    ["/api/v1/runs/x/cancel", "GET", "OPTIONS, POST"],
    ["/api/v1/endpoints/x/rotate/", "DELETE", "OPTIONS, POST"],
    ["/openapi.json", "POST", "GET, HEAD, OPTIONS"],
  ])("%s by %s is refused with those that it takes", async (place, method, allow) => {
    const body = method === "GET" ? {} : { body: "no JSON", headers: { "content-type": "image/png" } };
    const refused = await fetch(harness.url + place, { method, ...body });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, allow]);
    expect(await refused.json()).toMatchObject({ code: "method_not_allowed" });
    const options = await fetch(harness.url + place, { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([204, allow]);
  });

  it("is answered 404 where there is no path", async () => {
    for (const method of ["POST", "OPTIONS", "DELETE"])
      expect((await fetch(`${harness.url}/nowhere`, { method })).status).toBe(404);
  });
});

describe("a path that no file can have", () => {
  it.each([
    "/docs/static/..",
    "/docs/static/../x",
    "/docs/static/%2e%2e/x",
    "/docs/static/..%2fx",
    "/docs/static/a%00b",
    "/docs/static/%5c..%5c",
    `/docs/static/${"x".repeat(5_000)}`,
    "/docs/static/%ff",
    "/docs/static/%",
    "/docs/static//",
    "/docs/static/.env",
    "/docs/..%2f..%2fetc%2fpasswd",
    "/problems/..%2f",
    "/problems/__proto__",
    "/openapi.json/..",
    "/..",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/api/v1/reports/..%2f..%2f",
    "/api/v1/runs/%2e%2e",
    "/\\..\\",
  ])("%.40s is the caller's mistake, and no defect in the log", async (target) => {
    const logged = harness.logged.length;
    const answer = await send(
      `GET ${target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${harness.key}\r\nconnection: close\r\n\r\n`,
    );
    expect([target, statusOf(answer)]).toEqual([target, expect.stringMatching(/^4\d\d$/)]);
    expect(harness.logged.slice(logged).filter((line) => line.includes("defect"))).toEqual([]);
  });

  it.each(["bytes=-5", "bytes=9999999-", "bytes=a-b", "items=1-2"])("and the range %s is answered", async (range) => {
    const answer = await fetch(`${harness.url}/docs/static/swagger-ui.css`, {
      headers: { range, "if-none-match": '"', "if-modified-since": "never" },
    });
    await answer.arrayBuffer();
    expect(answer.status).toBeLessThan(500);
  });
});
