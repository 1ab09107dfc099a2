import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "@meshhook/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Sink } from "./sink.ts";
import { statusOf } from "./target.ts";
import type { TargetBehaviour } from "./target.ts";

let sink: Sink;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "meshhook-sink-"));
  sink = await Sink.start();
});

afterAll(async () => {
  await sink.stop();
  await rm(directory, { recursive: true });
});

/** From now on every call meets this. */
function only(behaviour: TargetBehaviour): Promise<void> {
  return sink.reset({ seed: 1, attempts: [[{ share: 1, ...behaviour }]] });
}

interface Answer {
  readonly status: number;
  readonly headers: { readonly [name: string]: unknown };
  readonly body: Buffer;
  /** In how many pieces the body came. */
  readonly pieces: number;
}

/** Calls as MeshHook does, with a run and a key; resolves with a complete answer, rejects with what was wrong. */
function call(
  options: { readonly key?: string; readonly agent?: Agent; readonly signal?: AbortSignal } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        port: sink.port,
        method: "POST",
        path: "/effect?run=01890000-0000-7000-8000-000000000001",
        headers: { "idempotency-key": options.key ?? "k" },
        ...(options.agent === undefined ? {} : { agent: options.agent }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (answer) => {
        const pieces: Buffer[] = [];
        answer.on("data", (piece: Buffer) => pieces.push(piece));
        answer.on("error", reject);
        answer.on("end", () => {
          const { statusCode: status = 0, headers } = answer;
          resolve({ status, headers, body: Buffer.concat(pieces), pieces: pieces.length });
        });
      },
    );
    outgoing.on("error", reject).end("{}");
  });
}

test("statuses are answered as drawn, with a retry-after where one is set", async () => {
  await only({ kind: "answer", status: 429, retryAfter: 7 });
  expect(await call()).toMatchObject({ status: 429, headers: { "retry-after": "7" } });
  await only({ kind: "answer", status: 503 });
  expect((await call()).status).toBe(503);
});

test("attempts of one call meet one mix after the other, and the report says what each met", async () => {
  const unavailable = { kind: "answer", status: 503 } as const;
  const fine = { kind: "answer", status: 200 } as const;
  await sink.reset({
    seed: 1,
    attempts: [[{ share: 1, ...unavailable }], [{ share: 1, ...unavailable }], [{ share: 1, ...fine }]],
  });
  const statuses = [];
  for (const key of ["a", "a", "b", "a", "a", "b"]) statuses.push((await call({ key })).status);
  expect(statuses).toEqual([503, 503, 503, 200, 200, 503]);
  const { effects } = await sink.report(join(directory, "effects.tsv"));
  expect(effects.map(({ key, attempt, behaviour }) => [key, attempt, statusOf(behaviour)])).toEqual([
    ["a", 1, 503],
    ["a", 2, 503],
    ["b", 1, 503],
    ["a", 3, 200],
    ["a", 4, 200],
    ["b", 2, 503],
  ]);
});

test("a hang answers nothing and keeps the connection", async () => {
  await only({ kind: "hang" });
  const giveUp = new AbortController();
  let isSettled = false;
  const waiting = call({ signal: giveUp.signal }).finally(() => (isSettled = true));
  await waitFor(
    "the call to arrive",
    async () => (await sink.report(join(directory, "effects.tsv"))).effects.length === 1,
  );
  expect(isSettled).toBe(false);
  giveUp.abort();
  await expect(waiting).rejects.toThrow("abort");
});

test("a drip brings its whole answer, byte by byte", async () => {
  await only({ kind: "drip", status: 200, bytes: 12, every: 5 });
  const answer = await call();
  expect(JSON.parse(answer.body.toString())).toBe("xxxxxxxxxx");
  expect(answer.pieces).toBeGreaterThan(3);
});

test.for(["length", "chunked"] as const)("a huge body is valid JSON of exactly its size: %s", async (framing) => {
  await only({ kind: "huge", bytes: 5_000_000, framing });
  const { status, headers, body } = await call();
  expect([status, body.length, headers["content-length"]]).toEqual([
    200,
    5_000_000,
    framing === "length" ? "5000000" : undefined,
  ]);
  expect(JSON.parse(body.toString())).toBe("x".repeat(4_999_998));
});

test.for([
  ["not-http", "Parse Error"],
  ["short-body", "aborted"],
  ["bad-chunk", "Parse Error"],
  ["two-lengths", "Parse Error"],
  ["endless-head", "Header overflow"],
  ["closed-at-once", "socket hang up"],
] as const)("broken HTTP is refused by a strict client: %s", async ([how, message]) => {
  await only({ kind: "broken", how });
  await expect(call()).rejects.toThrow(message);
});

test("a body that is not the JSON it claims to be comes in a complete answer", async () => {
  await only({ kind: "broken", how: "bad-json" });
  const { status, body } = await call();
  expect(status).toBe(200);
  expect(() => JSON.parse(body.toString())).toThrow(SyntaxError);
});

test.for(["at-once", "in-head", "in-body"] as const)("a reset reaches the caller as a reset: %s", async (when) => {
  await only({ kind: "reset", when });
  await expect(call()).rejects.toMatchObject({ code: "ECONNRESET" });
});

test("a stale connection answers, promises to stay, and closes", async () => {
  await only({ kind: "stale", after: 0 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const answer = await call({ agent });
    expect(answer.status).toBe(200);
    expect(answer.headers["connection"]).toBeUndefined();
    await waitFor(
      "the close",
      () => Object.keys(agent.freeSockets).length === 0 && Object.keys(agent.sockets).length === 0,
    );
  } finally {
    agent.destroy();
  }
});

test("a call on a connection that is closed already is not taken", async () => {
  await only({ kind: "stale", after: 0 });
  const socket = connect({ port: sink.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  const post = "POST /effect?run= HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}";
  socket.write(post);
  socket.resume();
  await once(socket, "end");
  // The first is refused by the kernel, and the next finds that out.
  await waitFor("the refusal", () => {
    socket.write(post);
    return socket.destroyed;
  });
  expect((await sink.report(join(directory, "effects.tsv"))).effects).toHaveLength(1);
});

test("a plan that cannot be is refused, and the one before stays", async () => {
  await only({ kind: "answer", status: 201 });
  await expect(sink.reset({ seed: 1, attempts: [] })).rejects.toThrow("needs a mix");
  expect((await call()).status).toBe(201);
});
