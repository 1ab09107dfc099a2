import { amount, choice, list, number, object, record, text } from "./schema-builder.ts";

/** What another system says of the time in which the benchmark ran. */
export interface ExternalSeries {
  readonly source: "meshhook" | "prometheus" | "supabase";
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
  readonly unit: string;
  /** In the order of time; at most 600. */
  readonly points: readonly ExternalPoint[];
}

export interface ExternalPoint {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly value: number;
}

export const externalSchema = list(
  "What other systems say of the time in which the benchmark ran.",
  object<ExternalSeries>("One series.", {
    source: choice(
      "`meshhook`: MeshHook's own `/metrics`. `prometheus`: a query to a Prometheus. `supabase`: Supabase's metrics of a project.",
      ["meshhook", "prometheus", "supabase"],
    ),
    name: text("Name of the metric or query."),
    labels: record("Labels of the series.", text("Value.")),
    unit: text("Unit of the values; counters are given per second."),
    points: list(
      "Values in the order of time, at most 600.",
      object<ExternalPoint>("One value.", { atMs: amount("Unix milliseconds."), value: number("The value.") }),
    ),
  }),
);
