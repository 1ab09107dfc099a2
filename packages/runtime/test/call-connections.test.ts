import { lookup } from "node:dns";
import { createSecureServer as createHttp2Server } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Socket } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

import { afterEach, describe, expect, it } from "vitest";

import { Connection, type Route } from "../src/call/connection.ts";
import { answerOf, answerText, caller, listen, rawTarget, send } from "./calling.ts";
import { until } from "./harness.ts";
import { CERTIFICATE, PRIVATE_KEY } from "@meshhook/testkit";

describe("interim answers", () => {
  it.each([
    ["100 Continue", "HTTP/1.1 100 Continue\r\n\r\n"],
    ["100 with headers", "HTTP/1.1 100 Continue\r\ndate: Mon, 30 Nov 2026 08:00:00 GMT\r\n\r\n"],
    ["100 without a reason", "HTTP/1.1 100\r\n\r\n"],
    ["several of 100", "HTTP/1.1 100 Continue\r\n\r\n".repeat(5)],
    ["102 Processing", "HTTP/1.1 102 Processing\r\n\r\n"],
    ["103 Early Hints", "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n"],
    ["100 with a length", "HTTP/1.1 100 Continue\r\ncontent-length: 4\r\n\r\n"],
    ["100, 103 and one of no name", "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 103 x\r\n\r\nHTTP/1.1 199 x\r\n\r\n"],
  ])("are skipped although nobody asked: %s", async (_name, interim) => {
    const proxy = await rawTarget((socket) =>
      socket.write(interim + answerText("done", { "content-type": "text/plain" })),
    );
    const from = caller([proxy.host]);
    for (const _ of [1, 2])
      expect(await send(from, proxy.url, { body: "{}" })).toMatchObject({ status: 200, body: "done" });
    expect(proxy.received).toHaveLength(1);
  });

  it.each(["HTTP/1.0 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\nconnection: close\r\n\r\n"])(
    "are skipped also where they announce the end of the connection: %j",
    async (interim) => {
      const old = await rawTarget((socket) =>
        socket.end(interim + answerText("done", { "content-type": "text/plain" })),
      );
      const from = caller([old.host]);
      for (const _ of [1, 2]) expect(await send(from, old.url)).toMatchObject({ status: 200, body: "done" });
    },
  );

  it("are skipped even if they arrive byte by byte", async () => {
    const proxy = await rawTarget((socket) => {
      const text = `HTTP/1.1 100 Continue\r\n\r\n${answerText("done", { "content-type": "text/plain" })}`;
      const bytes = text.split("");
      const next = (): void => {
        const byte = bytes.shift();
        if (byte !== undefined) socket.write(byte, () => setImmediate(next));
      };
      next();
    });
    expect(await send(caller([proxy.host]), proxy.url)).toMatchObject({ status: 200, body: "done" });
  });

  it("fail the call when the target switches protocols, or sends nothing else", async () => {
    for (const head of ["101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x", "101 Switching Protocols"]) {
      const switching = await rawTarget((socket) => socket.write(`HTTP/1.1 ${head}\r\n\r\n${answerText("x")}`));
      expect(await send(caller([switching.host]), switching.url)).toMatchObject({
        kind: "failure",
        code: "network",
        message: "The target switched to another protocol, which the request had not asked for (status 101)",
      });
    }
    const endless = await rawTarget((socket) => socket.write("HTTP/1.1 102 Processing\r\n\r\n".repeat(1_000)));
    expect(await send(caller([endless.host]), endless.url)).toMatchObject({
      kind: "failure",
      message: "The target sent more than 100 interim answers",
    });
  });
});

