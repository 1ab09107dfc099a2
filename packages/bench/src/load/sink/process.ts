/** The sink's process: answers every call and remembers it. Started by `sink.ts`. */
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { unixUs } from "../../measure/clock.ts";
import { Parent } from "../child/parent.ts";
import { MessageReader } from "../http/message-reader.ts";
import { perform } from "./perform.ts";
import type { SinkCommand, SinkMessage } from "./protocol.ts";
import { callOf, drawBehaviour, onlyBehaviour, steadyTarget } from "./target.ts";
import type { Drawn } from "./target.ts";

const KEY = /\r\nidempotency-key: *([^\r\n]+)/i;
const RUN = /^[A-Z]+ [^ ?]*\?run=([0-9a-f-]{36})/;

const TICK_MS = 20;

let plan = steadyTarget(0);
/** What every call meets, where nothing is drawn: then calls need not be told apart. */
let only = onlyBehaviour(plan);
/** How often each call came so far. */
let attempts = new Map<string, number>();
let effects: string[] = [];
/** Every body that was seen, once: calls of a scenario repeat a few dozen of them. */
let bodies: string[] = [];
let bodyIds = new Map<string, number>();
/** What each answer took beyond the delay it was told, and how late a timer of the sink's own was: what a slow target adds by itself. */
let extraMs: number[] = [];
let connections = 0;
let connectionsOpened = 0;
let connectionsAtOnce = 0;

/** A scenario knows its bodies; beyond this many different ones, the rest is one. */
const BODIES_MAX = 10_000;

function bodyId(body: Buffer): number {
  const text = body.toString("utf8");
  let id = bodyIds.get(text);
  if (id === undefined) {
    if (bodies.length >= BODIES_MAX) return -1;
    id = bodies.push(text) - 1;
    bodyIds.set(text, id);
  }
  return id;
}

function p99Of(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(0.99 * values.length) - 1)] ?? 0;
}

function draw(call: string): Drawn {
  const attempt = (attempts.get(call) ?? 0) + 1;
  attempts.set(call, attempt);
  return drawBehaviour(plan, call, attempt);
}

let tickDueMs = performance.now() + TICK_MS;
setInterval(() => {
  extraMs.push(Math.max(0, performance.now() - tickDueMs));
  tickDueMs = performance.now() + TICK_MS;
}, TICK_MS);

const server = createServer({ noDelay: true }, (socket) => {
  connections += 1;
  connectionsOpened += 1;
  connectionsAtOnce = Math.max(connectionsAtOnce, connections);
  socket.on("close", () => (connections -= 1));
  const reader = new MessageReader((head, body) => {
    const [runId, key] = [RUN.exec(head)?.[1] ?? "", KEY.exec(head)?.[1] ?? ""];
    const drawn = only ?? draw(callOf(runId, key, effects.length));
    effects.push(`${runId}\t${key}\t${String(Math.round(unixUs()))}\t${String(bodyId(body))}\t${String(drawn.index)}`);
    const arrivedMs = performance.now();
    perform(socket, drawn, () => extraMs.push(performance.now() - arrivedMs - drawn.delayMs));
  });
  socket.on("data", (chunk: Buffer) => reader.push(chunk));
  socket.on("error", () => socket.destroy());
});

const parent = new Parent<SinkCommand, SinkMessage>((command) => {
  if (command.kind === "listen") {
    server.listen(0, "127.0.0.1", 1_024, () => {
      parent.send({ kind: "listening", port: (server.address() as AddressInfo).port });
    });
  } else if (command.kind === "reset") {
    plan = command.plan;
    only = onlyBehaviour(plan);
    attempts = new Map();
    effects = [];
    bodies = [];
    bodyIds = new Map();
    extraMs = [];
    connectionsOpened = connections;
    connectionsAtOnce = connections;
    parent.send({ kind: "resetDone" });
  } else {
    writeFileSync(command.path, effects.join("\n"));
    parent.send({
      kind: "reported",
      effects: effects.length,
      bodies,
      reopened: connectionsOpened - connectionsAtOnce,
      extraMsP99: p99Of(extraMs),
    });
  }
});
parent.send({ kind: "ready" });
