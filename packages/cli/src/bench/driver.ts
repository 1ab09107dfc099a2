import { DriverUnavailable, openDriver } from "@meshhook/bench";
import type { DriverName, LoadDriver, Selection } from "@meshhook/bench";

import { CommandError } from "../exit-codes.ts";

/**
 * The program that sends the load of these scenarios; null for the built-in generator.
 *
 * @throws CommandError  badInput, when it is not installed, or with every scenario that it cannot send.
 */
export async function openDriverFor(
  name: DriverName,
  scenarios: Selection["scenarios"],
  searchPath = process.env["PATH"] ?? "",
): Promise<LoadDriver | null> {
  const driver = await openDriver(name, searchPath).catch((error: unknown) => {
    if (error instanceof DriverUnavailable)
      throw new CommandError("badInput", `${error.message} Nothing was started.`, { cause: error });
    throw error;
  });
  const refusals = scenarios.flatMap((scenario) => driver?.refusal(scenario) ?? []);
  if (refusals.length > 0)
    throw new CommandError(
      "badInput",
      `--driver ${name} cannot send every load, so nothing was started:\n${refusals.map((line) => `  ${line}`).join("\n")}`,
    );
  return driver;
}

/** Another MeshHook's load is kept within bounds while it runs, which only the built-in generator can do. */
export function refuseDriverFor(name: DriverName): void {
  if (name !== "builtin")
    throw new CommandError(
      "badInput",
      `--driver ${name} cannot be used with --target: only the built-in generator sends to a remote MeshHook. Leave one of them out, or write the load with \`meshhook bench export ${name}\`. Nothing was started.`,
    );
}
