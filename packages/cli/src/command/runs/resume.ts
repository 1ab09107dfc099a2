import { randomUUID } from "node:crypto";

import type { Json } from "@meshhook/core";

import { connect, withConnection } from "../../api/connect.ts";
import type { Config } from "../../config/settings.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";
import { readJsonArgument } from "../json-argument.ts";
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
  const outputs = new Map<string, Json>();
  for (const given of options.output) {
    const at = given.indexOf("=");
    const node = given.slice(0, at);
    if (at < 1) throw new CommandError("badInput", `--output "${given}" is not node=json.`);
    if (outputs.has(node)) throw new CommandError("badInput", `--output is given twice for "${node}"; keep one.`);
    outputs.set(node, await readJsonArgument(`The --output of "${node}"`, given.slice(at + 1)));
  }
  const body = {
    idempotencyKey: options.idempotencyKey ?? randomUUID(),
    step,
    ...(iteration === undefined ? {} : { iteration: numbersOf(iteration) }),
    ...(input === undefined ? {} : { input: await readJsonArgument("The --input", input) }),
    ...(outputs.size === 0 ? {} : { outputs: Object.fromEntries(outputs) }),
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
