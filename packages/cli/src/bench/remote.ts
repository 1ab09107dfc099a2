import { RemoteRefused, runRemoteSuite } from "@meshhook/bench";
import type { BenchOptions, BenchResult, ProgressListener, RemoteSuiteOptions } from "@meshhook/bench";

import type { Config } from "../config/settings.ts";
import { CommandError, type ExitName } from "../exit-codes.ts";

/** What was typed, as far as it decides about a remote target. */
interface Typed {
  readonly meshhookEnv: { readonly [name: string]: string };
  readonly databaseUrl: string | null;
}

/**
 * The running MeshHook that is to be measured; null for one that the benchmark starts itself.
 *
 * @throws CommandError  badInput, when the settings do not go together.
 */
export function remoteTarget(config: Config, { meshhookEnv, databaseUrl: typedUrl }: Typed): RemoteSuiteOptions | null {
  const { benchTarget: url, benchTargetKey: apiKey, benchDatabaseUrl, benchAllowUnmarked } = config;
  const databaseUrl = typedUrl ?? benchDatabaseUrl;
  if (url === null) {
    if (databaseUrl !== null || benchAllowUnmarked !== null)
      throw new CommandError(
        "badInput",
        "--database-url (MESHHOOK_BENCH_DATABASE_URL) and --allow-unmarked (MESHHOOK_BENCH_ALLOW_UNMARKED) belong to a target. Add --target, or leave them out.",
      );
    return null;
  }
  if (apiKey === null)
    throw new CommandError(
      "badInput",
      "A target needs an API key: set MESHHOOK_BENCH_TARGET_KEY to an admin key of that MeshHook.",
    );
  const names = Object.keys(meshhookEnv);
  if (names.length > 0)
    throw new CommandError(
      "badInput",
      `--set ${names.join(", ")} is for a process that the benchmark starts; the target runs already. Leave it out, or leave --target out.`,
    );
  if (typedUrl !== null && PASSWORD.test(typedUrl))
    throw new CommandError(
      "badInput",
      "The address in --database-url has a password, which every user of this machine can read while the benchmark runs. Put the address into MESHHOOK_BENCH_DATABASE_URL, or the password into PGPASSWORD.",
    );
  return { url, apiKey, databaseUrl, allowUnmarked: benchAllowUnmarked };
}

/** Arguments for the record: addresses without their passwords. */
export function withoutSecrets(typed: readonly string[]): string[] {
  return typed.map((argument) => argument.replace(PASSWORD, "$1***@"));
}

const PASSWORD = /(\w+:\/\/[^/@\s]*:)[^/@\s]+@/;

/** @throws CommandError  with the exit code that fits the refusal. */
export async function measureRemote(
  options: BenchOptions,
  remote: RemoteSuiteOptions,
  progress: ProgressListener,
): Promise<BenchResult> {
  try {
    return await runRemoteSuite(options, remote, progress);
  } catch (error) {
    if (error instanceof RemoteRefused) throw new CommandError(EXITS[error.why], error.message, { cause: error });
    throw error;
  }
}

const EXITS = { unreachable: "unreachable", denied: "denied", unmarked: "badInput" } as const satisfies {
  readonly [why: string]: ExitName;
};
