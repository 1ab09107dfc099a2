import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A revision of the sources; `isDirty` when something was changed in them and not committed. */
export interface Revision {
  readonly revision: string;
  readonly isDirty: boolean;
}

/** The folder that holds `packages`: a clone, or the package that npm installed. */
export const HOME = fileURLToPath(new URL("../../../", import.meta.url));

/** The `package.json` of a clone lists workspaces, that of an installed package says which revision it was made from. */
const manifest = JSON.parse(readFileSync(`${HOME}package.json`, "utf8")) as {
  readonly workspaces?: readonly string[];
  readonly gitHead?: string;
  readonly isDirty?: boolean;
};

export const IS_CLONE = manifest.workspaces !== undefined;

/** What an installed package was made from; null in a clone, which git knows better, and where it is unknown. */
export const PACKED_FROM: Revision | null =
  IS_CLONE || manifest.gitHead === undefined
    ? null
    : { revision: manifest.gitHead, isDirty: manifest.isDirty ?? false };

/** What people type before the name of a command. */
export const PROGRAM = IS_CLONE ? "npm run meshhook --" : "npx meshhook";
/** What people type to start MeshHook, and to start the benchmark. */
export const START = IS_CLONE ? "npm start" : "npx meshhook start";
export const BENCH = IS_CLONE ? "npm run bench --" : "npx meshhook bench";
/** Where the examples are, for somebody in the folder that these commands work in. */
export const EXAMPLES = IS_CLONE ? "examples" : "node_modules/meshhook/examples";
