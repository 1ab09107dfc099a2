import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { INVALID } from "../shape/mistake.ts";
import { made, text } from "../shape/shape.ts";
import type { Shape } from "../shape/shape.ts";

/** The files that a scenario file may name, by their paths from its folder. */
export interface FilesBeside {
  readonly folder: string;
  /** @throws Error when it cannot be read. */
  read(path: string): string;
}

export interface FileBeside {
  /** As the scenario file names it. */
  readonly path: string;
  readonly text: string;
}

/** Files in the folder of a scenario file. */
export function filesBeside(scenarioFile: string): FilesBeside {
  const folder = dirname(resolve(scenarioFile));
  return {
    folder,
    read: (path) => new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(resolve(folder, path))),
  };
}

/** For a description of scenario files without one. */
export const NO_FILES: FilesBeside = {
  folder: "",
  read: () => {
    throw new Error("there are no files here");
  },
};

/** The path of a file and the text in it. */
export function fileName(description: string, files: FilesBeside): Shape<FileBeside> {
  return made(text(description, { max: 500, example: "./file.json" }), (path, at) => {
    try {
      return { path, text: files.read(path) };
    } catch (error) {
      return at.report(
        `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
        `Paths start at ${files.folder}.`,
      );
    }
  });
}

/** The value in a text of YAML or JSON; `INVALID` where it is neither. */
export function documentIn(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    return INVALID;
  }
}