describe("a kept connection", () => {
  it("that the target closes as the next call goes out costs that call only a new connection", async () => {
    for (const end of ["resetAndDestroy", "end"] as const) {
      const closing = await rawTarget((socket, { onConnection }) => {
        if (onConnection === 1) socket.write(answerText("ok"));
        else socket[end]();
      });
      const from = caller([closing.host]);
      for (const _ of [1, 2, 3]) expect(await send(from, closing.url, { body: "{}" })).toMatchObject({ status: 200 });
      expect(closing.received).toHaveLength(3);
    }
  });

  it("that the target closes with 408 as the next call goes out does not cost that call its answer either", async () => {
    const idle = "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    const strict = await rawTarget((socket, { onConnection }) => {
      if (onConnection === 1) socket.write(answerText("ok"));
      else socket.end(idle);
    });
    const from = caller([strict.host]);
    for (const _ of [1, 2]) expect(await send(from, strict.url)).toMatchObject({ status: 200 });
    expect(strict.received).toHaveLength(2);

    const slow = await rawTarget((socket) => socket.end(idle));
    expect(await send(caller([slow.host]), slow.url)).toMatchObject({ kind: "response", status: 408 });
    expect(slow.received).toHaveLength(1);
  });

  it("does not cause a repeat of a call that was partly answered, or sent on a new connection", async () => {
    const cut = await rawTarget((socket, { onConnection }) => {
      if (onConnection === 1) socket.write(answerText("ok"));
      else socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart");
    });
    const from = caller([cut.host]);
    await answerOf(from, cut.url);
    expect(await send(from, cut.url)).toMatchObject({ kind: "failure", code: "network" });
    expect(cut.received).toHaveLength(1);

    const silent = await rawTarget((socket) => socket.end());
    expect(await send(caller([silent.host]), silent.url)).toMatchObject({
      kind: "failure",
      code: "network",
      message: "The target closed the connection without an answer",
    });
    expect(silent.received).toHaveLength(1);
  });

  it("is not used by a call that may not be repeated; the one it opens is kept for others", async () => {
    const counting = await rawTarget((socket) => socket.write(answerText("ok")));
    const from = caller([counting.host], { connectionsPerOrigin: 1 });
    await answerOf(from, counting.url);
    await answerOf(from, counting.url, { needsFreshConnection: true });
    await answerOf(from, counting.url, { needsFreshConnection: true });
    expect(counting.received).toHaveLength(3);
    await answerOf(from, counting.url);
    expect(counting.received).toHaveLength(3);
  });

  it.each([
    ["two answers at once", answerText("first") + answerText("evil")],
    ["a body longer than its length", `${answerText("first")}evil`],
    ["bytes behind the last chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\nevil"],
    ["a body behind 204", `HTTP/1.1 204 No Content\r\n\r\n${answerText("evil")}`],
    ["a body behind 304", `HTTP/1.1 304 Not Modified\r\ncontent-length: 4\r\n\r\n${answerText("evil")}`],
  ])("is thrown away after %s, and the next call gets its own answer", async (_name, first) => {
    const smuggling = await rawTarget((socket, { count }) => socket.write(count === 1 ? first : answerText("second")));
    const from = caller([smuggling.host]);
    expect(["first", ""]).toContain((await answerOf(from, smuggling.url)).body);
    expect((await answerOf(from, smuggling.url)).body).toBe("second");
    expect(smuggling.received).toHaveLength(2);
  });

  it("is discarded if something arrives while it is idle, and for a while none is kept to that origin", async () => {
    let closed = 0;
    const talkative = await rawTarget(
      (socket, { count }) => {
        socket.write(answerText(String(count)));
        if (count === 1) setImmediate(() => socket.write(answerText("evil")));
      },
      (socket) => socket.on("close", () => closed++),
    );
    const from = caller([talkative.host]);
    expect((await answerOf(from, talkative.url)).body).toBe("1");
    await until("the connection is closed", () => closed === 1);
    for (const count of [2, 3]) expect((await answerOf(from, talkative.url)).body).toBe(String(count));
    expect(talkative.received).toHaveLength(3);
  });

  it("does not give a call what was said about the call before it", async () => {
    const shifted = [
      // The second answer to the first request is read together with the answer to the second, or instead of it.
      (socket: Socket) => socket.write(answerText("evil") + answerText("own")),
      (socket: Socket) => socket.write("the rest of a body that was longer than its length"),
      (socket: Socket) => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
    ];
    for (const answerSecond of shifted) {
      const twofold = await rawTarget((socket, { onConnection }) => {
        if (onConnection === 1) socket.write(answerText("own"));
        else answerSecond(socket);
      });
      const from = caller([twofold.host]);
      for (const _ of [1, 2]) expect(await answerOf(from, twofold.url)).toMatchObject({ status: 200, body: "own" });
      expect(twofold.received).toHaveLength(2);
    }
    const refusing = await rawTarget((socket) => socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
    expect(await answerOf(caller([refusing.host]), refusing.url)).toMatchObject({ status: 400 });
    expect(refusing.received).toHaveLength(1);
  });

  it("rests long enough for a second answer on its way to be seen, also when calls wait for it", async () => {
    const talkative = await rawTarget((socket, { count }) => {
      socket.write(answerText(String(count)));
      // Written after the caller has read the answer, just before it would write the next request.
      if (count === 1) afterTurns(2, () => socket.write(answerText("evil")));
    });
    const from = caller([talkative.host], { connectionsPerOrigin: 1 });
    const outcomes = [1, 2, 3].map(() => answerOf(from, talkative.url));
    expect((await Promise.all(outcomes)).map(({ body }) => body)).toEqual(["1", "2", "3"]);
    expect(talkative.received).toHaveLength(3);
  });

  it("is not believed while its target is known to answer twice, and its call is repeated", async () => {
    const sockets: Socket[] = [];
    const twofold = await rawTarget(
      (socket, { count }) => {
        if (count !== 3) {
          socket.write(answerText(String(count)));
          return;
        }
        const other = sockets.find((each) => each !== socket);
        other?.on("close", () => socket.write(answerText("evil")));
        other?.write(answerText("evil"));
      },
      (socket) => sockets.push(socket),
    );
    const from = caller([twofold.host]);
    await Promise.all([1, 2].map(() => answerOf(from, twofold.url)));
    expect((await answerOf(from, twofold.url)).body).toBe("4");
    expect(twofold.received).toHaveLength(3);
  });

  it("is not believed if the answer is there before the target has the whole request", async () => {
    const early = await rawTarget(
      (socket) => socket.write(answerText("own")),
      (socket) => {
        socket.on("data", (chunk) => {
          if (!chunk.includes("content-length: 8000000")) return;
          socket.pause();
          socket.write(answerText("early"));
        });
      },
    );
    const from = caller([early.host]);
    const body = "x".repeat(8_000_000);
    await answerOf(from, early.url);
    // It may well refuse a body that it has not read; on a connection of its own the answer can be for nothing else.
    expect((await answerOf(from, early.url, { body })).body).toBe("early");
    expect(early.received).toHaveLength(2);
  });

  it("knows that nothing comes back sooner than a handshake took", async () => {
    const near = await rawTarget((socket) => socket.write(answerText("ok")));
    const route: Route = { url: new URL(near.url), lookup, handshakeMs: Infinity };
    const connection = new Connection(route, () => undefined);
    const startedMs = performance.now();
    const answered = (): Promise<boolean> =>
      new Promise((resolve, reject) => {
        connection.dispatch(
          { path: "/", method: "GET" },
          {
            onRequestStart: () => connection.noteRequest(),
            onResponseStart: () => resolve(connection.isTooSoon),
            onResponseData: () => undefined,
            onResponseEnd: () => undefined,
            onResponseError: (_controller, error) => reject(error),
          },
        );
      });
    expect(await answered()).toBe(false);
    expect(route.handshakeMs).toBeLessThan(performance.now() - startedMs);
    route.handshakeMs = 60_000;
    expect(await answered()).toBe(true);
    await connection.destroy();
  });

  it("is not reused before the target has taken the whole request", async () => {
    const hasty = await rawTarget(
      () => undefined,
      (socket) => {
        socket.once("data", () => {
          socket.pause();
          socket.write(answerText("no"));
        });
      },
    );
    const from = caller([hasty.host]);
    for (const _ of [1, 2]) expect((await answerOf(from, hasty.url, { body: "x".repeat(8_000_000) })).body).toBe("no");
    expect(hasty.received).toHaveLength(2);
  });

  it("serves calls that wait in line one after another", async () => {
    const one = await rawTarget((socket, { count }) => setImmediate(() => socket.write(answerText(String(count)))));
    const from = caller([one.host], { connectionsPerOrigin: 1 });
    const outcomes = Array.from({ length: 20 }, () => answerOf(from, one.url));
    expect(from.queued).toBe(19);
    expect((await Promise.all(outcomes)).map(({ body }) => body)).toEqual(outcomes.map((_, at) => String(at + 1)));
    expect(one.received).toHaveLength(1);
    expect([from.queued, from.inFlight]).toEqual([0, 0]);
  });

  it("goes to the next in line when its call or a waiting one is abandoned", async () => {
    const slow = await rawTarget((socket, { count }) => {
      if (count > 1) socket.write(answerText("ok"));
    });
    const from = caller([slow.host], { connectionsPerOrigin: 1 });
    const request = { method: "GET", url: slow.url, headers: {}, responseBytesMax: 10 };
    const abandonFirst = from.call(request, 5_000, () => undefined);
    const abandonSecond = from.call(request, 5_000, () => undefined);
    const third = answerOf(from, slow.url);
    await until("the first is at its target", () => slow.received.length === 1 && slow.received[0] !== "");
    abandonSecond();
    abandonFirst();
    expect((await third).body).toBe("ok");
    expect(from.inFlight).toBe(0);
  });
});

