import { createHash } from "node:crypto";

/** Texts of the elements inside a document that may count. */
export interface Inline {
  readonly scripts?: readonly string[];
  readonly styles?: readonly string[];
}

/** Everything comes from this server; of what stands inside the document only these scripts run, and only these styles apply. */
export function contentSecurityPolicy({ scripts = [], styles = [] }: Inline): string {
  return [
    "default-src 'none'",
    ["script-src 'self'", ...scripts.map(sourceOf)].join(" "),
    ["style-src 'self'", ...styles.map(sourceOf)].join(" "),
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

function sourceOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
