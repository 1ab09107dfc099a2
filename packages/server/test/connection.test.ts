import { connect } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { post, publish, pureDefinition, raw, SECRET, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
let open: string;
let signed: string;
beforeAll(async () => {
  harness = await startHarness();
  open = (await publish(harness.client, pureDefinition(), { bodyBytesMax: 100_000 })).path;
  signed = (
    await harness.client.createEndpoint({
      body: { workflow: "pure", name: "signed", signature: "github-sha256", secret: SECRET },
    })
  ).path;
});
afterAll(() => harness.close());

const head = (path: string, more = ""): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${more}`;
const send = (bytes: string): Promise<string> => raw(harness.server.port, bytes);

/** Sends and gives what came until `wanted` did, while the connection is still open. */
function untilSeen(bytes: string, wanted: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = "";
    const socket = connect(harness.server.port, "127.0.0.1", () => socket.write(bytes));
    socket.setTimeout(10_000, () => socket.destroy(new Error(`"${wanted}" did not come, but ${JSON.stringify(seen)}`)));
    socket.on("error", reject);
    socket.setEncoding("utf8").on("data", (text: string) => {
      seen += text;
      if (!seen.includes(wanted)) return;
      socket.destroy();
      resolve(seen);
    });
  });
}

describe("a body that is too large", () => {
  it("by its Content-Length is refused before any of it is sent", async () => {
    const seen = await untilSeen(head(open, "content-length: 99999999\r\n\r\n"), "body_too_large");
    expect(seen).toMatch(/^HTTP\/1\.1 413 /);
    expect(seen.toLowerCase()).toContain("connection: close");
  });

  it("gets no 100 Continue, but one within the limit does", async () => {
    const expecting = (length: number): string =>
      head(open, `expect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`);
    expect(await send(expecting(99_999_999))).toMatch(/^HTTP\/1\.1 413 /);
    expect(await untilSeen(expecting(2), "100 Continue")).toMatch(/^HTTP\/1\.1 100 /);
    expect(await send(head("/hooks/nobody-has-this", "expect: 100-continue\r\ncontent-length: 2\r\n\r\n"))).toMatch(
      /^HTTP\/1\.1 404 /,
    );
  });

  it("leaves the sender time to read the answer while it is still sending", async () => {
    const answer = await post(harness.url + open, `"${"x".repeat(3_000_000)}"`);
    expect(answer).toMatchObject({ status: 413, body: { code: "body_too_large" } });
  });

  it("in chunks is refused once, and the connection ends", async () => {
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const seen = await send(`${head(open, "transfer-encoding: chunked\r\n\r\n")}${chunk}${chunk}`);
    expect(seen).toMatch(/^HTTP\/1\.1 413 /);
    expect(seen.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

describe("a connection", () => {
  it.each([
    ["two ways to state the length", "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"],
    ["two lengths", "content-length: 2\r\ncontent-length: 3\r\n\r\n{}"],
    ["an unknown transfer coding", "transfer-encoding: chunked, gzip\r\n\r\n{}"],
    ["a folded header", "x-a: b\r\n c\r\ncontent-length: 2\r\n\r\n{}"],
    ["bare line feeds", "content-length: 2\n\n{}"],
  ])("with %s is answered 400 and ends", async (_name, rest) => {
    const seen = await send(head(open, rest));
    expect(seen).toMatch(/^HTTP\/1\.1 400 /);
    expect(seen).toContain('"code":"bad_request"');
  });

  it("with an Expect that cannot be met gets a problem that says so", async () => {
    const seen = await send(head(open, "expect: 200-ok\r\ncontent-length: 2\r\n\r\n{}"));
    expect(seen).toMatch(/^HTTP\/1\.1 417 /);
    expect(seen).toContain('"code":"expectation_failed"');
    expect(seen).toContain("200-ok");
  });

  it.each([
    ["with a range that a file does not have", "range: bytes=99999999-", 416, "range_not_satisfiable"],
    ["under a condition that a file does not meet", 'if-match: "other"', 412, "precondition_failed"],
    ["for a file as it was long ago", "if-unmodified-since: Thu, 01 Jan 1970 00:00:00 GMT", 412, "precondition_failed"],
  ])("that asks %s hears that", async (_how, line, status, code) => {
    const seen = await send(
      `GET /docs/static/swagger-ui.css HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${line}\r\n\r\n`,
    );
    expect([seen.split(" ")[1], /"code":"(\w+)"/.exec(seen)?.[1]]).toEqual([String(status), code]);
  });

  it("that asks for a tunnel by CONNECT hears that there is none, and ends", async () => {
    const seen = await send("CONNECT db.internal:5432 HTTP/1.1\r\nhost: db.internal:5432\r\n\r\n");
    expect(seen).toMatch(/^HTTP\/1\.1 501 /);
    expect(seen).toContain('"code":"method_not_implemented"');
  });

  it("with an empty Content-Type is read like one without", async () => {
    const body = JSON.stringify({ definition: pureDefinition() });
    const seen = await send(
      `POST /api/v1/workflows/validate HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${harness.key}\r\ncontent-type:\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    expect(seen).toMatch(/^HTTP\/1\.1 200 /);
    const hook = await send(
      head(open, "connection: close\r\ncontent-length: 2\r\n\r\n{}").replace("application/json", ""),
    );
    expect(hook).toMatch(/^HTTP\/1\.1 202 /);
  });

  it("that repeats a header line keeps all of its values", async () => {
    const seen = await send(
      head(
        open,
        "connection: close\r\nuser-agent: a\r\nUser-Agent: b\r\nreferer: http://r/1\r\nreferer: http://r/2\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 2\r\n\r\n{}",
      ),
    );
    const runId = /"runId":"([^"]+)"/.exec(seen)?.[1] ?? "";
    expect((await harness.client.listFacts({ runId })).items[0]?.data["headers"]).toEqual({
      "content-type": "application/json",
      "user-agent": "a, b",
      referer: "http://r/1, http://r/2",
      "x-a": "1, 2",
    });
  });

  it.each([
    ["in absolute form", "POST http://other.example/hooks/x HTTP/1.1"],
    ["with broken escapes", "GET /api/v1/%zz HTTP/1.1"],
    ["with a NUL", "GET /problems/%00 HTTP/1.1"],
    ["that climbs", "POST /hooks/..%2f..%2fetc HTTP/1.1"],
    ["of 8 kB", `GET /api/v1/runs/${"x".repeat(8_000)} HTTP/1.1`],
  ])("that asks %s gets a problem, never a 5xx", async (_name, line) => {
    const seen = await send(`${line}\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(seen).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(seen).toContain("application/problem+json");
  });

  it("stays usable after refusals", async () => {
    const request = (path: string, more = ""): string => head(path, `${more}content-length: 2\r\n\r\n{}`);
    const seen = await send(
      request("/hooks/nobody-has-this") + request(signed) + request(open, "connection: close\r\n"),
    );
    expect([...seen.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(["404", "401", "202"]);
  });

  it("with two signatures is refused", async () => {
    const signature = "x-hub-signature-256: sha256=ab\r\n";
    expect(
      await send(head(signed, `${signature}${signature}connection: close\r\ncontent-length: 2\r\n\r\n{}`)),
    ).toMatch(/^HTTP\/1\.1 401 /);
  });

  it("that breaks in the middle of a body leaves nothing behind", async () => {
    const before = (await harness.client.listRuns({ limit: 200 })).items.length;
    const socket = connect(harness.server.port, "127.0.0.1");
    socket.write(head(open, 'content-length: 100\r\n\r\n{"half":'));
    await untilSeen("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", "200 OK");
    socket.destroy();
    expect((await post(harness.url + open, "{}")).status).toBe(202);
    expect((await harness.client.listRuns({ limit: 200 })).items).toHaveLength(before + 1);
  });
});

describe("an address created by another process", () => {
  it("works at once", async () => {
    const [endpoint] = await harness.store.catalog.listEndpoints(
      (await harness.client.listProjects()).items[0]?.id ?? "",
    );
    if (endpoint === undefined) throw new Error("the harness has made an endpoint");
    const token = "made-elsewhere-0001";
    await harness.store.catalog.createEndpoint({ ...endpoint, token, sealedSecret: null, signature: "none" });
    expect((await post(`${harness.url}/hooks/${token}`, "{}")).status).toBe(202);
  });

  it("stays unknown while many are guessed, and the guesses are refused, not queued", async () => {
    const guesses = Array.from({ length: 64 }, (_, at) => post(`${harness.url}/hooks/guessed-token-${at}`, "{}"));
    const statuses = new Set((await Promise.all(guesses)).map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 404 && status !== 503)).toEqual([]);
  });
});
