import packageJson from "../package.json" with { type: "json" };

/** The release, as in `0.1.0`. */
export const VERSION: string = packageJson.version;
