import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";

/** What a broadcast request contains, message by message. */
export interface BroadcastMessage {
  readonly topic: string;
  readonly event: string;
  readonly private?: boolean;
  readonly payload: unknown;
}

/** Texts and sizes as Supabase Realtime has them: https://supabase.com/docs/guides/realtime/protocol and /broadcast. */
const PAYLOAD_BYTES_MAX = 256 * 1_024;
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Supabase Realtime, as far as broadcasts to private channels go: the HTTP endpoint that takes them, and the Phoenix protocol (version 2.0.0)
 * over a WebSocket that gives them to subscribers.
 */
export class RealtimeServer {
  /** All that was accepted, in order. */
  readonly received: BroadcastMessage[] = [];
  /** How requests are answered: with 202, with an error, or not at all. */
  mode: "accept" | "refuse" | "hang" = "accept";
  requests = 0;
  readonly #http: Server;
  readonly #key: string;
  readonly #mayJoin: (topic: string, token: string) => boolean;
  readonly #joined = new Map<Socket, Set<string>>();
  readonly #hanging = new Set<ServerResponse>();

  /** `mayJoin`: what the policies on realtime.messages say. */
  constructor(key: string, mayJoin: (topic: string, token: string) => boolean) {
    this.#key = key;
    this.#mayJoin = mayJoin;
    this.#http = createServer((request, response) => void this.#take(request, response));
    this.#http.on("upgrade", (request, socket: Socket) => this.#open(request, socket));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(0, "127.0.0.1", resolve));
    const address = this.#http.address();
    if (address === null || typeof address === "string") throw new Error("The server has no port");
    return `http://127.0.0.1:${address.port}/realtime/v1`;
  }

  async close(): Promise<void> {
    for (const response of this.#hanging) response.destroy();
    for (const socket of this.#joined.keys()) socket.destroy();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const body = await text(request);
    if (this.mode === "hang") return void this.#hanging.add(response);
    if (this.mode === "refuse") return void response.writeHead(503).end("{}");
    const { authorization, apikey } = request.headers;
    if (request.method !== "POST" || request.url !== "/realtime/v1/api/broadcast")
      return void response.writeHead(404).end();
    if (apikey !== this.#key || authorization !== `Bearer ${this.#key}`) return void response.writeHead(401).end();
    const { messages } = JSON.parse(body) as { readonly messages: readonly BroadcastMessage[] };
    for (const { topic, event, payload } of messages)
      if (typeof topic !== "string" || typeof event !== "string" || JSON.stringify(payload).length > PAYLOAD_BYTES_MAX)
        return void response.writeHead(422).end();
    response.writeHead(202).end();
    for (const message of messages) {
      this.received.push(message);
      const topic = `realtime:${message.topic}`;
      const sent = { type: "broadcast", event: message.event, payload: message.payload, meta: { id: "0" } };
      for (const [socket, topics] of this.#joined)
        if (topics.has(`${topic} ${message.private === true}`)) send(socket, [null, null, topic, "broadcast", sent]);
    }
  }

  #open(request: IncomingMessage, socket: Socket): void {
    const accept = createHash("sha1")
      .update(`${request.headers["sec-websocket-key"] ?? ""}${GUID}`)
      .digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    this.#joined.set(socket, new Set());
    let rest = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let frame = frameOf(rest); frame !== null; frame = frameOf(rest)) {
        rest = rest.subarray(frame.length);
        if (frame.opcode === 8) socket.end();
        if (frame.opcode === 1) this.#hear(socket, frame.text);
      }
    });
    socket.on("error", () => undefined);
    socket.on("close", () => this.#joined.delete(socket));
  }

  #hear(socket: Socket, message: string): void {
    const [joinRef, ref, topic, event, payload] = JSON.parse(message) as [string, string, string, string, JoinPayload];
    const reply = (status: string, response: object): void =>
      send(socket, [joinRef, ref, topic, "phx_reply", { status, response }]);
    if (event === "heartbeat" || event === "access_token") return reply("ok", {});
    if (event === "phx_leave") {
      for (const each of [true, false]) this.#joined.get(socket)?.delete(`${topic} ${each}`);
      return reply("ok", {});
    }
    if (event !== "phx_join") return reply("error", { reason: `unmatched event ${event}` });
    const isPrivate = payload.config.private === true;
    if (isPrivate && !this.#mayJoin(topic.replace(/^realtime:/, ""), payload.access_token ?? ""))
      return reply("error", { reason: "Unauthorized: You do not have permissions to read from this Channel topic" });
    this.#joined.get(socket)?.add(`${topic} ${isPrivate}`);
    reply("ok", { postgres_changes: [] });
  }
}

interface JoinPayload {
  readonly config: { readonly private?: boolean };
  readonly access_token?: string;
}

/** RFC 6455, section 5.2: frames of a client are masked; one of ours is not. */
function send(socket: Socket, message: readonly unknown[]): void {
  const body = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65_536 ? 4 : 10);
  head[0] = 0x81;
  if (head.length === 2) head[1] = body.length;
  else if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(body.length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(body.length), 2);
  }
  socket.write(Buffer.concat([head, body]));
}

function frameOf(bytes: Buffer): { readonly opcode: number; readonly text: string; readonly length: number } | null {
  if (bytes.length < 2) return null;
  const short = (bytes[1] ?? 0) & 127;
  const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = 2 + wide + 4;
  if (bytes.length < start) return null;
  const size = wide === 0 ? short : wide === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + size) return null;
  const mask = bytes.subarray(start - 4, start);
  const body = bytes.subarray(start, start + size).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return { opcode: (bytes[0] ?? 0) & 15, text: Buffer.from(body).toString(), length: start + size };
}
