import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { answerOf, caller, rawTarget, send } from "./calling.ts";

/** Calls a target that answers with these headers and bytes. */
async function ask(
  headers: Readonly<Record<string, string>>,
  bytes: Buffer | string,
  more: Parameters<typeof send>[2] & { status?: string } = {},
) {
  const { status = "200 OK", ...request } = more;
  const body = Buffer.from(bytes);
  const lines = Object.entries({ "content-length": String(body.length), ...headers });
  const head = `HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  const answering = await rawTarget((socket) => {
    socket.write(head);
    socket.write(body);
  });
  const outcome = await send(caller([answering.host]), answering.url, request);
  return Object.assign(outcome, { request: answering.received[0] ?? "" });
}

const latin = (text: string): Buffer => Buffer.from(text, "latin1");
const JSON_TYPE = { "content-type": "application/json" };

describe("content codings", () => {
  it("that are supported are requested, unless the step sets the header itself", async () => {
    expect((await ask(JSON_TYPE, "1")).request).toContain("\r\naccept-encoding: gzip, deflate, br, zstd\r\n");
    const own = await ask(JSON_TYPE, "1", { headers: { "accept-encoding": "identity" } });
    expect(own.request.match(/accept-encoding: .*/g)).toEqual(["accept-encoding: identity"]);
  });

  it("are not requested with a range of the body", async () => {
    const part = await ask(JSON_TYPE, "1", {
      method: "GET",
      headers: { range: "bytes=0-9" },
      status: "206 Partial Content",
    });
    expect(part.request).toContain("\r\naccept-encoding: identity\r\n");
  });

  const plain = Buffer.from('{"a":"hello hello hello"}');
  it.each([
    ["gzip", gzipSync(plain)],
    ["GZip", gzipSync(plain)],
    ["x-gzip", gzipSync(plain)],
    ["deflate", deflateSync(plain)],
    ["deflate", deflateRawSync(plain)],
    ["br", brotliCompressSync(plain)],
    ["zstd", zstdCompressSync(plain)],
    ["gzip, br", brotliCompressSync(gzipSync(plain))],
    ["identity", plain],
    ["identity , gzip", gzipSync(plain)],
    ["UTF-8", plain],
    ["", plain],
  ])("are undone: %s", async (coding, bytes) => {
    const outcome = await ask({ ...JSON_TYPE, "content-encoding": coding }, bytes);
    expect(outcome).toMatchObject({ kind: "response", body: { a: "hello hello hello" } });
    expect(outcome.kind === "response" && outcome.headers).toEqual(JSON_TYPE);
  });

  it("are decoded if a body is several streams in a row, or a transfer coding hides another", async () => {
    const halves = [plain.subarray(0, 9), plain.subarray(9)];
    for (const [coding, encode] of [
      ["gzip", gzipSync],
      ["zstd", zstdCompressSync],
    ] as const) {
      const bytes = Buffer.concat(halves.map((half) => encode(half)));
      expect(await ask({ ...JSON_TYPE, "content-encoding": coding }, bytes)).toMatchObject({
        body: { a: "hello hello hello" },
      });
    }
    const zipped = gzipSync(plain);
    const hiding = await rawTarget((socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: gzip, chunked\r\n\r\n${zipped.length.toString(16)}\r\n`,
      );
      socket.write(zipped);
      socket.write("\r\n0\r\n\r\n");
    });
    expect((await answerOf(caller([hiding.host]), hiding.url)).body).toEqual({ a: "hello hello hello" });
  });

  it.each([
    ["compress", plain, '"compress" is unknown'],
    ["gzip, aws-chunked", plain, '"aws-chunked" is unknown'],
    ["constructor", plain, '"constructor" is unknown'],
    ["gzip", plain, "not whole gzip"],
    ["gzip", gzipSync(plain).subarray(0, -4), "not whole gzip"],
    ["deflate", deflateSync(plain).subarray(0, -4), "not whole deflate"],
    ["br", brotliCompressSync(plain).subarray(0, -2), "not whole br"],
    ["br", Buffer.concat([brotliCompressSync(plain), plain]), "not whole br"],
    ["zstd", zstdCompressSync(plain).subarray(0, -2), "not whole zstd"],
    ["gzip, gzip, gzip, gzip", gzipSync(gzipSync(gzipSync(gzipSync(plain)))), "4 content codings"],
  ])("that are unknown or broken fail the call with a reason: %s", async (coding, bytes, reason) => {
    const outcome = await ask({ ...JSON_TYPE, "content-encoding": coding }, bytes);
    expect(outcome).toMatchObject({ kind: "failure", code: "response_unreadable" });
    expect(outcome.kind === "failure" && outcome.message).toContain(reason);
  });

  it("that are broken do not hide a status that means failure", async () => {
    const cut = gzipSync(plain).subarray(0, -4);
    const outcome = await ask({ "content-encoding": "gzip", "retry-after": "7" }, cut, { status: "503 Busy" });
    expect(outcome).toMatchObject({
      kind: "response",
      status: 503,
      headers: { "retry-after": "7" },
      body: cut.toString("base64"),
      bodyEncoding: "base64",
    });
    expect(outcome.kind === "response" && outcome.bodyError).toContain("not whole gzip");
  });

  const zeros = Buffer.alloc(50_000_000);
  it.each([
    ["gzip", gzipSync(zeros)],
    ["deflate", deflateSync(zeros)],
    ["br", brotliCompressSync(zeros, { params: { 1: 1 } })],
    ["zstd", zstdCompressSync(zeros)],
    ["zstd", Buffer.concat(Array.from({ length: 100 }, () => zstdCompressSync(Buffer.alloc(90_000))))],
    ["gzip, gzip", gzipSync(gzipSync(zeros))],
  ])("do not unpack beyond responseBytesMax: %s", async (coding, bytes) => {
    expect(bytes.length).toBeLessThan(100_000);
    expect(await ask({ "content-encoding": coding }, bytes, { responseBytesMax: 100_000 })).toMatchObject({
      kind: "failure",
      code: "response_too_large",
      message: "The answer is larger than responseBytesMax (100000 bytes)",
    });
  });

  it("leave room for exactly responseBytesMax, even if the encoded form is larger", async () => {
    const noise = Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * at * 7919) >> 5));
    for (const [coding, bytes] of [
      ["gzip", gzipSync(noise)],
      ["br", brotliCompressSync(noise)],
      ["identity", noise],
    ] as const) {
      const headers = { "content-encoding": coding, "content-type": "image/png" };
      expect(await ask(headers, bytes, { responseBytesMax: 5_000 })).toMatchObject({ body: noise.toString("base64") });
      expect(await ask(headers, bytes, { responseBytesMax: 4_999 })).toMatchObject({ code: "response_too_large" });
    }
    expect(await ask({ "content-encoding": "gzip" }, gzipSync(""), { responseBytesMax: 0 })).toMatchObject({
      body: "",
    });
  });

  it("are ignored in an answer without a body", async () => {
    const headers = { ...JSON_TYPE, "content-encoding": "gzip" };
    expect(await ask(headers, "")).toMatchObject({ body: "" });
    expect(await ask({ ...headers, "content-length": "400" }, "", { method: "HEAD" })).toMatchObject({
      body: "",
      headers: { "content-length": "400" },
    });
    for (const status of ["204 No Content", "304 Not Modified"]) {
      expect(await ask({ ...headers, "content-length": "400" }, "", { status })).toMatchObject({
        kind: "response",
        body: "",
      });
    }
  });
});

