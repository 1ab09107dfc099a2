import { once } from "node:events";
import { Agent, request } from "node:http";
import { createServer } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { findFreePort } from "../../system/free-port.ts";
import type { EngineContext, StartEngine } from "../host/engine.ts";

/** The part of `@restatedev/restate-sdk` that is used here. */
interface Module {
  readonly service: (definition: object) => object;
  readonly endpoint: () => { bind(service: object): { http2Handler(): Parameters<typeof createServer>[1] } };
}
interface Context {
  run(name: string, work: () => Promise<unknown>): Promise<unknown>;
}
interface RunRequest {
  readonly runId: string;
  readonly delivery: unknown;
}

const SERVICE = "bench";

/** One invocation is one run; its call is a journaled step. Settings and their reasons: `catalogue.ts`. */
export const startEngine: StartEngine = async (context) => {
  const { load, run, ended } = context;
  // Read when the package is loaded; it warns of requests without signatures, which come from this machine only.
  process.env["RESTATE_LOGGING"] = "ERROR";
  const { endpoint, service } = (await load("@restatedev/restate-sdk")) as Module;
  const handlers = {
    run: async (restate: Context, { runId, delivery }: RunRequest) => {
      const output = await run(runId, delivery, (work) => restate.run("call", work));
      ended(runId);
      return output;
    },
  };
  const sdkPort = await findFreePort();
  const sdk = createServer(
    {},
    endpoint()
      .bind(service({ name: SERVICE, handlers }))
      .http2Handler(),
  );
  sdk.listen(sdkPort, "127.0.0.1");
  await once(sdk, "listening");
  const { ingressPort, adminPort } = await startServer(context);
  await register(adminPort, sdkPort);
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  return {
    enqueue: async (runId, delivery) => {
      await post(ingressPort, `/${SERVICE}/run/send`, { runId, delivery }, agent);
    },
    countUnfinished: async () => {
      const query = "select count(*) as unfinished from sys_invocation where status <> 'completed'";
      const answer = (await post(adminPort, "/query", { query })) as {
        readonly rows: readonly { readonly unfinished: number }[];
      };
      return answer.rows[0]?.unfinished ?? 0;
    },
    readEnded: async () => Promise.resolve(null),
    stop: async () => {
      agent.destroy();
      sdk.close();
      await Promise.resolve();
    },
  };
};

async function startServer({ fileOf, directory, spawn }: EngineContext) {
  const [ingressPort, adminPort, nodePort] = [await findFreePort(), await findFreePort(), await findFreePort()];
  const platform = `${process.platform}-${process.arch}`;
  spawn(
    fileOf(`@restatedev/restate-server-${platform}/bin/restate-server`),
    ["--base-dir", directory, "--listen-mode", "tcp", "--bind-ip", "127.0.0.1", "--bind-port", String(nodePort)],
    {
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${String(ingressPort)}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${String(adminPort)}`,
      RESTATE_DISABLE_TELEMETRY: "true",
      RESTATE_LOG_FILTER: "error",
    },
  );
  return { ingressPort, adminPort };
}

const REGISTERED_MS_MAX = 20_000;

/** Tells the server where the service is, as soon as it answers. */
async function register(adminPort: number, sdkPort: number): Promise<void> {
  const untilMs = performance.now() + REGISTERED_MS_MAX;
  for (;;) {
    try {
      await post(adminPort, "/deployments", { uri: `http://127.0.0.1:${String(sdkPort)}` });
      return;
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await delay(100);
    }
  }
}

function post(port: number, path: string, body: object, agent?: Agent): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = {
      "content-type": "application/json",
      accept: "application/json",
      "content-length": Buffer.byteLength(text),
    };
    const options = {
      host: "127.0.0.1",
      port,
      path,
      method: "POST",
      headers,
      ...(agent === undefined ? {} : { agent }),
    };
    const outgoing = request(options, (answer) => {
      let received = "";
      answer.setEncoding("utf8").on("data", (piece: string) => (received += piece));
      answer.on("error", reject);
      answer.on("end", () => {
        const { statusCode = 0 } = answer;
        if (statusCode >= 200 && statusCode < 300) resolve(received === "" ? null : JSON.parse(received));
        else reject(new Error(`Restate answered ${path} with ${String(statusCode)}: ${received.slice(0, 200)}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}
