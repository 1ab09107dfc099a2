import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { contentSecurityPolicy } from "./content-policy.ts";

/** The one document of the console; its scripts draw every page. */
export interface Shell {
  readonly text: string;
  readonly etag: string;
  /** The Content-Security-Policy under which its own inline scripts run and no others. */
  readonly policy: string;
}

/** A script element without `src`, and its text. */
const INLINE_SCRIPT = /<script(?![^>]*\ssrc\s*=)[^>]*>([^]*?)<\/script\s*>/gi;

/** Reads the shell again only when the file changed. While a build is being replaced, the last one is used. */
export class ShellFile {
  readonly #path: string;
  #last: Shell | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws Error  when the file cannot be read and never could. */
  async read(): Promise<Shell> {
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch (error) {
      if (this.#last === null) throw error;
      return this.#last;
    }
    if (text !== this.#last?.text) this.#last = shellOf(text);
    return this.#last;
  }
}

function shellOf(text: string): Shell {
  const scripts = Array.from(text.matchAll(INLINE_SCRIPT), ([, script = ""]) => script);
  const etag = createHash("sha256").update(text).digest("base64url");
  return { text, etag: `"${etag}"`, policy: contentSecurityPolicy({ scripts }) };
}
