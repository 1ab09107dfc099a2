import { checkSources, DEFAULT_QUERIES, ReadingFailed, readQueries, supabaseEndpoint } from "@meshhook/bench";
import type { Endpoint, ExternalSources } from "@meshhook/bench";

import type { Config } from "../config/settings.ts";
import { CommandError } from "../exit-codes.ts";

type SourceConfig = Pick<
  Config,
  "benchPrometheus" | "benchPrometheusAuth" | "benchPrometheusQueries" | "benchSupabaseMetrics" | "benchSupabaseKey"
>;

/**
 * The systems whose metrics become part of the result; each is asked once, before minutes are spent on measuring.
 *
 * @throws CommandError  badInput for settings that do not go together and wrong queries; unreachable for a system that does not answer.
 */
export async function openSources(config: SourceConfig): Promise<ExternalSources> {
  const sources = sourcesIn(config);
  try {
    await checkSources(sources);
  } catch (error) {
    if (!(error instanceof ReadingFailed)) throw error;
    throw new CommandError("unreachable", `${error.message} Nothing was started.`, { cause: error });
  }
  return sources;
}

function sourcesIn(config: SourceConfig): ExternalSources {
  const { benchPrometheus, benchPrometheusAuth, benchPrometheusQueries, benchSupabaseMetrics, benchSupabaseKey } =
    config;
  if (benchPrometheus === null && benchPrometheusQueries !== null)
    throw new CommandError(
      "badInput",
      "--prometheus-queries needs --prometheus: nobody is asked without it. Nothing was started.",
    );
  if (benchSupabaseMetrics !== null && benchSupabaseKey === null)
    throw new CommandError(
      "badInput",
      "--supabase-metrics needs the project's secret API key in MESHHOOK_BENCH_SUPABASE_KEY. Nothing was started.",
    );
  const prometheus =
    benchPrometheus === null
      ? null
      : {
          endpoint: { url: benchPrometheus, authorization: authorizationOf(benchPrometheusAuth) },
          queries: queriesOf(benchPrometheusQueries),
        };
  const supabase =
    benchSupabaseMetrics === null || benchSupabaseKey === null
      ? null
      : supabaseEndpoint(benchSupabaseMetrics, benchSupabaseKey);
  return { prometheus, supabase };
}

/** From `bearer <token>` or `basic <user>:<password>` to what is sent. */
function authorizationOf(credentials: string | null): Endpoint["authorization"] {
  if (credentials === null) return null;
  const value = credentials.slice(credentials.indexOf(" ") + 1);
  return /^basic /i.test(credentials) ? `Basic ${Buffer.from(value, "utf8").toString("base64")}` : `Bearer ${value}`;
}

function queriesOf(path: string | null): NonNullable<ExternalSources["prometheus"]>["queries"] {
  const read = readQueries(path ?? DEFAULT_QUERIES);
  if ("queries" in read) return read.queries;
  throw new CommandError(
    "badInput",
    `${path ?? "The default queries"}: ${read.mistakes.length === 1 ? "one mistake" : `${String(read.mistakes.length)} mistakes`}, so nothing was started:\n${read.mistakes.map((line) => `  ${line}`).join("\n")}`,
  );
}
