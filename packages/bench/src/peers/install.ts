import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Peer } from "./peer.ts";

const execute = promisify(execFile);

const INSTALL_MS_MAX = 300_000;

/** Where a peer's packages are, or why there are none. */
export type Installation = { readonly folder: string } | { readonly reason: string };

/**
 * Brings a peer's packages from the npm registry into a folder of its own below `cache`, unless they are there already. Nothing of it gets
 * into the lock file of this repository, and no script of a package is run.
 */
export async function installPeer(peer: Peer, cache: string, signal?: AbortSignal): Promise<Installation> {
  if (peer.program !== null && !isOnPath(peer.program))
    return { reason: `${peer.program} is not installed. Install it with the system's package manager.` };
  const manifest = JSON.stringify({ private: true, type: "module", dependencies: peer.packages }, null, 2);
  const folder = join(cache, `${peer.name}-${createHash("sha256").update(manifest).digest("hex").slice(0, 12)}`);
  if (Object.keys(peer.packages).length === 0 || existsSync(join(folder, "node_modules"))) return { folder };
  const unfinished = `${folder}.${String(process.pid)}`;
  try {
    await mkdir(unfinished, { recursive: true });
    await writeFile(join(unfinished, "package.json"), manifest);
    await execute("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"], {
      cwd: unfinished,
      timeout: INSTALL_MS_MAX,
      ...(signal === undefined ? {} : { signal }),
    });
    // Only a complete folder gets its name; another benchmark may have been quicker.
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(join(folder, "node_modules"))) throw error;
    });
    return { folder };
  } catch (error) {
    return { reason: `npm could not install ${packagesText(peer)}: ${reasonOf(error)}` };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** As in `pg-boss 12.38.0`. */
export function packagesText({ packages }: Pick<Peer, "packages">): string {
  return Object.entries(packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");
}

function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** What npm wrote last is what went wrong. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const written = "stderr" in error && typeof error.stderr === "string" ? error.stderr : "";
  const lines = written.split("\n").filter((line) => line.startsWith("npm error") && !line.includes("A complete log"));
  return lines.length === 0 ? (error.message.split("\n")[0] ?? "") : lines.slice(0, 2).join(" ");
}
