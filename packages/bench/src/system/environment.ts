import { createHash } from "node:crypto";
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { arch, cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import type { Client } from "pg";
import { LatencyRecorder } from "../measure/latency.ts";
import type { Environment } from "../result/result.ts";

/**
 * Describes the machine, the runtimes and the database, as far as they matter for comparing two results.
 *
 * @param directory  On the database's disk, which is the one that commits wait for; a probe file is written there and removed.
 */
export async function readEnvironment(
  client: Client,
  meshhookVersion: string,
  directory: string,
): Promise<Environment> {
  const { rows } = await client.query<{ name: string; value: string }>(`
    select name, current_setting(name) as value
    from pg_settings
    where source not in ('default', 'override', 'client')
      and name not like 'lc_%'
      and name not in (${MACHINE_SETTINGS})
    order by name`);
  const setting = async (name: string) =>
    (await client.query<{ value: string }>("select current_setting($1) as value", [name])).rows[0]?.value ?? "unknown";
  const host = readHost();
  const version = await setting("server_version");
  const settings = Object.fromEntries(rows.map((row) => [row.name, row.value]));
  const comparable = {
    cpuModel: host.cpuModel,
    kernel: host.kernel,
    // What commits wait for; the number names the kind of file system.
    fileSystem: statfsSync(directory).type,
    cores: host.cores,
    gib: Math.round(host.memoryBytes / 2 ** 30),
    node: process.version,
    version,
    settings,
  };
  return {
    host,
    node: process.version,
    meshhook: meshhookVersion,
    postgres: { version, settings },
    fsync: (await setting("fsync")) === "on",
    synchronousCommit: await setting("synchronous_commit"),
    fdatasyncUsP50: probeDisk(join(directory, "disk-probe")),
    fingerprint: createHash("sha256").update(JSON.stringify(comparable)).digest("hex"),
  };
}

/** This machine. */
export function readHost(): Environment["host"] {
  return {
    os: `${type()} ${arch()}`,
    kernel: release(),
    cpuModel: cpus()[0]?.model.trim() ?? "unknown",
    cores: coresAvailable(),
    memoryBytes: memoryAvailable(),
    isVirtual: isVirtualMachine(),
  };
}

// Where the server lies and listens differs from start to start and says nothing about speed; paths do not belong in results.
const MACHINE_SETTINGS = [
  "config_file",
  "data_directory",
  "hba_file",
  "ident_file",
  "external_pid_file",
  "unix_socket_directories",
  "port",
  "listen_addresses",
  "log_timezone",
  "TimeZone",
  "DateStyle",
  "default_text_search_config",
  "application_name",
  "log_directory",
  "log_filename",
  "krb_server_keyfile",
  "cluster_name",
]
  .map((name) => `'${name}'`)
  .join(", ");

/** Cores that this process may use: those of the control group where one is set. */
function coresAvailable(): number {
  const [quota, period] = readText("/sys/fs/cgroup/cpu.max")?.trim().split(" ") ?? [];
  const online = cpus().length;
  return quota === undefined || quota === "max" ? online : Math.min(online, Number(quota) / Number(period));
}

function memoryAvailable(): number {
  const limit = readText("/sys/fs/cgroup/memory.max")?.trim();
  return limit === undefined || limit === "max" ? totalmem() : Math.min(totalmem(), Number(limit));
}

/** Whether a hypervisor is below; null where `/proc/cpuinfo` does not say. */
function isVirtualMachine(): boolean | null {
  const flags = /^flags\s*:(.*)$/m.exec(readText("/proc/cpuinfo") ?? "")?.[1];
  return flags === undefined ? null : flags.split(" ").includes("hypervisor");
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

const PROBES = 200;

/** The median time of one 8 kB write with fdatasync, in microseconds. */
function probeDisk(path: string): number | null {
  const times = new LatencyRecorder();
  const page = Buffer.alloc(8_192, 1);
  const file = openSync(path, "w");
  try {
    // Written once before: what is measured is the flush, not the growing of the file.
    for (let probe = 0; probe < 16; probe += 1) writeSync(file, page, 0, page.length, probe * page.length);
    fdatasyncSync(file);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const start = performance.now();
      writeSync(file, page, 0, page.length, (probe % 16) * page.length);
      fdatasyncSync(file);
      times.record((performance.now() - start) * 1_000);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
  const median = times.percentileMs(50);
  return median === null ? null : Math.round(median * 1_000);
}
