import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { ROOT } from "../step.ts";
import type { GeneratedFile } from "./page.ts";

interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly license?: string;
  readonly engines?: { readonly [name: string]: string };
  readonly optionalDependencies?: { readonly [name: string]: string };
}

/**
 * The lock file with an entry for every platform's binaries.
 *
 * `npm install` leaves out optional packages that the registry at hand does not carry, and then `npm ci` refuses the lock file
 * everywhere: it wants an entry for each. What is there already is left as npm wrote it; entries that are added have no integrity.
 */
export const lockFile: GeneratedFile = {
  path: "package-lock.json",
  make: async () => {
    const text = await readFile(join(ROOT, "package-lock.json"), "utf8");
    const lock = JSON.parse(text) as { packages: { [path: string]: LockEntry } };
    const missing = Object.values(lock.packages).flatMap((parent) =>
      Object.entries(parent.optionalDependencies ?? {})
        .filter(([name, version]) => lock.packages[`node_modules/${name}`] === undefined && /^\d/.test(version))
        .flatMap(([name, version]) => entryOf(name, version, parent)),
    );
    if (missing.length === 0) return text;
    const entries = [...Object.entries(lock.packages), ...missing];
    // The order in which npm keeps them.
    lock.packages = Object.fromEntries(entries.toSorted(([a], [b]) => a.localeCompare(b, "en")));
    return `${JSON.stringify(lock, null, 2)}\n`;
  },
};

/** A binary package says its platform in its name: `binding-linux-arm64-musl`. Others are none of our business. */
function entryOf(name: string, version: string, parent: LockEntry): readonly (readonly [string, LockEntry])[] {
  const os = /android|darwin|freebsd|openharmony|win32|linux/.exec(name)?.[0];
  const cpu = /-?(arm64|x64|ia32|ppc64|riscv64|s390x|arm)\b/.exec(name)?.[1];
  if (os === undefined || cpu === undefined) return [];
  const libc = name.includes("musl") ? "musl" : name.includes("gnu") ? "glibc" : undefined;
  const entry = {
    version,
    cpu: [cpu],
    ...(parent.dev === true ? { dev: true } : {}),
    ...(libc !== undefined && os === "linux" ? { libc: [libc] } : {}),
    ...(parent.license === undefined ? {} : { license: parent.license }),
    optional: true,
    os: [os],
    ...(parent.engines === undefined ? {} : { engines: parent.engines }),
  };
  return [[`node_modules/${name}`, entry]];
}
