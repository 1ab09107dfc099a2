/** One sample of a text exposition. */
export interface ExposedSample {
  /** With its suffix, as in `http_requests_total`. */
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
  /** May be NaN or infinite. */
  readonly value: number;
}

export interface Exposition {
  readonly samples: readonly ExposedSample[];
  /** By the name of the family: `counter`, `gauge`, `histogram`, `summary`, `untyped`, … */
  readonly types: ReadonlyMap<string, string>;
}

/**
 * Reads what `/metrics` answers: Prometheus' text format 0.0.4 or OpenMetrics 1.0. Timestamps and exemplars are left out.
 *
 * @throws SyntaxError  for a line that is neither, with its number.
 */
export function parseExposition(text: string): Exposition {
  const samples: ExposedSample[] = [];
  const types = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim();
    if (trimmed === "") continue;
    if (trimmed.startsWith("#")) {
      const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(trimmed) ?? [];
      if (name !== undefined && type !== undefined) types.set(name, type);
      continue;
    }
    const [, name, labels, value] = SAMPLE.exec(trimmed) ?? [];
    const number = value === undefined ? null : numberOf(value);
    if (name === undefined || number === null)
      throw new SyntaxError(`Line ${String(index + 1)} is not a metric: ${trimmed.slice(0, 80)}`);
    samples.push({ name, labels: labelsOf(labels ?? ""), value: number });
  }
  return { samples, types };
}

const LABEL = String.raw`[a-zA-Z_]\w*\s*=\s*"(?:[^"\\]|\\.)*"`;
const SAMPLE = new RegExp(String.raw`^([a-zA-Z_:][\w:]*)\s*(?:\{\s*((?:${LABEL}\s*,?\s*)*)\})?\s+(\S+)(?:\s.*)?$`);

function labelsOf(text: string): { readonly [name: string]: string } {
  const labels: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"/g))
    labels[name] = value.replaceAll(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
  return labels;
}

function numberOf(text: string): number | null {
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}
