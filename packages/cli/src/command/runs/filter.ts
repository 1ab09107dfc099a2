import { CommandError } from "../../exit-codes.ts";
import type { FilterOptions, ManyOptions } from "./describe.ts";

const STATUSES = ["running", "succeeded", "failed", "canceled"] as const;

/** A filter as the API takes it. */
export interface RunFilter {
  workflow?: string;
  status?: (typeof STATUSES)[number];
  code?: string;
  node?: string;
  text?: string;
  startedAfter?: string;
  startedBefore?: string;
}

/** @throws CommandError for a status that does not exist. The server checks the rest. */
export function filterOf({ workflow, status, code, node, text, after, before }: FilterOptions): RunFilter {
  const known = STATUSES.find((candidate) => candidate === status);
  if (status !== undefined && known === undefined)
    throw new CommandError("badInput", `--status "${status}" does not exist. Use one of ${STATUSES.join(", ")}.`);
  return {
    ...(workflow === undefined ? {} : { workflow }),
    ...(known === undefined ? {} : { status: known }),
    ...(code === undefined ? {} : { code }),
    ...(node === undefined ? {} : { node }),
    ...(text === undefined ? {} : { text }),
    ...(after === undefined ? {} : { startedAfter: after }),
    ...(before === undefined ? {} : { startedBefore: before }),
  };
}

/**
 * The filter of a command that works on many runs.
 *
 * @throws CommandError when a run was named as well, or when nothing says which runs.
 */
export function manyOf(runId: string | null, options: ManyOptions): RunFilter | null {
  const filter = filterOf(options);
  const hasFilter = Object.keys(filter).length > 0;
  if (runId !== null) {
    if (hasFilter || options.all === true || options.dryRun === true)
      throw new CommandError("badInput", "Name a run or give a filter, not both.");
    return null;
  }
  if (!hasFilter && options.all !== true)
    throw new CommandError(
      "badInput",
      "Name a run, or say which runs with a filter such as --workflow, or with --all.",
    );
  return filter;
}

/** A number of an option. @throws CommandError */
export function wholeNumber(option: string, text: string, max: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= max) return number;
  throw new CommandError("badInput", `${option} "${text}" is not a whole number from 1 to ${max}.`);
}
