import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

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
  const hashes = Array.from(text.matchAll(INLINE_SCRIPT), ([, script = ""]) => `'sha256-${sha256(script, "base64")}'`);
  return { text, etag: `"${sha256(text, "base64url")}"`, policy: contentSecurityPolicy(hashes) };
}

/** Everything comes from this server; of the inline scripts, only those with these hashes run. */
export function contentSecurityPolicy(scriptHashes: readonly string[]): string {
  return [
    "default-src 'none'",
    ["script-src 'self'", ...scriptHashes].join(" "),
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "frame-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function sha256(text: string, encoding: "base64" | "base64url"): string {
  return createHash("sha256").update(text).digest(encoding);
}
