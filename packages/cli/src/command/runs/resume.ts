import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";

import { parseJsonExactly } from "@meshhook/core";

import { connect, withConnection } from "../../api/connect.ts";
import type { Config } from "../../config/settings.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import { reasonOf } from "../../system-error.ts";
import type { Output } from "../../terminal/output.ts";
import { rerunLine } from "./job.ts";

/** Resumes a run from a step, where asked with another input and other outputs of earlier steps. */
export async function resumeRun(
  runId: string,
  options: {
    readonly step: string;
    readonly iteration?: string;
    readonly input?: string;
    readonly output: readonly string[];
    readonly idempotencyKey?: string;
  },
  config: Config,
  output: Output,
): Promise<ExitName> {
  const { step, iteration, input } = options;
  const outputs: { [node: string]: unknown } = {};
  for (const given of options.output) {
    const at = given.indexOf("=");
    if (at < 1) throw new CommandError("badInput", `--output "${given}" is not node=json.`);
    outputs[given.slice(0, at)] = await readJson("--output", given.slice(at + 1));
  }
  const body = {
    idempotencyKey: options.idempotencyKey ?? randomUUID(),
    step,
    ...(iteration === undefined ? {} : { iteration: numbersOf(iteration) }),
    ...(input === undefined ? {} : { input: await readJson("--input", input) }),
    ...(Object.keys(outputs).length === 0 ? {} : { outputs }),
  };
  const answer = await withConnection(connect(config), (client) => client.resumeRun({ runId, body }));
  output.line(rerunLine(answer));
  return "ok";
}

function numbersOf(text: string): number[] {
  const numbers = text.split(",").map((part) => (/^\d{1,9}$/.test(part.trim()) ? Number(part) : NaN));
  if (numbers.every((number) => Number.isInteger(number))) return numbers;
  throw new CommandError("badInput", `--iteration "${text}" is not a list of whole numbers, such as 3 or 3,0.`);
}

/** JSON as given, or the content of a file after `@`. */
async function readJson(option: string, given: string): Promise<unknown> {
  let text = given;
  if (given.startsWith("@")) {
    const path = given.slice(1);
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      throw new CommandError("badInput", `Cannot read ${path} of ${option}: ${reasonOf(error)}`, { cause: error });
    }
  }
  try {
    return parseJsonExactly(text);
  } catch (error) {
    throw new CommandError("badInput", `${option} is not valid JSON: ${reasonOf(error)}`, { cause: error });
  }
}
