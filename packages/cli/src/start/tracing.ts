import type { FinishedSpan, SpanSink } from "@meshhook/runtime";
import type { Logger } from "pino";

import { VERSION } from "../version.ts";

type Environment = { readonly [name: string]: string | undefined };

/** A sink of spans, and what sends the last of them. */
export interface Tracing {
  readonly sink: SpanSink;
  close(): Promise<void>;
}

/** Whether the standard variables of OpenTelemetry ask for traces. */
export function wantsTraces(environment: Environment): boolean {
  const isSet = (name: string): boolean => (environment[name] ?? "").trim() !== "";
  if ((environment["OTEL_SDK_DISABLED"] ?? "").trim().toLowerCase() === "true") return false;
  if ((environment["OTEL_TRACES_EXPORTER"] ?? "").trim() === "none") return false;
  return isSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") || isSet("OTEL_EXPORTER_OTLP_ENDPOINT");
}

/** Null, and nothing loaded, unless the environment asks for traces. */
export async function openTracing(log: Logger, environment: Environment = process.env): Promise<Tracing | null> {
  if (!wantsTraces(environment)) return null;
  const [api, sdk, { OTLPTraceExporter }, resources] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/exporter-trace-otlp-proto"),
    import("@opentelemetry/resources"),
  ]);
  // Otherwise a receiver that is away would go unnoticed.
  const say = (message: string, ...more: unknown[]): void =>
    log.warn({ detail: more.map(String) }, `traces: ${message}`);
  const quiet = (): void => undefined;
  api.diag.setLogger({ error: say, warn: say, info: quiet, debug: quiet, verbose: quiet }, api.DiagLogLevel.WARN);
  // The exporter reads its address, headers and time limits from the same variables.
  const processor = new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter() });
  const resource = resources
    .resourceFromAttributes({ "service.name": "meshhook", "service.version": VERSION })
    .merge(
      resources.detectResources({
        detectors: [resources.resourceAttributesEnvDetector, resources.serviceNameEnvDetector],
      }),
    );
  const isSampled = samplerOf(environment, log);
  const scope = { name: "meshhook", version: VERSION };
  const { SpanKind, SpanStatusCode, TraceFlags } = api;
  const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };
  const contextOf = (traceId: string, spanId: string, isRemote = false) => ({
    traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote,
  });
  const readable = (span: FinishedSpan) => {
    const { attributes, endedAt, error, kind, links, name, parent, spanId, startedAt, traceId, traceState } = span;
    const state = traceState === null ? {} : { traceState: stateOf(traceState) };
    return {
      name,
      kind: kinds[kind],
      spanContext: () => ({ ...contextOf(traceId, spanId), ...state }),
      ...(parent === null ? {} : { parentSpanContext: contextOf(traceId, parent.spanId, parent.isRemote) }),
      startTime: hrTime(startedAt),
      endTime: hrTime(endedAt),
      duration: hrTime(Math.max(0, endedAt - startedAt)),
      status: error === null ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: error },
      attributes,
      links: links.map((link) => ({ context: contextOf(link.traceId, link.spanId) })),
      events: [],
      ended: true,
      resource,
      instrumentationScope: scope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  };
  return {
    sink: { isSampled, add: (span) => processor.onEnd(readable(span)) },
    close: () =>
      processor
        .shutdown()
        .catch((error: unknown) => log.warn({ error: String(error) }, "the last traces could not be sent")),
  };
}

/** The sender's `tracestate`, which was checked, as exporters ask for it. */
function stateOf(text: string) {
  const state = { get: () => undefined, set: () => state, unset: () => state, serialize: () => text };
  return state;
}

/** Of `OTEL_TRACES_SAMPLER`. By trace id, so that all processes decide the same. */
export function samplerOf(environment: Environment, log: Pick<Logger, "warn">): SpanSink["isSampled"] {
  const name = (environment["OTEL_TRACES_SAMPLER"] ?? "").trim() || "parentbased_always_on";
  const text = (environment["OTEL_TRACES_SAMPLER_ARG"] ?? "").trim();
  const given = text === "" ? 1 : Number(text);
  const isRatio = given >= 0 && given <= 1;
  if (name.endsWith("traceidratio") && !isRatio)
    log.warn({ value: text }, "OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1; all traces are recorded");
  const ratio = isRatio ? given : 1;
  const root = {
    always_on: () => true,
    always_off: () => false,
    traceidratio: (traceId: string) => parseInt(traceId.slice(0, 8), 16) < ratio * 2 ** 32,
  };
  const own = root[name.replace(/^parentbased_/, "") as keyof typeof root] as
    ((traceId: string) => boolean) | undefined;
  if (own === undefined) {
    log.warn({ value: name }, "OTEL_TRACES_SAMPLER is not known here; parentbased_always_on is used");
    return (_traceId, isParentSampled) => isParentSampled ?? true;
  }
  if (!name.startsWith("parentbased_")) return own;
  return (traceId, isParentSampled) => isParentSampled ?? own(traceId);
}

/** Seconds and nanoseconds. */
function hrTime(us: number): [number, number] {
  return [Math.floor(us / 1_000_000), Math.round(us % 1_000_000) * 1_000];
}