describe("a call that certainly was not sent", () => {
  it("is reported: a refused connection, an unknown name, a forbidden address, a header that cannot be sent", async () => {
    const from = caller(["127.0.0.1"]);
    const port = await freePort();
    expect(await send(from, `http://127.0.0.1:${port}/`)).toMatchObject({ code: "network", notSent: true });
    expect(await send(from, "http://nowhere.invalid/")).toMatchObject({ code: "network", notSent: true });
    expect(await send(from, "http://127.0.0.2/")).toMatchObject({ code: "forbidden_target", notSent: true });
    expect(await send(from, `http://127.0.0.1:${port}/`, { headers: { "x-bad": "a\nb" } })).toMatchObject({
      notSent: true,
    });
  });

  it("is reported: a TLS handshake that fails, or does not end before the deadline", async () => {
    const plain = createServer((socket) =>
      socket.on("error", () => undefined).once("data", () => socket.end("HTTP/1.1 400 x\r\n\r\n")),
    );
    const from = caller(["127.0.0.1"]);
    const wrongProtocol = await send(from, `https://127.0.0.1:${await listen(plain)}/`);
    expect(wrongProtocol).toMatchObject({
      code: "tls",
      message:
        "ERR_SSL_WRONG_VERSION_NUMBER: wrong version number; the target may not use TLS, in which case the URL must start with http:",
      notSent: true,
    });

    const unknownIssuer = createHttpsServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, (_request, response) =>
      response.end(),
    );
    const distrusted = await send(from, `https://127.0.0.1:${await listen(unknownIssuer)}/`);
    expect(distrusted).toMatchObject({
      code: "tls",
      message:
        "DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate; to trust it, name its issuer's certificate in tls.ca, or in MESHHOOK_EXTRA_CA_FILE",
      notSent: true,
    });

    const hanging = createServer((socket) => socket.on("error", () => undefined));
    const url = `https://127.0.0.1:${await listen(hanging)}/`;
    for (const needsFreshConnection of [undefined, true] as const) {
      const outcome = await send(from, url, { timeoutMs: 200, ...(needsFreshConnection && { needsFreshConnection }) });
      expect(outcome).toMatchObject({ code: "timeout", notSent: true });
      expect(outcome.durationUs).toBeLessThan(5_000_000);
    }
  });

  it("is not reported once the request was handed to a connection: no answer, a reset, a truncated answer", async () => {
    const silent = await rawTarget(() => undefined);
    const resetting = await rawTarget((socket) => socket.resetAndDestroy());
    const cut = await rawTarget((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart"));
    const from = caller(["127.0.0.0/8"]);
    for (const { url } of [silent, resetting, cut]) {
      const outcome = await send(from, url, { timeoutMs: 1_000, needsFreshConnection: true });
      expect(outcome.kind).toBe("failure");
      expect(outcome).not.toHaveProperty("notSent");
    }
  });
});

describe("TLS", () => {
  const trusted = getCACertificates("default");
  afterEach(() => setDefaultCACertificates(trusted));

  async function secureTarget(): Promise<{ readonly port: number; readonly connections: () => number }> {
    setDefaultCACertificates([...trusted, CERTIFICATE]);
    let connections = 0;
    const server = createHttpsServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, (_request, response) =>
      response.end("ok"),
    );
    server.on("secureConnection", () => connections++);
    return { port: await listen(server), connections: () => connections };
  }

  it("carries calls to a name and to an address, and keeps its connections like others", async () => {
    const secure = await secureTarget();
    const from = caller(["127.0.0.1", "localhost"]);
    for (const host of ["127.0.0.1", "localhost"]) {
      for (const _ of [1, 2]) {
        expect((await answerOf(from, `https://${host}:${secure.port}/`, { body: "{}" })).body).toBe("ok");
      }
    }
    expect(secure.connections()).toBe(2);
    expect((await answerOf(from, `https://localhost:${secure.port}/`, { needsFreshConnection: true })).body).toBe("ok");
    expect(secure.connections()).toBe(3);
  });

  it("carries calls to a target that supports only HTTP/2", async () => {
    setDefaultCACertificates([...trusted, CERTIFICATE]);
    const modern = createHttp2Server({ key: PRIVATE_KEY, cert: CERTIFICATE });
    const bodies: string[] = [];
    let connections = 0;
    modern.on("secureConnection", () => connections++);
    modern.on("stream", (stream, headers) => {
      let body = "";
      stream.on("data", (chunk: Buffer) => (body += chunk.toString()));
      stream.on("end", () => {
        bodies.push(`${headers[":method"]} ${body}`);
        if (headers[":path"] === "/lost") return stream.session?.destroy();
        stream.respond({ ":status": 201, "content-type": "application/json" });
        stream.end('{"a":1}');
      });
    });
    const url = `https://localhost:${await listen(modern)}/`;
    const from = caller(["localhost"]);
    for (const _ of [1, 2])
      expect(await answerOf(from, url, { body: "{}" })).toMatchObject({ status: 201, body: { a: 1 } });
    expect(connections).toBe(1);
    await answerOf(from, url, { body: "{}", needsFreshConnection: true });
    expect(connections).toBe(2);
    expect(bodies).toEqual(["POST {}", "POST {}", "POST {}"]);
    const lost = await send(from, `${url}lost`, { needsFreshConnection: true });
    expect(lost).toMatchObject({ kind: "failure", code: "network" });
    expect(lost).not.toHaveProperty("notSent");
    expect(bodies).toHaveLength(4);
  });

  it("does not carry a call to a name that is not in the certificate", async () => {
    const secure = await secureTarget();
    const outcome = await send(caller(["127.0.0.0/8"]), `https://127.0.0.2:${secure.port}/`);
    // 127.0.0.2 may not be there at all on some systems; where it is, the certificate is for another address.
    expect(outcome).toMatchObject({ kind: "failure", notSent: true });
    expect(secure.connections()).toBe(0);
  });

  it("is not left for plain HTTP by a redirect, but the other direction works", async () => {
    setDefaultCACertificates([...trusted, CERTIFICATE]);
    const down = createHttpsServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, (request, response) => {
      response.writeHead(request.url === "/" ? 307 : 200, { location: "http://127.0.0.1:9/" });
      response.end("ok");
    });
    const port = await listen(down);
    const up = await rawTarget((socket) =>
      socket.write(answerText("", { location: `https://127.0.0.1:${port}/there` }, "308 Permanent Redirect")),
    );
    const redirects = { statuses: [307, 308], max: 3 };
    const from = caller(["127.0.0.1"]);
    expect(await send(from, `https://127.0.0.1:${port}/`, { redirects })).toMatchObject({
      code: "redirect_failed",
      message: "A redirect leads from https to http://127.0.0.1:9, where anybody on the way could read the request",
    });
    expect((await answerOf(from, up.url, { redirects })).body).toBe("ok");
  });
});

