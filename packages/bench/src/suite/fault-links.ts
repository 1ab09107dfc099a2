import type { FaultSystem } from "../fault/system.ts";
import { linksOf } from "../fault/step.ts";
import type { FaultStep } from "../fault/step.ts";
import { Proxy } from "../load/proxy/proxy.ts";
import type { LaunchedSystem } from "./launched-system.ts";

/** A system with proxies on the links that a scenario's faults need; without them, the system as it is. */
export interface LinkedSystem {
  readonly faults: FaultSystem;
  /** Where webhooks go. */
  readonly intakePort: number;
  /** Where the workflow's calls go. */
  readonly targetPort: number;
  /** Removes the proxies, with MeshHook on its own connection to the database again. */
  unlink(): Promise<void>;
}

/** Puts the proxies between the parts. One to the database needs a new start of MeshHook, which keeps its connections. */
export async function linkSystem(
  steps: readonly FaultStep[],
  system: LaunchedSystem,
  options: { readonly sinkPort: number; readonly seed: number },
): Promise<LinkedSystem> {
  const links = linksOf(steps);
  const proxies: { client?: Proxy; database?: Proxy; target?: Proxy } = {};
  const unlink = async () => {
    if (proxies.database !== undefined) await system.restart(null);
    await Promise.all(Object.values(proxies).map((proxy) => proxy.stop()));
  };
  const start = (port: number) => Proxy.start({ host: "127.0.0.1", port }, options.seed);
  try {
    if (links.has("client")) proxies.client = await start(system.port);
    if (links.has("target")) proxies.target = await start(options.sinkPort);
    if (links.has("database")) {
      const url = new URL(system.database.url);
      proxies.database = await start(Number(url.port === "" ? 5432 : url.port));
      url.host = `127.0.0.1:${String(proxies.database.port)}`;
      await system.restart(url.href);
    }
  } catch (error) {
    await unlink().catch(() => undefined);
    throw error;
  }
  return {
    faults: {
      isRemote: false,
      proxies,
      meshhook: {
        signal: (name) => system.signal(name),
        killHard: () => system.killHard(),
        startAgain: () => system.startAgain(),
      },
      database: system.database,
    },
    intakePort: proxies.client?.port ?? system.port,
    targetPort: proxies.target?.port ?? options.sinkPort,
    unlink,
  };
}
