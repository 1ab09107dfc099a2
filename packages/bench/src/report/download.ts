import { html } from "./html.ts";
import type { Html } from "./html.ts";

/** A file that the page carries inside itself. */
export interface Download {
  readonly label: string;
  readonly fileName: string;
  readonly type: "text/csv" | "application/json";
  readonly text: string;
}

/** Larger files would outweigh the page; they stand beside it. */
const EMBEDDED_BYTES_MAX = 8_000;

/** A link that saves the file, without a request; text that names the file beside the page where it is too large for that. */
export function downloadLink({ label, fileName, type, text }: Download, beside: string): Html {
  const bytes = Buffer.from(text);
  if (bytes.length > EMBEDDED_BYTES_MAX) return html`${label}: in <a href="${beside}"><code>${beside}</code></a>`;
  return html`<a download="${fileName}" href="data:${type};base64,${bytes.toString("base64")}">${label}</a>`;
}

/**
 * Lines of comma-separated values with a head; what needs quotes gets them (RFC 4180), and no figure is an empty cell. Figures have six
 * significant digits.
 */
export function csv(
  head: readonly string[],
  rows: readonly (readonly (string | number | boolean | null | undefined)[])[],
): string {
  const cell = (value: string | number | boolean | null | undefined) => {
    const text = typeof value === "number" ? sixDigits(value) : String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function sixDigits(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
}