describe("a name with several addresses", () => {
  it("is reached at the one that answers", async () => {
    // On most systems `localhost` also has ::1, where nothing listens.
    const here = await rawTarget((socket) => socket.write(answerText("ok")));
    const url = here.url.replace("127.0.0.1", "localhost");
    expect((await answerOf(caller(["localhost"]), url)).body).toBe("ok");
  });
});

describe("an answer that breaks the rules", () => {
  const MESSY: readonly (readonly [string, string | Buffer])[] = [
    [
      "a length beside chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok!"],
    ["a negative length", "HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nok"],
    ["an endless length", "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999999\r\n\r\nok"],
    ["a control character in a header", "HTTP/1.1 200 OK\r\nx: \u0001\r\ncontent-length: 2\r\n\r\nok"],
    ["a zero in a header", "HTTP/1.1 200 OK\r\nx: \0\r\ncontent-length: 2\r\n\r\nok"],
    ["a space before a colon", "HTTP/1.1 200 OK\r\nx : 1\r\ncontent-length: 2\r\n\r\nok"],
    ["lines that end with LF alone", "HTTP/1.1 200 OK\ncontent-length: 2\n\nok"],
    ["headers of 70 kB", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(70_000)}\r\ncontent-length: 2\r\n\r\nok`],
    ["headers without end", `HTTP/1.1 200 OK\r\n${"x: 1\r\n".repeat(40_000)}`],
    ["another protocol", "SSH-2.0-OpenSSH_9.9\r\n"],
    ["a status below 100", "HTTP/1.1 042 Odd\r\ncontent-length: 2\r\n\r\nok"],
    ["a chunk size that is not one", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n"],
  ];
  it.each(MESSY)("fails the call and nothing else: %s", async (_name, text) => {
    const messy = await rawTarget((socket) => socket.write(text));
    const outcome = await send(caller([messy.host]), messy.url);
    expect(outcome).toMatchObject({ kind: "failure", code: "network" });
    expect(outcome.kind === "failure" && outcome.message).toMatch(/^[A-Z].{10,}/);
  });

  it.each([
    ["HTTP/1.0, ended by its connection", "HTTP/1.0 200 OK\r\n\r\nok"],
    ["HTTP/1.1, ended by its connection", "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok"],
    ["no reason", "HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok"],
    [
      "bytes beyond ASCII in a header",
      Buffer.from("HTTP/1.1 200 OK\r\nx-who: M\xfcller\r\ncontent-length: 2\r\n\r\nok", "latin1"),
    ],
    [
      "chunks with extensions and trailers",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nx: y\r\n\r\n",
    ],
    ["a status nobody knows", "HTTP/1.1 799 Odd\r\ncontent-length: 2\r\n\r\nok"],
  ])("is read where its meaning is certain: %s", async (_name, text) => {
    const odd = await rawTarget((socket) => socket.end(text));
    expect(await send(caller([odd.host]), odd.url)).toMatchObject({ kind: "response", body: "ok" });
  });

  it.each([
    ["its length", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart"],
    [
      "its length, on the last answer of a connection",
      "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 9\r\n\r\npart",
    ],
    ["its last chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n"],
  ])("fails the call when the connection ends before %s", async (_name, text) => {
    const cut = await rawTarget((socket) => socket.end(text));
    expect(await send(caller([cut.host]), cut.url)).toMatchObject({ kind: "failure", code: "network" });
  });

  it("fails the call if the connection whose end marks the end of the answer breaks instead", async () => {
    const broken = await rawTarget((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\npart", () => {
        afterTurns(10, () => socket.resetAndDestroy());
      });
    });
    expect(await send(caller([broken.host]), broken.url)).toMatchObject({
      kind: "failure",
      code: "network",
      message: "The connection broke in the middle of the answer",
    });
  });

  it("is assembled from any number of pieces", async () => {
    const pieces = await rawTarget((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n");
      socket.end(`${"1\r\nx\r\n".repeat(200_000)}0\r\n\r\n`);
    });
    expect((await answerOf(caller([pieces.host]), pieces.url)).body).toBe("x".repeat(200_000));
  });
});

/** Turns of the event loop, in each of which the caller reads what has arrived. */
function afterTurns(turns: number, act: () => void): void {
  setImmediate(() => {
    if (turns > 1) afterTurns(turns - 1, act);
    else act();
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
