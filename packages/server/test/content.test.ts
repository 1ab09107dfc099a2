import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

import { problems } from "@meshhook/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { publish, pureDefinition, raw, SECRET, sign, startHarness, type Harness } from "./harness.ts";

let harness: Harness;
let open: string;
let signed: string;
let small: string;

async function endpoint(name: string, settings: object = {}): Promise<string> {
  const body = { workflow: "pure", name, answer: "result" as const, ...settings };
  return harness.url + (await harness.client.createEndpoint({ body })).path;
}

beforeAll(async () => {
  harness = await startHarness();
  await publish(harness.client, pureDefinition());
  open = await endpoint("open");
  signed = await endpoint("signed", { signature: "github-sha256", secret: SECRET });
  small = await endpoint("small", { bodyBytesMax: 1_000 });
});
afterAll(() => harness.close());

interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly code: string | undefined;
  /** What the run read of the body. */
  readonly got: unknown;
  readonly runId: string;
  /** The body of the answer. */
  readonly text: string;
}

/** Sends a body with exactly these headers, and gives what its run read. */
async function send(url: string, body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Sent> {
  const bytes = Buffer.from(body);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const { pathname, search } = new URL(url);
  const head = `POST ${pathname}${search} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${lines.join("")}content-length: ${bytes.length}\r\n\r\n`;
  const answer = await raw(harness.server.port, Buffer.concat([Buffer.from(head, "latin1"), bytes]));
  const [top = "", text = ""] = answer.split("\r\n\r\n", 2);
  const [line = "", ...fields] = top.split("\r\n");
  const json = JSON.parse(text) as { code?: string; runId: string; output?: { got?: unknown } };
  return {
    status: Number(line.split(" ")[1]),
    headers: new Headers(fields.map((field) => field.split(": ", 2) as [string, string])),
    code: json.code,
    got: json.output?.got,
    runId: json.runId,
    text,
  };
}

async function expectRead(body: Uint8Array | string, type: string | null, expected: unknown): Promise<void> {
  const sent = await send(open, body, type === null ? {} : { "content-type": type });
  expect([type, sent.status, sent.code, sent.got]).toEqual([type, 200, undefined, expected]);
}

async function expectRefused(
  body: Uint8Array | string,
  headers: Record<string, string>,
  code: keyof typeof problems,
): Promise<Sent> {
  const sent = await send(open, body, headers);
  expect([headers, sent.code, sent.status]).toEqual([headers, code, problems[code].status]);
  return sent;
}

const FORM = "application/x-www-form-urlencoded";
const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");
const utf16 = (text: string, order: "le" | "be", hasMark = false): Buffer => {
  const encoded = Buffer.from(`${hasMark ? "\ufeff" : ""}${text}`, "utf16le");
  return order === "le" ? encoded : encoded.swap16();
};

describe("a content type", () => {
  it.each([
    "application/json;",
    "application/json; charset=utf8",
    "application/json; charset=UTF-8;",
    'application/json; charset="utf-8"',
    "application/json; utf-8",
    "application/json ; version=1",
    "application/json; odata.metadata=minimal; IEEE754Compatible=false",
    "application/json; charset=us-ascii",
    "application/json; charset=",
    "application/json; charset=x-unknown",
    "Application/JSON",
    "text/json",
    "application/csp-report",
    "application/vnd.api+json; ext=bulk",
    "application/cloudevents+json; charset=utf-8",
    "application/json, application/json",
  ])("%s is JSON", (type) => expectRead('{"a":1}', type, { a: 1 }));

  it.each([
    [`${FORM};`, { a: "1" }],
    [`${FORM}; charset=utf8`, { a: "1" }],
    ["text/plain; charset=us-ascii", "a=1"],
    ["text/plain; format=flowed", "a=1"],
    ["text/html", "a=1"],
    ["text/csv; header=present", "a=1"],
    ["application/x-ndjson", "a=1"],
    ["application/jsonl; charset=utf-8", "a=1"],
    ["application/secevent+jwt", "a=1"],
  ])("%s is read", (type, expected) => expectRead("a=1", type, expected));

  it("of XML gives text, in the charset that the document names", async () => {
    await expectRead("<a>é</a>", "application/xml", "<a>é</a>");
    await expectRead("<a/>", "application/soap+xml; charset=utf-8; action=x", "<a/>");
    const latin = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', "latin1");
    await expectRead(latin, "text/xml", latin.toString("latin1"));
  });

  it("that is missing allows only a JSON object or list from end to end", async () => {
    await expectRead('{"a":1}', null, { a: 1 });
    await expectRead(" [1]\n", null, [1]);
    await expectRead('{"a":1}', "", { a: 1 });
    await expectRefused("a=1", {}, "content_type_unsupported");
    await expectRefused("12", {}, "content_type_unsupported");
    await expectRefused('{"a":', {}, "json_invalid");
  });

  it("that comes twice with different values is refused", async () => {
    const { pathname } = new URL(open);
    const twice = (first: string, second: string): Promise<string> =>
      raw(
        harness.server.port,
        `POST ${pathname} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${first}\r\ncontent-type: ${second}\r\ncontent-length: 2\r\n\r\n{}`,
      );
    expect(await twice("application/json", "text/plain")).toMatch(/^HTTP\/1\.1 400 /);
    expect(await twice("application/json", "application/json")).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("a byte order mark", () => {
  it.each([
    ["application/json", '{"a":1}', { a: 1 }],
    ["application/vnd.x+json", "[1]", [1]],
    [FORM, "a=1", { a: "1" }],
    ["text/plain", "a", "a"],
  ])("before %s is not part of it", (type, text, expected) => expectRead(`\ufeff${text}`, type, expected));

  it("is not stored, so that the stored text is JSON", async () => {
    const { runId } = await send(open, '\ufeff{ "a":1.0 }', { "content-type": "application/json" });
    const [segment] = await harness.store.journal.readRun(runId);
    expect(segment?.facts).toContain('"body":{ "a":1.0 }}');
    expect(() => JSON.parse(segment?.facts ?? "")).not.toThrow();
  });

  it.each([
    ["UTF-8", "application/json", bytes("efbbbf efbbbf 7b7d")],
    ["UTF-16", "application/json", utf16("\ufeff{}", "le", true)],
    ["UTF-16, declared", "application/json; charset=utf-16be", utf16("\ufeff{}", "be", true)],
    ["UTF-8 before nothing", "application/json", bytes("efbbbf efbbbf")],
    ["GB 18030", "application/json; charset=gb18030", bytes("84319533 84319533 7b2261223a22 c4e3 227d")],
  ])("is one: with a second one in %s a body is not JSON", async (_name, type, body) => {
    const { text } = await expectRefused(body, { "content-type": type }, "json_invalid");
    expect(text).toContain("at offset 0");
  });

  it("in GB 18030 is not stored either", async () => {
    const body = bytes("84319533 7b2261223a22 c4e3 227d");
    const { got, runId } = await send(open, body, { "content-type": "application/json; charset=gb18030" });
    expect(got).toEqual({ a: "你" });
    expect((await harness.client.getRun({ runId })).status).toBe("succeeded");
    expect((await harness.client.listFacts({ runId })).items[0]?.data["body"]).toEqual({ a: "你" });
  });

  it("before a body of the API is not part of it either", async () => {
    const response = await fetch(`${harness.url}/api/v1/workflows/validate`, {
      method: "POST",
      headers: { authorization: `Bearer ${harness.key}`, "content-type": "application/json; charset=utf8" },
      body: `\ufeff${JSON.stringify({ definition: pureDefinition() })}`,
    });
    expect(await response.json()).toMatchObject({ valid: true });
  });
});

describe("a charset", () => {
  it.each([
    ["application/json; charset=iso-8859-1", bytes("7b2261223a22 e9 227d"), { a: "é" }],
    // RFC 8259: the parameter has no meaning, and this is valid UTF-8.
    ["application/json; charset=iso-8859-1", '{"a":"é"}', { a: "é" }],
    ["application/json; charset=windows-1252", bytes("7b2261223a22 80 227d"), { a: "€" }],
    ["application/json; charset=Shift_JIS", bytes("7b2261223a22 82a0 227d"), { a: "あ" }],
    ["application/json; charset=utf-16", utf16('{"a":"é"}', "le", true), { a: "é" }],
    ["application/json; charset=utf-16", utf16('{"a":"é"}', "be"), { a: "é" }],
    ["application/json; charset=utf-16", '{"a":"é"}', { a: "é" }],
    ["application/json; charset=utf-16be", '{"a":"é"}', { a: "é" }],
    ["application/json; charset=utf-16le", utf16('{"a":"é"}', "le"), { a: "é" }],
    ["application/json", utf16('{"a":1}', "be", true), { a: 1 }],
    ["text/plain; charset=utf-16", utf16("да, нет", "be"), "да, нет"],
    ["text/plain; charset=utf-16", utf16("да, нет", "le"), "да, нет"],
    ["text/plain; charset=iso-8859-1", bytes("63 61 66 e9"), "café"],
    ["text/plain; charset=windows-1251", bytes("e4 e0"), "да"],
    ["text/plain; charset=iso-2022-jp", bytes("1b2442 2422 1b2842"), "あ"],
    [`${FORM}; charset=windows-1252`, "a=%80&b=caf%e9", { a: "€", b: "café" }],
    [`${FORM}; charset=Shift_JIS`, "a=%82%a0", { a: "あ" }],
    [FORM, "a=%e9&charset=windows-1252", { a: "é", charset: "windows-1252" }],
    [FORM, "_charset_=iso-8859-1&a=%e9", { _charset_: "iso-8859-1", a: "é" }],
    [FORM, "a=%c3%a9&b=%ef%bf%bd", { a: "é", b: "\ufffd" }],
  ])("%s is decoded", (type, body, expected) => expectRead(body, type, expected));

  it("never turns bytes that it cannot read into something else", async () => {
    await expectRefused(bytes("7b2261223a22 e9 227d"), { "content-type": "application/json" }, "body_not_utf8");
    await expectRefused(bytes("e9"), { "content-type": "text/plain; charset=utf-8" }, "body_not_utf8");
    await expectRefused("a=%e9", { "content-type": FORM }, "body_not_utf8");
    await expectRefused(bytes("82"), { "content-type": "text/plain; charset=shift_jis" }, "body_not_in_charset");
    await expectRefused(utf16("да", "be"), { "content-type": "text/plain; charset=utf-16" }, "body_not_in_charset");
    await expectRefused("a", { "content-type": "text/plain; charset=klingon" }, "content_type_unsupported");
    // The mark of UTF-32 starts with that of UTF-16.
    const utf32 = bytes("fffe0000 48000000");
    await expectRefused(utf32, { "content-type": "text/plain; charset=utf-32" }, "content_type_unsupported");
    expect(await send(`${open}?a=%e9`, "{}", { "content-type": "application/json" })).toMatchObject({
      status: 400,
      code: "query_not_utf8",
    });
  });
});

describe("an empty body", () => {
  it.each([
    null,
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    FORM,
    "multipart/form-data; boundary=x",
    "image/png",
  ])("and the type %s is null", (type) => expectRead("", type, null));

  it("is the same as white space if the type is JSON", async () => {
    for (const blank of [" ", "\r\n", "\t\n ", "\ufeff"]) await expectRead(blank, "application/json", null);
    await expectRead(" ", "text/plain", " ");
  });

  it("stays null even with a Content-Encoding", async () => {
    expect(await send(open, "", { "content-encoding": "gzip" })).toMatchObject({ status: 200, got: null });
  });
});

/** A frame of zstd that holds nothing (RFC 8878, section 3.1.2). */
const SKIPPABLE = Buffer.from("502a4d1804000000aabbccdd", "hex");

describe("a content coding", () => {
  const text = '{"a":"packed"}';
  it.each([
    ["gzip", gzipSync(text)],
    ["GZip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["deflate", deflateRawSync(text)],
    ["br", brotliCompressSync(text)],
    ["zstd", zstdCompressSync(text)],
    ["deflate, gzip", gzipSync(deflateSync(text))],
    ["identity, gzip", gzipSync(text)],
    ["gzip", Buffer.concat([gzipSync('{"a":'), gzipSync('"packed"}')])],
    ["zstd", Buffer.concat([SKIPPABLE, zstdCompressSync('{"a":'), SKIPPABLE, zstdCompressSync('"packed"}')])],
    [
      "zstd",
      Buffer.concat(
        Array.from(text, (character) => zstdCompressSync(character)).flatMap((one) =>
          Array(9).fill(SKIPPABLE).concat(one),
        ),
      ),
    ],
    ["identity", Buffer.from(text)],
    ["", Buffer.from(text)],
    ["utf-8", Buffer.from(text)],
  ])("%s is undone", async (coding, body) => {
    const sent = await send(open, body, { "content-type": "application/json", "content-encoding": coding });
    expect(sent).toMatchObject({ status: 200, got: { a: "packed" } });
    const [segment] = await harness.store.journal.readRun(sent.runId);
    expect(segment?.facts).toContain(`"body":${text}`);
  });

  it("that is unknown is refused with a list of those that are known", async () => {
    for (const coding of ["compress", "gzip, aws-chunked", "gzip, gzip, gzip, gzip"]) {
      const sent = await expectRefused("{}", { "content-encoding": coding }, "content_encoding_unsupported");
      expect(sent.headers.get("accept-encoding")).toBe("gzip, deflate, br, zstd");
    }
  });

  it("that the body is not in, or that is cut off, is refused", async () => {
    const packed = gzipSync(text);
    for (const body of [Buffer.from(text), packed.subarray(0, -4), packed.subarray(0, 12)])
      await expectRefused(body, { "content-encoding": "gzip" }, "content_encoding_invalid");
  });

  it.each([
    ["gzip", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["deflate", deflateRawSync(text)],
    ["br", brotliCompressSync(text)],
    ["zstd", zstdCompressSync(text)],
  ])("%s that is followed by something else is refused", async (coding, packed) => {
    for (const rest of ["x", "{}"])
      await expectRefused(
        Buffer.concat([packed, Buffer.from(rest)]),
        { "content-type": "application/json", "content-encoding": coding },
        "content_encoding_invalid",
      );
  });

  it("zstd with too many frames or too large a window is refused with the reason", async () => {
    const refused = async (body: Buffer): Promise<string> => {
      const { pathname } = new URL(open);
      const head = `POST ${pathname} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-encoding: zstd\r\ncontent-length: ${body.length}\r\n\r\n`;
      return raw(harness.server.port, Buffer.concat([Buffer.from(head), body]));
    };
    expect(await refused(Buffer.concat(Array(2_000).fill(SKIPPABLE)))).toContain("it has more than 1000 frames");
    // A header that asks for 16 MiB, and one empty last block.
    expect(await refused(bytes("28b52ffd 00 70 010000"))).toContain("a window of more than 8 MiB");
  });

  it("of small bodies never waits: hundreds for one endpoint arrive at once and are accepted", async () => {
    const large = await endpoint("large", { bodyBytesMax: 10 * 1_048_576 });
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const packed = gzipSync(text);
    const answers = await Promise.all(Array.from({ length: 300 }, () => send(large, packed, headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const br = { ...headers, "content-encoding": "br" };
    const inBr = await Promise.all(Array.from({ length: 100 }, () => send(large, brotliCompressSync(text), br)));
    expect(new Set(inBr.map(({ status }) => status))).toEqual(new Set([200]));
    const heavy = gzipSync(JSON.stringify("x".repeat(1_000_000)));
    const heavies = await Promise.all(Array.from({ length: 20 }, () => send(large, heavy, headers)));
    expect(new Set(heavies.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it("unpacks up to the endpoint's limit and never further", async () => {
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    const exact = JSON.stringify("x".repeat(998));
    expect(await send(small, gzipSync(exact), headers)).toMatchObject({ status: 200 });
    expect(await send(small, gzipSync(`${exact} `), headers)).toMatchObject({ status: 413, code: "body_too_large" });
    const bomb = gzipSync(Buffer.alloc(200 * 1_048_576, "0"));
    const before = process.memoryUsage().arrayBuffers;
    const answers = await Promise.all(Array.from({ length: 4 }, () => send(open, bomb, headers)));
    expect(answers.map(({ status }) => status)).toEqual([413, 413, 413, 413]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 1_048_576);
  });

  it("is signed as it came", async () => {
    const packed = gzipSync(text);
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    expect(await send(signed, packed, { ...headers, "x-hub-signature-256": sign(packed) })).toMatchObject({
      status: 200,
      got: { a: "packed" },
    });
    expect(await send(signed, packed, { ...headers, "x-hub-signature-256": sign(text) })).toMatchObject({
      status: 401,
    });
  });

  it("does not change the body: a retry that is compressed again is the same delivery", async () => {
    const headers = { "content-type": "application/json", "idempotency-key": "packed-1" };
    const first = await send(open, gzipSync(text, { level: 1 }), { ...headers, "content-encoding": "gzip" });
    expect(await send(open, text, headers)).toMatchObject({ status: 200, runId: first.runId });
  });

  it("is decoded for the API too", async () => {
    const response = await fetch(`${harness.url}/api/v1/workflows/validate`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${harness.key}`,
        "content-type": "application/json",
        "content-encoding": "gzip",
      },
      body: gzipSync(JSON.stringify({ definition: pureDefinition() })),
    });
    expect(await response.json()).toMatchObject({ valid: true });
  });
});

describe("a name that comes several times", () => {
  it("holds a list in a form, in the order sent", async () => {
    await expectRead("to=b&x=1&to=a&m[]=1&m[]=2&one[]=1", FORM, {
      to: ["b", "a"],
      x: "1",
      "m[]": ["1", "2"],
      "one[]": "1",
    });
    await expectRead("__proto__=1&__proto__=2&?a=3&&=4", FORM, JSON.parse('{"__proto__":["1","2"],"?a":"3","":"4"}'));
  });

  it("holds a list in a query, live and folded from the journal", async () => {
    const { runId } = await send(`${open}?tag=x&tag=y&one=1`, "{}", { "content-type": "application/json" });
    const { items } = await harness.client.listFacts({ runId });
    expect(items[0]?.data["query"]).toEqual({ tag: ["x", "y"], one: "1" });
    expect((await harness.client.getRun({ runId })).status).toBe("succeeded");
  });

  it("a hundred thousand times is refused before it blocks anything", async () => {
    await expectRefused("a&".repeat(100_000), { "content-type": FORM }, "too_many_fields");
  });
});

describe("a multipart body", () => {
  const type = "multipart/form-data; boundary=X";
  const part = (disposition: string, content: string | Buffer, more = ""): Buffer =>
    Buffer.concat([
      Buffer.from(`--X\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n`),
      Buffer.from(content),
      Buffer.from("\r\n"),
    ]);
  const body = (...parts: Buffer[]): Buffer => Buffer.concat([...parts, Buffer.from("--X--\r\n")]);

  it("gives fields as text, and files with their name and type", async () => {
    const png = bytes("89504e47 0d0a 1a0a 00ff");
    await expectRead(
      body(
        part('name="payload"', '{"event":"play"}', "Content-Type: application/json\r\n"),
        part('name="tag"', "a"),
        part('name="tag"', "b"),
        part('name="thumb"; filename="C:\\pics\\é.png"', png, "Content-Type: image/png\r\n"),
        part('name="note"; filename="a;b.txt"', "line\r\n--Y\r\n", "Content-Type: text/plain\r\n"),
        part('filename="x; name=y"; name="last"', "z", "Content-Type: text/plain\r\n"),
      ),
      type,
      {
        payload: '{"event":"play"}',
        tag: ["a", "b"],
        thumb: { filename: "é.png", contentType: "image/png", bytes: 10, base64: png.toString("base64") },
        note: { filename: "a;b.txt", contentType: "text/plain", bytes: 11, text: "line\r\n--Y\r\n" },
        last: { filename: "x; name=y", contentType: "text/plain", bytes: 1, text: "z" },
      },
    );
  });

  it("is read with a preamble, with blanks after the boundary, and without any part", async () => {
    await expectRead(`preamble\r\n--X \r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X--`, type, { a: "1" });
    await expectRead("--X--\r\n", type, {});
    await expectRead(body(part('name="empty"', "")), type, { empty: "" });
    await expectRead(body(part('name="a%22b"', "1")), 'multipart/form-data; boundary="X"', { 'a"b': "1" });
  });

  it("is read as the platform's own client writes it", async () => {
    const form = new FormData();
    form.append("text", "größer\r\n");
    form.append("file", new Blob([Uint8Array.of(0, 255)]), "Übung.bin");
    const sent = new Request("http://x/", { method: "POST", body: form });
    const written = Buffer.from(await sent.arrayBuffer());
    await expectRead(written, sent.headers.get("content-type"), {
      text: "größer\r\n",
      file: { filename: "Übung.bin", contentType: "application/octet-stream", bytes: 2, base64: "AP8=" },
    });
  });

  it("names the charset of its fields", async () => {
    const latin = "Content-Type: text/plain; charset=iso-8859-1\r\n";
    await expectRead(body(part('name="a"', bytes("e9"), latin)), type, { a: "é" });
    await expectRead(body(part('name="_charset_"', "windows-1252"), part('name="a"', bytes("80"))), type, {
      _charset_: "windows-1252",
      a: "€",
    });
    await expectRefused(body(part('name="a"', bytes("e9"))), { "content-type": type }, "body_not_utf8");
  });

  it.each([
    ["without a boundary", "multipart/form-data", "--X--\r\n"],
    ["with another boundary", "multipart/form-data; boundary=Y", "--X--\r\n"],
    ["that ends too early", type, '--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'],
    ["with a part without a name", type, "--X\r\nContent-Disposition: form-data\r\n\r\n1\r\n--X--"],
    ["with a part that is not form data", type, "--X\r\nContent-Type: text/plain\r\n\r\n1\r\n--X--"],
  ])("%s is refused, and no part of it is left out", async (_name, contentType, text) => {
    await expectRefused(text, { "content-type": contentType }, "multipart_invalid");
  });

  const file = (filename: string) => ({ filename, contentType: "application/octet-stream", bytes: 1, base64: "eA==" });

  it.each([
    ["folded", 'name="f";\r\n filename="a b.txt"', "a b.txt"],
    ["folded inside of a name", 'name="f"; filename="a\r\n\tb.txt"', "a\tb.txt"],
    ["in ISO-8859-1", "name=\"f\"; filename*=iso-8859-1'en'caf%E9.txt", "café.txt"],
    ["in UTF-8", "name=\"f\"; filename=x; filename*=UTF-8''caf%C3%A9%20.txt", "café .txt"],
    ["in pieces", 'name="f"; filename*1="b.txt"; filename*0="a "', "a b.txt"],
    ["in pieces and UTF-8", "name=\"f\"; filename*0*=utf-8''caf%C3; filename*1*=%A9; filename*2=.txt", "café.txt"],
    ["with a semicolon at the end", 'name="f" ; filename=a.txt;', "a.txt"],
    ["that is empty", 'name="f"; filename=""', ""],
  ])("gives a file's name %s whole", (_how, disposition, filename) =>
    expectRead(body(part(disposition, "x")), type, { f: file(filename) }),
  );

  it.each([
    ["with blanks that is not quoted", 'name="f"; filename=a b.txt', 'from \\"b.txt\\" on'],
    ["whose quotation mark is not closed", 'name="f"; filename="a.txt', "malformed"],
    ["that comes twice", "name=f; filename=a; filename=b", "filename twice"],
    ["whose piece is missing", "name=f; filename*0=a; filename*2=b", "not counted from 0"],
    ["without its charset", "name=f; filename*=a", "two apostrophes"],
    ["in an unknown charset", "name=f; filename*=klingon''a", "klingon"],
    ["with half an escape", "name=f; filename*=utf-8''a%4", "two hex digits"],
  ])("with a file's name %s is refused", async (_how, disposition, detail) => {
    const sent = await expectRefused(body(part(disposition, "x")), { "content-type": type }, "multipart_invalid");
    expect(sent.text).toContain(detail);
  });

  it("with a file name that is not UTF-8 is refused for that reason", async () => {
    const latin = Buffer.concat([
      Buffer.from('--X\r\nContent-Disposition: form-data; name="f"; filename="caf'),
      bytes("e9"),
      Buffer.from('"\r\n\r\nx\r\n--X--'),
    ]);
    const sent = await expectRefused(latin, { "content-type": type }, "body_not_utf8");
    expect(sent.text).toContain("the name of its file");
    const extended = body(part("name=f; filename*=utf-8''%e9", "x"));
    await expectRefused(extended, { "content-type": type }, "body_not_utf8");
  });

  it("decodes transfer encodings of mail exactly, or refuses them", async () => {
    const encoded = (encoding: string, content: string): Buffer =>
      body(part('name="a"', content, `Content-Transfer-Encoding: ${encoding}\r\n`));
    await expectRead(encoded("Base64", "Z3LD\r\ntsOfZXI="), type, { a: "größer" });
    await expectRead(encoded("quoted-printable", "gr=C3=B6=\r\n=c3=9fer=20 \r\n=3D"), type, { a: "größer \r\n=" });
    await expectRead(encoded("8bit", "größer"), type, { a: "größer" });
    for (const [encoding, content] of [
      ["base64", "aGVs*bG8="],
      ["base64", "aGVsbG8"],
      ["base64", "aGVsbG8=aGVsbG8="],
      ["quoted-printable", "a=4"],
      ["quoted-printable", "größer"],
      ["x-uuencode", "a"],
    ] as const)
      await expectRefused(encoded(encoding, content), { "content-type": type }, "multipart_invalid");
  });

  it("with headers that are too large or malformed is refused for that reason", async () => {
    const large = body(part('name="a"', "1", `X-Large: ${"x".repeat(20_000)}\r\n`));
    expect((await expectRefused(large, { "content-type": type }, "multipart_invalid")).text).toContain(
      "larger than 16 kB",
    );
    for (const more of ["no header\r\n", "a: b\nc: d\r\n", "Content-Disposition: form-data; name=b\r\n"])
      await expectRefused(body(part('name="a"', "1", more)), { "content-type": type }, "multipart_invalid");
  });

  it("of thousands of parts is refused", async () => {
    const parts = Array.from({ length: 1_001 }, (_, at) => part(`name="${at}"`, ""));
    await expectRefused(body(...parts), { "content-type": type }, "too_many_fields");
  });
});