describe("charsets", () => {
  it.each([
    ["application/json;charset=ISO-8859-15", latin('{"n":"M\xfcller \xa4"}'), { n: "Müller €" }],
    ["text/plain; charset=iso-8859-1", latin("M\xfcller"), "Müller"],
    ["text/html; charset=windows-1252", latin("\x80 9"), "€ 9"],
    ["text/plain; charset=Shift_JIS", Buffer.from([0x83, 0x65]), "テ"],
    ['text/plain; format=flowed; Charset="Windows-1251"', Buffer.from([0xcf]), "П"],
    ["text/plain; charset='utf8'", "ü", "ü"],
    ["text/csv ; charset = latin1 ; header=present", latin("\xfc"), "ü"],
    ["TEXT/PLAIN;CHARSET=UTF-8", "ü", "ü"],
    ["text/plain; charset=utf-16", Buffer.from("\ufeffü", "utf16le"), "ü"],
    ["text/plain; charset=utf-16", Buffer.from("да, нет", "utf16le"), "да, нет"],
    ["text/plain; charset=utf-16", Buffer.from("да, нет", "utf16le").swap16(), "да, нет"],
    ["text/plain; charset=utf-8", Buffer.from("\ufeffü", "utf16le"), "ü"],
    ["text/plain; charset=iso-8859-1", "\ufeffü", "ü"],
    ["application/json", '\ufeff{"a":1}', { a: 1 }],
    ["application/json", Buffer.from('{"a":"ü"}', "utf16le"), { a: "ü" }],
    ["application/json", Buffer.from('\ufeff{"a":"ü"}', "utf16le").swap16(), { a: "ü" }],
    ["application/json; charset=none-such", '{"a":"ü"}', { a: "ü" }],
    ["application/json; charset=iso-8859-1", '{"a":"é"}', { a: "é" }],
    ["application/json; charset=windows-1252", '{"a":"é"}', { a: "é" }],
    ["application/json; charset=us-ascii", '{"a":"é"}', { a: "é" }],
    ["application/json; charset=utf-16", '{"a":"é"}', { a: "é" }],
    ["application/json; charset=utf-16be", "1", 1],
    ["application/json; charset=utf-16", Buffer.from('{"a":"é"}', "utf16le"), { a: "é" }],
    ["application/json; charset=utf-16be", Buffer.from('{"a":"é"}', "utf16le").swap16(), { a: "é" }],
    ["application/json; charset=shift_jis", '{"a":"é"}', { a: "é" }],
    ["application/json; charset=shift_jis", Buffer.from([0x22, 0x83, 0x65, 0x22]), "テ"],
    ["application/json; charset=iso-2022-jp", latin('"\x1b$B%F\x1b(B"'), "テ"],
    ["application/vnd.api+json; charset=latin1", '{"a":"é"}', { a: "é" }],
    ["application/x-ndjson; charset=latin1", '{"a":"é"}\n', '{"a":"é"}\n'],
    ["text/plain; charset=us-ascii", "é", "é"],
    ["application/problem+json", '{"a":"ü"}', { a: "ü" }],
    ["text/json", '{"a":"ü"}', { a: "ü" }],
    [
      "application/xml",
      latin('<?xml version="1.0" encoding="ISO-8859-1"?><a>\xfc</a>'),
      '<?xml version="1.0" encoding="ISO-8859-1"?><a>ü</a>',
    ],
    [
      "application/soap+xml; charset=utf-8",
      '<?xml version="1.0" encoding="ISO-8859-1"?>ü',
      '<?xml version="1.0" encoding="ISO-8859-1"?>ü',
    ],
    ["text/xml", '<?xml version="1.0" encoding="utf-16"?>ü', '<?xml version="1.0" encoding="utf-16"?>ü'],
    ["text/html", latin('<html><head><meta charset="latin1">\xfc'), '<html><head><meta charset="latin1">ü'],
    ["text/html", "<p>ü</p>", "<p>ü</p>"],
    ["application/x-www-form-urlencoded", "a=ü", "a=ü"],
    ["application/octet-stream", "plain ü\n", "plain ü\n"],
    ["", "plain ü\n", "plain ü\n"],
    ["image/svg+xml", "<svg>ü</svg>", "<svg>ü</svg>"],
  ])("are read as the sender meant them: %s", async (type, bytes, body) => {
    const outcome = await ask(type === "" ? {} : { "content-type": type }, bytes);
    expect(outcome).toMatchObject({ kind: "response", body });
    expect(outcome).not.toHaveProperty("bodyEncoding");
    expect(outcome).not.toHaveProperty("bodyError");
  });

  const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0xff]);
  it.each([
    ["image/png", PNG],
    ["image/png", Buffer.from("plain")],
    ["application/pdf", Buffer.from("%PDF-1.7")],
    ["application/octet-stream", PNG],
    ["application/vnd.ms-excel", PNG],
    ["", PNG],
    ["", Buffer.from([1, 2, 3])],
    ["not a type", PNG],
  ])("do not apply to bytes, which are kept as base64 with their type: %s", async (type, bytes) => {
    const outcome = await ask(type === "" ? {} : { "content-type": type }, bytes);
    expect(outcome).toMatchObject({ kind: "response", body: bytes.toString("base64"), bodyEncoding: "base64" });
    expect(outcome.kind === "response" && outcome.headers).toEqual(type === "" ? {} : { "content-type": type });
    expect(outcome).not.toHaveProperty("bodyError");
  });

  it.each([
    ["text/plain", latin("M\xfcller"), "The body is not valid UTF-8. It is kept as base64"],
    ["application/json", latin('{"a":"\xfc"}'), "The body is not valid UTF-8. It is kept as base64"],
    [
      "text/plain; charset=utf-16",
      Buffer.from("да", "utf16le"),
      "The body is in utf-16, and its byte order is not known. It is kept as base64",
    ],
    ["text/plain; charset=utf-8", PNG, "The body is not valid UTF-8. It is kept as base64"],
    ["text/plain; charset=us-ascii", latin("M\xfcller"), "The body is not valid us-ascii. It is kept as base64"],
    ["application/json; charset=ascii", latin('"\xfc"'), "The body is not valid ascii. It is kept as base64"],
    ["text/plain; charset=Shift_JIS", Buffer.from([0x83]), "The body is not valid shift_jis. It is kept as base64"],
    ["text/plain; charset=utf-7", Buffer.from("+APw-"), 'The charset "utf-7" is unknown. It is kept as base64'],
    [
      "text/plain",
      Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]),
      'The charset "utf-32" is unknown. It is kept as base64',
    ],
  ])("that do not fit the bytes keep the bytes, and say so: %s", async (type, bytes, bodyError) => {
    expect(await ask({ "content-type": type }, bytes)).toMatchObject({
      kind: "response",
      body: bytes.toString("base64"),
      bodyEncoding: "base64",
      bodyError,
    });
  });

  it("are decoded correctly again after invalid bytes", async () => {
    const type = { "content-type": "text/plain; charset=euc-jp" };
    expect(await ask(type, Buffer.from([0xa5]))).toMatchObject({ bodyEncoding: "base64" });
    expect(await ask(type, Buffer.from([0xa5, 0xc6]))).toMatchObject({ body: "テ" });
  });
});

