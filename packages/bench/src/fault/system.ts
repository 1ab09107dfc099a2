import type { Proxy } from "../load/proxy/proxy.ts";
import type { LinkName } from "./network-kinds.ts";

/** What faults are done to: the parts of the measured system that the benchmark can reach. */
export interface FaultSystem {
  /** The system belongs to somebody else: nothing is done to its processes and its database. */
  readonly isRemote: boolean;
  /** The proxies that stand between its parts. */
  readonly proxies: { readonly [Name in LinkName]?: Pick<Proxy, "add"> };
  /** Null when the benchmark did not start it. */
  readonly meshhook: FaultProcess | null;
  /** Null when the benchmark did not start it. */
  readonly database: FaultDatabase | null;
}

export interface FaultProcess {
  /** Sends a signal to the process, if there is one. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  /** Kills the process without warning and waits until it is gone. */
  killHard(): Promise<void>;
  /** Starts it again as it was; resolves when it is ready. */
  startAgain(): Promise<void>;
}

export interface FaultDatabase {
  /** Connection string of a superuser that leads to the server itself, past every proxy. */
  readonly url: string;
  readonly dataDir: string;
  /** Ends the server as a crash does: at once, without a checkpoint. */
  stopHard(): Promise<void>;
  /** Starts the server again with the same files, on the same port; resolves when it accepts connections. Fine while it runs. */
  startAgain(): Promise<void>;
}

/** Undoes a fault; resolves when it is undone. */
export type Undo = () => Promise<void>;

/** A fault that cannot be done here. The message says why and what would help. */
export class FaultRefused extends Error {}
