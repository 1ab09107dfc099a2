import { chmod, chown, mkdtemp, open, rename, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { runCommand } from "./command.ts";
import { generatePassword, readConnectionFile, writeConnectionFile, type ConnectionFile } from "./connection-file.ts";
import { countOtherClients, ensureDatabase } from "./connect.ts";
import { EmbeddedPostgresError } from "./failure.ts";
import { DATABASE, initialiseCluster, isCluster, SETTINGS_FILE } from "./initialise.ts";
import { withLock } from "./lock.ts";
import { nativeDirectory, OPEN_ROOT, packagedNative, reachableDataDirectory } from "./placement.ts";
import { findFreePort, isPortFree } from "./port.ts";
import { findPostmaster, type Postmaster } from "./postmaster.ts";
import { serverUser, type ServerUser } from "./server-user.ts";
import { defaultSettings, settingsFile } from "./settings.ts";

/** What to start. */
export interface EmbeddedPostgresOptions {
  /** The database's own directory; created when missing. Its parent holds the password file and the server's log. */
  readonly dataDir: string;
  /** Port on 127.0.0.1. Without it the port of the last start, or a free one. Ignored when the server runs already. */
  readonly port?: number;
  /** Server settings on top of the defaults, as in `{ shared_preload_libraries: "pg_stat_statements" }`. Take effect with a start. */
  readonly settings?: { readonly [name: string]: string };
  /** Gets one line for everything a person should know. Never contains the password. */
  readonly log?: (line: string) => void;
}

/** A running server, whichever process started it. */
export interface EmbeddedPostgres {
  /** Connection string over TCP on 127.0.0.1; superuser and database are both `meshhook`. Contains the password. */
  readonly url: string;
  /** The same over the Unix socket. */
  readonly socketUrl: string;
  readonly port: number;
  /** The postmaster's process id. */
  readonly pid: number;
  /** Where the data actually is: another directory if the server's account could not reach the requested one. */
  readonly dataDir: string;
  readonly binDir: string;
  /** True when the server was already running: an earlier starter was killed or is still running. */
  readonly wasRunning: boolean;
  /** Stops the server unless another client is connected, because another process may use the same data directory. True when stopped. */
  stopIfUnused(): Promise<boolean>;
  /** `fast` (default) ends sessions and writes a checkpoint; `immediate` is a deliberate crash. May be called twice. */
  stop(mode?: "fast" | "immediate"): Promise<void>;
}

const START_ATTEMPTS_MAX = 5;
const RETRY_DELAY_MS = 300;
const LOG_BYTES_MAX = 16 * 1_048_576;
/** A socket's path must fit into `sun_path`: 104 bytes on macOS, 108 on Linux, with the terminating zero. */
const SOCKET_PATH_BYTES_MAX = 103;

/**
 * Starts the embedded PostgreSQL on a data directory, or finds the one that runs there.
 *
 * The server is a daemon: it survives a `kill -9` of its starter, so that the next start finds it and continues.
 *
 * @throws EmbeddedPostgresError  with what is wrong and what to do.
 *
 * Cost: about 2.5 s with a new data directory, 0.3 s with an old one, 0.1 s when it runs.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => undefined);
  const requested = resolve(options.dataDir);
  const user = await serverUser(log);
  const binDir = join(await nativeDirectory(await packagedNative(), OPEN_ROOT, user, log), "bin");
  const connectionPath = `${requested}.connection.json`;
  const known = await readConnectionFile(connectionPath);
  const dataDir = known?.dataDir ?? (await reachableDataDirectory(requested, user, log));

  return withLock(`${requested}.lock`, async () => {
    const running = await findPostmaster(dataDir);
    const connection = await settleConnection(running, connectionPath, dataDir, options.port);
    const postmaster =
      running ??
      (await startServer({
        binDir,
        connection,
        connectionPath,
        user,
        log,
        isPortFixed: options.port !== undefined,
        settings: options.settings ?? {},
      }));
    await ensureDatabase({ port: postmaster.port, password: connection.password });
    const userInfo = `${DATABASE}:${connection.password}`;
    return {
      url: `postgresql://${userInfo}@127.0.0.1:${postmaster.port}/${DATABASE}`,
      socketUrl: `postgresql://${userInfo}@${encodeURIComponent(connection.socketDir)}:${postmaster.port}/${DATABASE}`,
      port: postmaster.port,
      pid: postmaster.pid,
      dataDir,
      binDir,
      wasRunning: running !== null,
      stopIfUnused: async () => {
        if ((await countOtherClients({ port: postmaster.port, password: connection.password })) > 0) return false;
        await stopServer(binDir, dataDir, user, "fast");
        return true;
      },
      stop: (mode = "fast") => stopServer(binDir, dataDir, user, mode),
    };
  });
}

/** What was stored by the first start, or new values. */
async function settleConnection(
  running: Postmaster | null,
  path: string,
  dataDir: string,
  port: number | undefined,
): Promise<ConnectionFile> {
  const stored = await readConnectionFile(path);
  if (stored !== null) return running === null && port !== undefined ? { ...stored, port } : stored;
  if (running !== null) {
    throw new EmbeddedPostgresError(
      `A PostgreSQL server (process ${running.pid}) is running in ${dataDir}, but its password file ${path} is missing. ` +
        `Restore the file, or set DATABASE_URL.`,
    );
  }
  if (await isCluster(dataDir)) {
    throw new EmbeddedPostgresError(
      `${dataDir} contains a database, but its password file ${path} is missing. Restore the file, or choose another directory.`,
    );
  }
  const socketDir =
    Buffer.byteLength(join(dataDir, ".s.PGSQL.65535")) <= SOCKET_PATH_BYTES_MAX
      ? dataDir
      : await mkdtemp("/tmp/meshhook-");
  const created = { dataDir, port: port ?? (await findFreePort()), socketDir, password: generatePassword() };
  // Before the cluster exists, because a cluster with an unknown password would be lost.
  await writeConnectionFile(path, created);
  return created;
}

interface ServerStart {
  readonly binDir: string;
  readonly connection: ConnectionFile;
  readonly connectionPath: string;
  readonly user: ServerUser | null;
  readonly log: (line: string) => void;
  readonly isPortFixed: boolean;
  readonly settings: { readonly [name: string]: string };
}

async function startServer(start: ServerStart): Promise<Postmaster> {
  const { binDir, connection, user, log } = start;
  const { dataDir } = connection;
  await initialiseCluster({ binDir, dataDir, password: connection.password, user, log });
  await giveToServer(connection.socketDir, user);
  const logFile = await serverLog(dataDir, user);
  const compression = await walCompression(binDir, dataDir, user);

  let port = connection.port;
  for (let attempt = 1; ; attempt++) {
    if (!(await isPortFree(port))) {
      if (start.isPortFixed) {
        throw new EmbeddedPostgresError(
          `Port ${port} on 127.0.0.1 is already in use, so the database cannot listen on it. Choose another port, or let MeshHook choose one.`,
        );
      }
      port = await findFreePort();
    }
    if (port !== connection.port || attempt === 1)
      await writeConnectionFile(start.connectionPath, { ...connection, port });
    const settings = {
      ...defaultSettings(),
      ...(compression === null ? {} : { wal_compression: compression }),
      ...start.settings,
      listen_addresses: "127.0.0.1",
      port: String(port),
      unix_socket_directories: connection.socketDir,
    };
    const path = join(dataDir, SETTINGS_FILE);
    await writeFile(path, settingsFile(settings), { mode: 0o600 });
    if (user !== null) await chown(path, user.uid, user.gid);

    const result = await runCommand(
      join(binDir, "pg_ctl"),
      ["start", "-w", "-t", "60", "-D", dataDir, "-l", logFile, "-s"],
      user,
    );
    const postmaster = await findPostmaster(dataDir);
    if (result.code === 0 && postmaster !== null) {
      log(`PostgreSQL is running on 127.0.0.1:${postmaster.port}, process ${postmaster.pid}, log ${logFile}`);
      return postmaster;
    }
    // Retried for a port that another process took in the meantime, and shared memory that children of a killed server still hold.
    if (attempt === START_ATTEMPTS_MAX) {
      throw new EmbeddedPostgresError(
        `PostgreSQL in ${dataDir} did not start: ${result.output.trim()}. See the end of ${logFile} for the reason.`,
      );
    }
    await delay(RETRY_DELAY_MS * attempt);
  }
}

async function stopServer(
  binDir: string,
  dataDir: string,
  user: ServerUser | null,
  mode: "fast" | "immediate",
): Promise<void> {
  if ((await findPostmaster(dataDir)) === null) return;
  const result = await runCommand(
    join(binDir, "pg_ctl"),
    ["stop", "-w", "-t", "120", "-m", mode, "-D", dataDir, "-s"],
    user,
  );
  if (result.code !== 0 && (await findPostmaster(dataDir)) !== null) {
    throw new EmbeddedPostgresError(`PostgreSQL in ${dataDir} did not stop: ${result.output.trim()}`);
  }
}

/** The server's log beside its data, created so that its account can write it; a large old one is moved aside. */
async function serverLog(dataDir: string, user: ServerUser | null): Promise<string> {
  const path = `${dataDir}.log`;
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_BYTES_MAX) await rename(path, `${path}.1`);
  const file = await open(path, "a", 0o640);
  await file.close();
  await chmod(path, 0o640);
  await giveToServer(path, user);
  return path;
}

async function giveToServer(path: string, user: ServerUser | null): Promise<void> {
  if (user !== null) await chown(path, user.uid, user.gid);
}

/** The best WAL compression that these programs were built with; null when there is only the slow built-in one. */
async function walCompression(
  binDir: string,
  dataDir: string,
  user: ServerUser | null,
): Promise<"zstd" | "lz4" | null> {
  // lz4 first, because the processor is scarcer than the disk.
  for (const method of ["lz4", "zstd"] as const) {
    const result = await runCommand(
      join(binDir, "postgres"),
      ["-D", dataDir, "-c", `wal_compression=${method}`, "-C", "wal_compression"],
      user,
    );
    if (result.code === 0) return method;
  }
  return null;
}
