import { resolve } from "node:path";

import { exportRefusal, exportScenario } from "@meshhook/bench";
import type { ExportTool } from "@meshhook/bench";

import { selectOrRefuse } from "../../bench/select.ts";
import type { Config } from "../../config/settings.ts";
import { CommandError, type ExitName } from "../../exit-codes.ts";
import type { Output } from "../../terminal/output.ts";

/** Writes the load of one scenario as a k6 script or a JMeter plan. */
export async function exportLoad(
  { tool, what, path }: { readonly tool: ExportTool; readonly what: string; readonly path: string },
  config: Config,
  output: Output,
): Promise<ExitName> {
  const { benchDuration, benchRate, benchSeed } = config;
  const { scenarios } = selectOrRefuse({ what: [what], duration: benchDuration, rate: benchRate, overrides: [] });
  const [scenario] = scenarios;
  if (scenario === undefined || scenarios.length > 1)
    throw new CommandError(
      "badInput",
      `${what} has ${String(scenarios.length)} scenarios, and a file holds one. Name one of them: ${scenarios.map(({ name }) => name).join(", ")}.`,
    );
  const refusal = exportRefusal(tool, scenario);
  if (refusal !== null) throw new CommandError("badInput", `${refusal} Nothing was written.`);
  const { files, notes } = await exportScenario(tool, scenario, { path: resolve(path), seed: benchSeed }).catch(
    (error: unknown) => {
      if (!(error instanceof Error) || !("code" in error)) throw error;
      throw new CommandError("badInput", `${path} cannot be written: ${error.message}. Choose another --out.`, {
        cause: error,
      });
    },
  );
  for (const file of files) output.line(`Wrote ${file}`);
  for (const note of notes) output.line(note);
  return "ok";
}
