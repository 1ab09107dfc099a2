import { totalmem } from "node:os";

const MIB = 1_048_576;

/**
 * Server settings for MeshHook's load: small synchronous commits, insert-only tables, few connections.
 *
 * `fsync` and `synchronous_commit` stay on: an acknowledged webhook is on disk. Checkpoints are far apart, because each one
 * costs 15 to 90 ms of tail latency and a burst of full page images; the price is up to 4 GB of WAL on disk.
 */
export function defaultSettings(): Record<string, string> {
  return {
    autovacuum: "on",
    checkpoint_completion_target: "0.9",
    checkpoint_timeout: "15min",
    fsync: "on",
    // Plans here are short, so compiling them costs more than it saves.
    jit: "off",
    log_timezone: "UTC",
    logging_collector: "off",
    max_connections: "100",
    max_wal_size: "4GB",
    // The log files that checkpoints keep for reuse: enough for load after a quiet night.
    min_wal_size: "256MB",
    shared_buffers: `${sharedBuffersMib(usableMemoryBytes())}MB`,
    synchronous_commit: "on",
    timezone: "UTC",
    wal_level: "replica",
  };
}

/** An eighth of the memory, from 64 to 1024 MiB. Hot data is the newest data, so more buys nothing. */
export function sharedBuffersMib(memoryBytes: number): number {
  return Math.round(Math.min(1_024, Math.max(64, memoryBytes / 8 / MIB)));
}

/** A settings file's text: one line per setting, in name order. */
export function settingsFile(settings: { readonly [name: string]: string }): string {
  const lines = Object.entries(settings)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name} = '${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'\n`);
  return `# Written by MeshHook at every start: changes here are lost. Own settings go to postgresql.auto.conf (ALTER SYSTEM).\n${lines.join("")}`;
}

/** The machine's memory, or the container's where it is smaller. */
function usableMemoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
