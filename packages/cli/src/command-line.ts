import { Option, type Command } from "commander";

import { entries, fallbackText } from "./config/describe.ts";
import { mistakesText, resolveConfig, type Resolved } from "./config/resolve.ts";
import { SETTINGS, type SettingName } from "./config/settings.ts";
import type { Setting } from "./config/setting.ts";
import { CommandError, type ExitName } from "./exit-codes.ts";
import type { Output } from "./terminal/output.ts";

/** What the action of a command works with. */
export interface CommandContext {
  /** The command line after the program's name. */
  readonly args: readonly string[];
  readonly output: Output;
  /** The settings, from the command's flags and the environment. */
  readonly resolve: (command: Command) => Resolved;
  /** Sets how the process ends. */
  readonly onExit: (exit: ExitName) => void;
}

/** Adds a command with one option per setting of the groups. */
export function addCommand(
  parent: Command,
  name: string,
  description: string,
  groups: readonly Setting<unknown>["group"][],
  options: { readonly isDefault?: boolean } = {},
): Command {
  const command = parent.command(name, options).description(description);
  return addSettings(
    command,
    entries().flatMap(([setting, { group }]) => (groups.includes(group) ? [setting] : [])),
  );
}

/** Adds an option for each of these settings, for a command that takes some of a group only. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const setting: Setting<unknown> = SETTINGS[name];
    if (setting.flag === null) continue;
    const fallback = `${fallbackText(setting)}${setting.unit === undefined ? "" : ` ${setting.unit}`}`;
    command.addOption(new Option(setting.flag, `${setting.description} (${setting.env}; default: ${fallback})`));
  }
  return command;
}

/**
 * The way from a command's flags to the settings in force.
 *
 * @returns A function that throws a `CommandError` with every mistake at once.
 */
export function resolver(environment: { readonly [name: string]: string | undefined }): (command: Command) => Resolved {
  return (command) => {
    const resolved = resolveConfig(givenFlags(command), environment);
    if ("mistakes" in resolved) {
      throw new CommandError(
        "badInput",
        `The configuration is not valid, so nothing was started:\n${mistakesText(resolved.mistakes)}`,
      );
    }
    return resolved;
  };
}

/** For an option that can be repeated. */
export function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

/** The settings that were given as flags, by setting name. */
function givenFlags(command: Command): { [N in SettingName]?: string | true } {
  const values: { readonly [attribute: string]: unknown } = command.opts();
  const flags: { [N in SettingName]?: string | true } = {};
  for (const [name, setting] of entries()) {
    if (setting.flag === null) continue;
    const value = values[new Option(setting.flag).attributeName()];
    if (typeof value === "string" || value === true) flags[name] = value;
  }
  return flags;
}
