import { LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import { INVALID, Place } from "../shape/mistake.ts";
import type { Mistake } from "../shape/mistake.ts";
import { filesBeside } from "./files-beside.ts";
import type { FilesBeside } from "./files-beside.ts";
import { scenarioShape } from "./file.ts";
import type { Scenario } from "./scenario.ts";

/** A mistake with its place in a file. */
export interface FileMistake extends Mistake {
  readonly file: string;
  /** From 1; null where the value did not come from the file. */
  readonly line: number | null;
}

/** A value that takes the place of one in the file, as in `load.rate=200/s`. */
export interface Override {
  /** Names and places in lists, as in `thresholds[0].limit`. */
  readonly path: string;
  /** YAML. */
  readonly value: string;
  /** Who says so, for messages: `--rate`. */
  readonly source: string;
}

/**
 * Reads a scenario file.
 *
 * @param file  Its path, for messages and for the files that it names.
 * @param text  YAML.
 * @returns The scenario, or every mistake at once.
 */
export function readScenario(
  file: string,
  text: string,
  overrides: readonly Override[] = [],
  files: FilesBeside = filesBeside(file),
): { readonly scenario: Scenario } | { readonly mistakes: readonly FileMistake[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return {
      mistakes: document.errors.map(({ message, pos }) => ({
        file,
        line: lines.linePos(pos[0]).line,
        keys: [],
        path: "",
        message: `It is not YAML: ${message}.`,
        remedy: "Mend this line; the others are read after that.",
      })),
    };
  }
  const at = new Place();
  const sources = new Map<string, string>();
  for (const override of overrides) {
    document.setIn(keysOf(override.path), document.createNode(valueOf(override.value)));
    sources.set(override.path, override.source);
  }
  const scenario = scenarioShape(files).read(document.toJS() as unknown, at);
  if (scenario !== INVALID) return { scenario };
  return {
    mistakes: at.mistakes.map((mistake) => {
      const source = sources.get(mistake.path);
      return {
        ...mistake,
        file: source ?? file,
        line: source === undefined ? lineOf(document, mistake.keys, lines) : null,
      };
    }),
  };
}

/** Mistakes as text, one per line. */
export function mistakesText(mistakes: readonly FileMistake[]): string {
  return mistakes
    .map(
      ({ file, line, path, message, remedy }) =>
        `  ${file}${line === null ? "" : `:${String(line)}`}${path === "" ? "" : ` ${path}`}: ${message} ${remedy}`,
    )
    .join("\n");
}

/** The line of the value, or of the nearest thing around it that is in the file. */
function lineOf(document: Document, keys: readonly (string | number)[], lines: LineCounter): number | null {
  for (let length = keys.length; length >= 0; length -= 1) {
    const node: unknown = document.getIn(keys.slice(0, length), true);
    const range = typeof node === "object" && node !== null && "range" in node ? node.range : null;
    if (Array.isArray(range) && typeof range[0] === "number") return lines.linePos(range[0]).line;
  }
  return 1;
}

function keysOf(path: string): (string | number)[] {
  return path
    .split(/[.[\]]+/)
    .filter((key) => key !== "")
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}

function valueOf(text: string): unknown {
  const document = parseDocument(text);
  // What is not YAML is a text, and its shape says what is wrong with it.
  return document.errors.length > 0 ? text : (document.toJS() as unknown);
}
