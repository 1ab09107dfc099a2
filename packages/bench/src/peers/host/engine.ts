/** What a peer's process gives the engine that runs in it. */
export interface EngineContext {
  /** Imports a package from the peer's own folder, of the version that is pinned. */
  readonly load: (packageName: string) => Promise<unknown>;
  /** The path of a file in the peer's own `node_modules`. */
  readonly fileOf: (path: string) => string;
  /** An empty database of its own. */
  readonly databaseUrl: string;
  /** An empty folder of its own, on the same disk as the database. */
  readonly directory: string;
  /**
   * Runs the whole workflow for one delivery and returns what it ends with.
   *
   * @param step  Makes the result of the call durable, where the engine can; called for the HTTP call only, because everything else is
   *   computed from the delivery and comes out the same each time.
   */
  readonly run: (runId: string, delivery: unknown, step?: Step) => Promise<unknown>;
  /** Says that a run has ended now; for engines that keep no record of it. */
  readonly ended: (runId: string) => void;
  /** Writes what is wrong to standard error; the first few times, because an engine in trouble may say so thousands of times. */
  readonly complain: (message: string) => void;
  /** Starts a program that ends with this process. */
  readonly spawn: (command: string, args: readonly string[], env?: { readonly [name: string]: string }) => void;
}

export type Step = (work: () => Promise<unknown>) => Promise<unknown>;

/** An engine that takes deliveries. */
export interface Engine {
  /** Resolves when the delivery is durable. */
  enqueue(runId: string, delivery: unknown): Promise<void>;
  /** Runs that the engine's own store holds and that have not ended. */
  countUnfinished(): Promise<number>;
  /** Runs that its own store says have ended, with the instant in Unix microseconds; null where it keeps no record. */
  readEnded(): Promise<readonly EndedRun[] | null>;
  stop(): Promise<void>;
}

export interface EndedRun {
  readonly runId: string;
  /** Unix microseconds. */
  readonly atUs: number;
}

/** What an engine's module exports. */
export type StartEngine = (context: EngineContext) => Promise<Engine>;
