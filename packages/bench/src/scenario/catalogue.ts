import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mistakesText, readScenario } from "./read.ts";
import type { Scenario } from "./scenario.ts";

const FOLDER = fileURLToPath(new URL("../../scenarios/", import.meta.url));

let read: ReadonlyMap<string, Scenario> | null = null;

/** Every scenario of the benchmark's own, by name: the files in `packages/bench/scenarios`. */
export function catalogue(): ReadonlyMap<string, Scenario> {
  return (read ??= new Map(
    readdirSync(FOLDER)
      .filter((file) => file.endsWith(".yaml"))
      .sort()
      .map((file) => {
        const scenario = scenarioIn(file);
        return [scenario.name, scenario] as const;
      }),
  ));
}

/** The file of a scenario of the benchmark's own. */
export function catalogueFile(name: string): { readonly path: string; readonly text: string } {
  const path = join(FOLDER, `${name}.yaml`);
  return { path, text: readFileSync(path, "utf8") };
}

/** A scenario of the benchmark's own. */
export function scenarioNamed(name: string): Scenario {
  const scenario = catalogue().get(name);
  if (scenario === undefined)
    throw new RangeError(`Unknown scenario "${name}". Available scenarios: ${[...catalogue().keys()].join(", ")}.`);
  return scenario;
}

function scenarioIn(file: string): Scenario {
  const name = file.replace(/\.yaml$/, "");
  const { path, text } = catalogueFile(name);
  const result = readScenario(path, text);
  if ("mistakes" in result) throw new Error(`A scenario of the benchmark is wrong:\n${mistakesText(result.mistakes)}`);
  if (result.scenario.name !== name) throw new Error(`${path} holds the scenario "${result.scenario.name}".`);
  return result.scenario;
}
