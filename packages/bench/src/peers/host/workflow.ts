import { Agent, request } from "node:http";
import type { Delivery } from "../../scenario/workflow/built-in.ts";
import type { Step } from "./engine.ts";

/** The two workflows that everybody runs: the benchmark's `pure` and `one-call`, in plain code. */
export type PeerWorkflow = "pure" | "one-call";

/**
 * Returns the function that runs a workflow for one delivery.
 *
 * @param sinkPort  Where the call goes.
 */
export function workflowOf(
  workflow: PeerWorkflow,
  sinkPort: number,
): (runId: string, delivery: unknown, step?: Step) => Promise<unknown> {
  if (workflow === "pure") return async (_, delivery) => runPure(delivery as Delivery);
  // Like MeshHook's, so that nobody pays for connections.
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  return async (runId, delivery, step = (work) => work()) => {
    const picked = pick(delivery as Delivery);
    return step(() => post(agent, sinkPort, runId, picked));
  };
}

function runPure(delivery: Delivery): unknown {
  const picked = pick(delivery);
  if (delivery.action !== "opened") return null;
  return { key: `${picked.repository}#${String(picked.number)}`, title: picked.title, author: picked.author };
}

function pick({ issue, repository }: Delivery) {
  return { number: issue.number, title: issue.title, author: issue.user.login, repository: repository.full_name };
}

const TIMEOUT_MS = 10_000;

function post(agent: Agent, port: number, runId: string, body: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const outgoing = request(
      {
        agent,
        host: "127.0.0.1",
        port,
        method: "POST",
        path: `/effect?run=${runId}`,
        timeout: TIMEOUT_MS,
        headers: {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(text),
          "idempotency-key": runId,
        },
      },
      (answer) => {
        let received = "";
        answer.setEncoding("utf8").on("data", (piece: string) => (received += piece));
        answer.on("error", reject);
        answer.on("end", () => {
          if (answer.statusCode === 200) resolve(JSON.parse(received));
          else reject(new Error(`The call was answered with ${String(answer.statusCode)}.`));
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.on("timeout", () =>
      outgoing.destroy(new Error(`The call was not answered within ${String(TIMEOUT_MS)} ms.`)),
    );
    outgoing.end(text);
  });
}
