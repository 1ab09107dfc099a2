import { isAccepted, Outcome } from "../../load/ledger.ts";
import type { OutputReader } from "../driven-load.ts";
import type { DrivenRequest } from "../requests.ts";

/** Fields of a row that are read, by their names in the first line. */
const FIELDS = ["timeStamp", "elapsed", "responseCode", "n", "dueAtMs", "runId"] as const;
type Field = (typeof FIELDS)[number];

/**
 * Reads JMeter's results (`-l`, CSV): a row is written when the answer is in, with the instant at which the request was sent and how long it took,
 * in milliseconds, and with the plan's own variables: the request's number, the instant it was due, and the run that the answer named.
 */
export class JMeterResults implements OutputReader {
  readonly #dueMs: readonly number[];
  readonly #requests: DrivenRequest[] = [];
  #columns: { readonly [Name in Field]: number } | null = null;

  /** @param dueMs  The instants of the schedule, by request. */
  constructor(dueMs: readonly number[]) {
    this.#dueMs = dueMs;
  }

  take(line: string): number | null {
    const values = csvFields(line.replace(/\r$/, ""));
    if (this.#columns === null) {
      this.#columns = columnsOf(values);
      return null;
    }
    const columns = this.#columns;
    const of = (field: Field) => values[columns[field]] ?? "";
    // Requests of JMeter's own warm-up have no number.
    if (!/^\d+$/.test(of("n"))) return null;
    const [sentUs, intendedUs] = [Number(of("timeStamp")) * 1_000, Number(of("dueAtMs")) * 1_000];
    const outcome = outcomeOf(of("responseCode"));
    this.#requests.push({
      n: Number(of("n")),
      intendedUs,
      sentUs: outcome === Outcome.refused ? null : sentUs,
      answeredUs: sentUs + Number(of("elapsed")) * 1_000,
      outcome,
      // A variable keeps its value until the next answer that has one.
      runId: isAccepted(outcome) && of("runId").length === 36 ? of("runId") : "",
    });
    return outcome;
  }

  finish(): ReturnType<OutputReader["finish"]> {
    const [first] = this.#requests;
    const startedAtUs = (first?.intendedUs ?? 0) - (this.#dueMs[first?.n ?? 0] ?? 0) * 1_000;
    return { load: { startedAtUs, requests: this.#requests, unsentUs: [] }, timesFrom: "schedule" };
  }
}

function columnsOf(header: readonly string[]): { readonly [Name in Field]: number } {
  const missing = FIELDS.filter((field) => !header.includes(field));
  if (missing.length > 0)
    throw new Error(
      `JMeter's results have no column ${missing.map((field) => `"${field}"`).join(", ")}. They have: ${header.join(", ")}.`,
    );
  return Object.fromEntries(FIELDS.map((field) => [field, header.indexOf(field)])) as { [Name in Field]: number };
}

/** The fields of a line of CSV (RFC 4180). Fields that JMeter is told to save have no line breaks. */
function csvFields(line: string): readonly string[] {
  return Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'),
  );
}

/** Where there is no status, JMeter names the Java exception: `Non HTTP response code: java.net.ConnectException`. */
function outcomeOf(responseCode: string): number {
  if (/^\d{3}$/.test(responseCode)) return Number(responseCode);
  if (/ConnectException|ConnectTimeout|UnknownHost|NoRouteToHost/.test(responseCode)) return Outcome.refused;
  return responseCode.includes("Timeout") ? Outcome.timeout : Outcome.reset;
}
