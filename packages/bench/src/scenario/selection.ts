import { readFileSync } from "node:fs";
import { closest } from "../shape/closest.ts";
import { INVALID, Place } from "../shape/mistake.ts";
import type { Shape } from "../shape/shape.ts";
import { duration, durationText, rate } from "../shape/units.ts";
import { catalogue, catalogueFile } from "./catalogue.ts";
import { atRate, lasting } from "./change.ts";
import { LOAD_MS_MAX } from "./load-shape.ts";
import { RATE_MAX } from "./load.ts";
import { readScenario } from "./read.ts";
import type { FileMistake, Override } from "./read.ts";
import type { Scenario } from "./scenario.ts";
import { isSuiteName, SUITES, suiteScenarios } from "./suites.ts";

/** What to run, as it was asked for. */
export interface SelectionRequest {
  /** Names of suites and scenarios, and paths of scenario files. */
  readonly what: readonly string[];
  /** For every scenario, instead of the time in its file: `30s`. */
  readonly duration: string | null;
  /** For every scenario with a rate, instead of its mean: `200/s`. */
  readonly rate: string | null;
  /** Values that take the place of those in the files. */
  readonly overrides: readonly Override[];
}

export interface Selection {
  /** The name of the suite; `custom` for anything else. */
  readonly suite: string;
  readonly scenarios: readonly Scenario[];
  /** In what they depart from their files. */
  readonly deviations: readonly string[];
}

/** Finds and reads the scenarios that were asked for, or tells every mistake in all of them. */
export function selectScenarios(request: SelectionRequest): Selection | { readonly mistakes: readonly FileMistake[] } {
  const mistakes: FileMistake[] = [];
  const report = (file: string, message: string, remedy: string) =>
    mistakes.push({ file, line: null, keys: [], path: "", message, remedy });
  const durationMs = quantity("--duration", request.duration, DURATION, mistakes);
  const perSecond = quantity("--rate", request.rate, RATE, mistakes);
  const scenarios: Scenario[] = [];
  for (const { file, text } of filesOf(request.what, report)) {
    const read = readScenario(file, text, request.overrides);
    if ("mistakes" in read) mistakes.push(...read.mistakes);
    else if (scenarios.some(({ name }) => name === read.scenario.name))
      report(file, `Another scenario is also called "${read.scenario.name}".`, "Give one of them another name.");
    else scenarios.push(read.scenario);
  }
  const without = perSecond === null ? [] : scenarios.filter(({ load }) => load.kind === "saturating");
  if (scenarios.length > 0 && without.length === scenarios.length)
    report(
      "--rate",
      `${namesOf(without)} have no rate: their senders wait for their answers.`,
      "Leave --rate out, or choose scenarios with a rate.",
    );
  if (mistakes.length > 0) return { mistakes };
  const [only] = request.what;
  return {
    suite: request.what.length === 1 && only !== undefined && isSuiteName(only) ? only : "custom",
    scenarios: scenarios.map((scenario) => {
      const long = durationMs === null ? scenario : lasting(scenario, { durationMs });
      return perSecond === null ? long : (atRate(long, perSecond) ?? long);
    }),
    deviations: [
      ...request.overrides.map(({ path, value, source }) => `${path} was set to ${value} by ${source}.`),
      ...(durationMs === null ? [] : [`Every measured part lasted ${durationText(durationMs)}, by --duration.`]),
      ...(perSecond === null
        ? []
        : [
            `The mean rate was ${String(perSecond)}/s, by --rate${without.length === 0 ? "" : `; ${namesOf(without)} have none`}.`,
          ]),
    ],
  };
}

const DURATION = duration("A duration.", { minMs: 1_000, maxMs: LOAD_MS_MAX });
const RATE = rate("A rate.", { max: RATE_MAX });

function quantity(source: string, text: string | null, shape: Shape<number>, mistakes: FileMistake[]): number | null {
  if (text === null) return null;
  const at = new Place();
  const value = shape.read(text, at);
  if (value !== INVALID) return value;
  mistakes.push(...at.mistakes.map((mistake) => ({ ...mistake, file: source, line: null })));
  return null;
}

/** The files behind words, in their order, each once. */
function filesOf(
  what: readonly string[],
  report: (file: string, message: string, remedy: string) => void,
): { readonly file: string; readonly text: string }[] {
  const found = new Map<string, string>();
  for (const word of what) {
    const names = isSuiteName(word) ? suiteScenarios(word) : catalogue().has(word) ? [word] : null;
    if (names !== null) {
      for (const { path, text } of names.map(catalogueFile)) found.set(path, text);
    } else if (/[/\\]|\.ya?ml$/i.test(word)) {
      try {
        found.set(word, readFileSync(word, "utf8"));
      } catch (error) {
        report(
          word,
          `It cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
          "Check the path.",
        );
      }
    } else {
      const known = [...Object.keys(SUITES), ...catalogue().keys()];
      const near = closest(word, known);
      report(
        word,
        "It is neither a suite nor a scenario, nor the path of a .yaml file.",
        near === null ? "`meshhook bench list` shows all of them." : `Did you mean "${near}"?`,
      );
    }
  }
  return [...found].map(([file, text]) => ({ file, text }));
}

function namesOf(scenarios: readonly Scenario[]): string {
  return scenarios.map(({ name }) => name).join(", ");
}
