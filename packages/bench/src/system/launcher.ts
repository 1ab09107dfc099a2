/**
 * How the benchmark gets the system it measures. The benchmark never imports MeshHook: its caller (the command line)
 * implements this.
 */
export interface SystemLauncher {
  /**
   * Starts an empty Postgres of the benchmark's own, with `pg_stat_statements` preloaded and `track_commit_timestamp` on.
   * `stop` ends it and removes its data directory.
   *
   * @param settings  Of PostgreSQL, on top of those that MeshHook's embedded database has.
   */
  startDatabase(settings?: { readonly [name: string]: string }): Promise<LaunchedDatabase>;

  /**
   * Starts MeshHook against a database; resolves when it answers `GET /readyz`. On an empty database it
   * brings the schema with it; on a used one it goes on with what it finds there, with the same admin key.
   */
  startMeshHook(options: MeshHookStart): Promise<LaunchedMeshHook>;

  /**
   * Ends everything that was started, and what is still starting, without asking it to finish, and removes it; within seconds. Fine to
   * call twice, and while a start is under way.
   */
  endNow(): Promise<void>;
}

export interface LaunchedDatabase {
  /** Connection string of a role that may read every statistics view and create tables. */
  readonly url: string;
  /** The postmaster: its children are the backends. Another one after `startAgain`. */
  readonly pid: number;
  readonly dataDir: string;
  /** Ends the server as a crash does: at once, without a checkpoint. Its files stay. */
  stopHard(): Promise<void>;
  /** Starts the server again with the same files, on the same port; resolves when it accepts connections. Fine while it runs. */
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

export interface MeshHookStart {
  readonly databaseUrl: string;
  /** Loopback port to listen on. */
  readonly port: number;
  /** On top of the environment that the launcher needs itself. */
  readonly env: { readonly [name: string]: string };
  /** Folder of the checkout whose MeshHook is started; the launcher's own where absent. */
  readonly checkout?: string;
}

export interface LaunchedMeshHook {
  /** With `MESHHOOK_PROCESSES`, that of the process which started the others. */
  readonly pid: number;
  /** As in `http://127.0.0.1:3000`, without a slash at the end. */
  readonly url: string;
  readonly adminKey: string;
  /** Resolves when the process is gone, with its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** SIGTERM goes to this process, which stops those that it started; any other signal goes to all of them. Does nothing once it has ended. */
  kill(signal: "SIGTERM" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): void;
}
