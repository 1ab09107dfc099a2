/** The proxy's process: passes connections on and does to them what its toxics ask for. Started by `proxy.ts`. */
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { seededRandom } from "../../stats/seeded-random.ts";
import { Parent } from "../child/parent.ts";
import { Link } from "./link.ts";
import { Tally } from "./pipe.ts";
import type { ProxyCommand, ProxyMessage, Upstream } from "./protocol.ts";
import type { ActiveToxic } from "./toxic.ts";

const HOST = "127.0.0.1";
const BACKLOG = 4_096;
/**
 * Below the ports that systems choose for outgoing connections: while the link is cut, nobody listens on the proxy's port, and no
 * connection may be given it.
 */
const PORTS = { first: 20_000, count: 10_000 };
const PORT_ATTEMPTS_MAX = 50;

const tally = new Tally();
const links = new Set<Link>();
let toxics: readonly ActiveToxic[] = [];
let upstream: Upstream | null = null;
let port = 0;
let server: Server | null = null;
let random = Math.random;
let connectionsTotal = 0;

function accept(client: Socket): void {
  if (upstream === null || isDown()) {
    // It was in the queue of the listening socket when the link was cut.
    client.on("error", () => undefined);
    client.resetAndDestroy();
    return;
  }
  connectionsTotal += 1;
  // Each direction ends by itself, as the sockets' owners end it.
  const toServer = connect({ ...upstream, noDelay: true, allowHalfOpen: true });
  const link = new Link({ client, server: toServer, tally, random, onClosed: () => links.delete(link) });
  links.add(link);
  link.setToxics(toxics);
}

function listen(onPort: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const listening = createServer({ noDelay: true, allowHalfOpen: true }, accept);
    listening.once("error", reject);
    listening.listen(onPort, HOST, BACKLOG, () => resolve(listening));
  });
}

async function listenSomewhere(): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    try {
      server = await listen(port);
      return;
    } catch (error) {
      if (attempt === PORT_ATTEMPTS_MAX) throw error;
    }
  }
}

function isDown(): boolean {
  return toxics.some(({ toxic }) => toxic.kind === "down");
}

/** Brings the listening socket and every connection in line with the toxics. */
async function settle(): Promise<void> {
  if (isDown()) {
    server?.close();
    server = null;
    for (const link of [...links]) link.reset();
  }
  for (const link of [...links]) link.setToxics(toxics);
  if (!isDown() && server === null) server = await listen(port);
}

async function handle(command: ProxyCommand): Promise<void> {
  switch (command.kind) {
    case "listen":
      upstream = command.upstream;
      random = seededRandom(command.seed);
      await listenSomewhere();
      parent.send({ kind: "listening", port });
      break;
    case "add":
    case "remove":
      toxics =
        command.kind === "add"
          ? [...toxics, { id: command.id, toxic: command.toxic }]
          : toxics.filter(({ id }) => id !== command.id);
      await settle().then(
        () => parent.send({ kind: "changed", problem: null }),
        (error: unknown) => parent.send({ kind: "changed", problem: String(error) }),
      );
      break;
    case "report":
      parent.send({
        kind: "reported",
        connectionsOpen: links.size,
        connectionsTotal,
        bytesUpstream: tally.passed.upstream,
        bytesDownstream: tally.passed.downstream,
        bytesLost: tally.lost,
        bytesHeld: [...links].reduce((sum, link) => sum + link.heldBytes, 0),
      });
      break;
  }
}

const parent = new Parent<ProxyCommand, ProxyMessage>((command) => void handle(command));
parent.send({ kind: "ready" });
