import { quote } from "../error/issue.ts";
import type { Template } from "../expression/index.ts";
import type { ConfigReader } from "./config-reader.ts";

export interface HeaderTemplate {
  /** Lower case. */
  readonly name: string;
  readonly value: Template;
}

/** RFC 9110 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Reads headers by name. Mistakes become issues.
 *
 * @param path  The place of the headers in the config.
 * @param whyForbidden  Why a header (lower case) cannot be set, as the end of a sentence; null if it can be set.
 */
export function readHeaders(
  headers: { readonly [name: string]: string },
  path: readonly string[],
  whyForbidden: (name: string) => string | null,
  reader: ConfigReader,
): readonly HeaderTemplate[] {
  const names = new Set<string>();
  return Object.entries(headers).map(([name, value]) => {
    const lower = name.toLowerCase();
    const at = [...path, name];
    const reason = whyForbidden(lower);
    if (!HEADER_NAME.test(name)) {
      reader.report(at, "header_invalid", `${quote(name)} is not a header name.`, "Use letters, digits and hyphens.");
    } else if (reason !== null) {
      reader.report(at, "header_forbidden", `The header "${lower}" cannot be set.`, `Remove "${name}"; ${reason}.`);
    } else if (names.has(lower)) {
      reader.report(at, "header_duplicate", `The header "${lower}" is given twice.`, "Keep one of them.");
    }
    names.add(lower);
    const template = reader.template(at, value);
    // Bytes beyond Latin-1 cannot be sent in a header; control characters would end or split it.
    if (template.parts.some((part) => typeof part === "string" && /[^\t\u0020-\u007e\u0080-\u00ff]/.test(part))) {
      reader.report(
        at,
        "header_invalid",
        `The value of the header "${lower}" contains a line break, a control character or a character beyond Latin-1.`,
        "Write the value as one line of plain text.",
      );
    }
    return { name: lower, value: template };
  });
}