describe("headers of an answer", () => {
  it("are kept, except credentials, framing and rules for browsers", async () => {
    const kept = {
      "content-type": "application/json",
      "content-language": "de",
      "content-disposition": "attachment; filename=a.json",
      "operation-location": "https://example.com/op/1",
      "x-total-count": "7",
      "x-ratelimit-remaining-tokens": "12",
      "request-id": "req_1",
      "surrogate-key": "a b",
    };
    const outcome = await ask(
      {
        ...kept,
        "set-cookie": "a=secret",
        "www-authenticate": "Basic",
        "x-auth-token": "secret",
        "x-session-id": "secret",
        "x-csrf-token": "secret",
        "content-security-policy": "default-src *",
        "strict-transport-security": "max-age=1",
        "keep-alive": "timeout=5",
        connection: "keep-alive",
      },
      "{}",
    );
    expect(outcome.kind === "response" && outcome.headers).toEqual(kept);
  });

  it("are one string each, in the charset they were written in", async () => {
    const odd = await rawTarget((socket) => {
      const lines = [Buffer.from("x-utf8: Mü\r\n"), latin("x-latin: M\xfc\r\n"), latin("link: <a>\r\nlink: <b>\r\n")];
      socket.write(
        Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\n"), ...lines, Buffer.from("content-length: 0\r\n\r\n")]),
      );
    });
    expect((await answerOf(caller([odd.host]), odd.url)).headers).toEqual({
      "x-utf8": "Mü",
      "x-latin": "Mü",
      link: "<a>, <b>",
    });
  });

  it("are kept up to 16 kB in total", async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`x-${at}`, "v".repeat(1_000)]));
    const outcome = await ask(many, "");
    expect(outcome.kind === "response" && Object.keys(outcome.headers)).toHaveLength(16);
  });
});

describe("answers that are read as the request asks", () => {
  it.each<[type: "json" | "text" | "xml" | "base64", contentType: string, body: string, read: object]>([
    ["json", "text/plain", '{"a":1}', { body: { a: 1 } }],
    ["json", "text/html", "<p>", { body: "<p>", bodyError: expect.any(String) as unknown }],
    ["text", "application/json", '{"a":1}', { body: '{"a":1}' }],
    ["text", "image/png", "ü", { body: "ü" }],
    ["xml", "text/plain", "<a><b>01</b></a>", { body: { a: { b: "01" } } }],
    ["xml", "application/xml", "<a>", { body: "<a>", bodyError: expect.stringContaining("line 1") as unknown }],
    ["base64", "application/json", "{}", { body: "e30=", bodyEncoding: "base64" }],
  ])("%s of %s", async (responseType, contentType, body, read) => {
    expect(await ask({ "content-type": contentType }, body, { responseType })).toMatchObject(read);
  });
});
