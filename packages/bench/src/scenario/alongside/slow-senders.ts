import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Payload } from "../../load/generator/protocol.ts";

/** What became of webhooks whose bodies came in piece by piece. */
export interface SlowSendersReport {
  /** Those that ended, one way or the other. */
  readonly ended: number;
  readonly accepted: number;
  /** Told that it takes too long (408), or shed (503), or their connection closed. */
  readonly cutOff: number;
  /** Answered with anything else. */
  readonly failed: number;
}

export interface SlowSendersOptions {
  readonly port: number;
  /** Of an endpoint. */
  readonly path: string;
  readonly payload: Payload;
  readonly count: number;
  /** From the first byte of a body to its last. */
  readonly takesMs: number;
}

/** A body comes in so many pieces. */
const PIECES = 20;

/** Senders that take long over each body, as on a bad line or on purpose (Slowloris); each begins anew when its webhook has ended. */
export function sendSlowly(options: SlowSendersOptions): { stop(): Promise<SlowSendersReport> } {
  const report = { ended: 0, accepted: 0, cutOff: 0, failed: 0 };
  const open = new Set<Socket>();
  let isStopped = false;
  const begin = () => {
    if (isStopped) return;
    const socket = sendOne(options, (status) => {
      open.delete(socket);
      // What is still under way at the end has not ended.
      if (isStopped) return;
      report.ended += 1;
      if (status !== null && status >= 200 && status < 300) report.accepted += 1;
      else if (status === null || status === 408 || status === 503) report.cutOff += 1;
      else report.failed += 1;
      setTimeout(begin, AGAIN_MS);
    });
    open.add(socket);
  };
  for (let sender = 0; sender < options.count; sender += 1) begin();
  return {
    stop: () => {
      isStopped = true;
      for (const socket of open) socket.destroy();
      return Promise.resolve({ ...report });
    },
  };
}

/** A server that closes at once must not be hammered. */
const AGAIN_MS = 100;

/** Sends one webhook; `onEnd` gets the status, or null when the connection ended without one. */
function sendOne({ port, path, payload, takesMs }: SlowSendersOptions, onEnd: (status: number | null) => void): Socket {
  const body = Buffer.from(payload.body);
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  const size = Math.ceil(body.length / PIECES);
  let sent = 0;
  let answer = "";
  const timer = setInterval(() => {
    if (sent < body.length && socket.writable) socket.write(body.subarray(sent, (sent += size)));
  }, takesMs / PIECES);
  const headers = Object.entries(payload.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${String(port)}\r\ncontent-type: application/json\r\ncontent-length: ${String(body.length)}\r\nconnection: close\r\n${headers.join("")}\r\n`,
  );
  socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
  // A reset shows as a close without an answer.
  socket.on("error", () => undefined);
  socket.on("close", () => {
    clearInterval(timer);
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1];
    onEnd(status === undefined ? null : Number(status));
  });
  return socket;
}
