import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { SeededRandom } from "@meshhook/testkit";
import type { Arrival } from "@meshhook/testkit/proof";

const FATES = ["500", "503", "429", "reset", "silent", "slow", "trickle", "huge"] as const;
/** More than a call accepts. */
const HUGE = "x".repeat(1_200_000);
const SLOW_MS = 400;

/** The target of all calls: it notes what arrives before it answers, and often answers badly. */
export interface FaultyTarget {
  readonly url: string;
  /** As in MESHHOOK_EGRESS_ALLOW. */
  readonly host: string;
  readonly arrivals: Arrival[];
  /** The share of calls that it answers badly, from 0 to 1. */
  badness: number;
  close(): Promise<void>;
}

export async function startFaultyTarget(random: SeededRandom): Promise<FaultyTarget> {
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      const fate = random.next() < target.badness ? random.pick([...FATES]) : "200";
      target.arrivals.push({ key: String(request.headers["idempotency-key"]), isRefused: fate === "429" });
      answer(response, fate);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const target: FaultyTarget = {
    url: `http://${host}`,
    host,
    arrivals: [],
    badness: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return target;
}

function answer(response: ServerResponse, fate: "200" | (typeof FATES)[number]): void {
  switch (fate) {
    case "reset":
      response.destroy();
      return;
    case "silent":
      return;
    case "slow":
      setTimeout(() => end(response, 200), SLOW_MS);
      return;
    case "trickle": {
      response.writeHead(200, { "content-type": "text/plain" });
      let left = 5;
      const timer = setInterval(() => {
        if (left-- > 0) {
          response.write("x");
        } else {
          clearInterval(timer);
          response.end();
        }
      }, 50);
      response.once("close", () => clearInterval(timer));
      return;
    }
    case "huge":
      response.writeHead(200, { "content-type": "text/plain" });
      response.end(HUGE);
      return;
    default:
      end(response, Number(fate));
  }
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, {
    "content-type": "application/json",
    ...(status === 429 ? { "retry-after": "0" } : {}),
  });
  response.end(JSON.stringify({ status }));
}
