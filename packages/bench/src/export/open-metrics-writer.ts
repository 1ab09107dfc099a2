/** A family of metrics in OpenMetrics 1.0: its name, its samples, and what they mean. */
export interface MetricFamily {
  /** Without a suffix of its type; ends in the unit if there is one. */
  readonly name: string;
  readonly type: "gauge" | "counter" | "summary" | "info" | "stateset";
  readonly unit?: "seconds" | "bytes";
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  /** What comes behind the family's name, as in `_total`. */
  readonly suffix?: "_total" | "_count" | "_sum" | "_info";
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
}

/**
 * Writes families as OpenMetrics text. Families without samples are left out.
 *
 * Source: the OpenMetrics 1.0 specification, sections "Text Format" and "Metric Types".
 *
 * @param atMs  Unix milliseconds, for every sample.
 */
export function openMetrics(families: readonly MetricFamily[], atMs: number): string {
  const timestamp = (atMs / 1_000).toFixed(3);
  const lines = families
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, type, unit, help, samples }) => [
      `# TYPE ${name} ${type}`,
      ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
      `# HELP ${name} ${escaped(help)}`,
      ...samples.map(
        ({ suffix = "", labels, value }) => `${name}${suffix}${labelsText(labels)} ${String(value)} ${timestamp}`,
      ),
    ]);
  return [...lines, "# EOF", ""].join("\n");
}

function labelsText(labels: MetricSample["labels"]): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
