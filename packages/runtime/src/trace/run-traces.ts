import type { CallEffect, CallRequest, Fact, Micros, Run, StepPlace, TerminalStatus } from "@meshhook/core";

import type { LiveRun } from "../live-run.ts";
import {
  attemptSpanId,
  runSpanId,
  sentTrace,
  stepSpanId,
  traceIdOf,
  traceparentOf,
  type SentTrace,
} from "./trace-context.ts";

/** A part of a trace that is over. Nothing in it was sent by anybody: no payload, header, address or message. */
export interface FinishedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: { readonly spanId: string; readonly isRemote: boolean } | null;
  readonly traceState: string | null;
  readonly name: string;
  readonly kind: "server" | "client" | "internal";
  readonly startedAt: Micros;
  readonly endedAt: Micros;
  /** Null: it went well. */
  readonly error: string | null;
  readonly attributes: { readonly [name: string]: string | number };
  /** Runs that this one continues or repeats. */
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** Takes spans to where they are looked at. */
export interface SpanSink {
  /** Whether a trace is recorded: the same answer for the same trace. `isParentSampled`: what its sender decided; null: it begins here. */
  isSampled(traceId: string, isParentSampled: boolean | null): boolean;
  add(span: FinishedSpan): void;
}

interface Trace {
  readonly sent: SentTrace | null;
  readonly traceId: string;
  readonly isSampled: boolean;
}

/**
 * Makes spans of what has become durable, so that a trace shows nothing that did not happen, and a run that a takeover continues has one trace. Ids follow from the
 * run and the step (docs/decisions/0099).
 */
export class RunTraces {
  readonly #sink: SpanSink;

  constructor(sink: SpanSink) {
    this.#sink = sink;
  }

  /** A segment is durable. */
  noteSegment(live: LiveRun, seq: number, facts: readonly Fact[], status: TerminalStatus | null, now: Micros): void {
    const { run } = live;
    const trace = this.#traceOf(run);
    if (!trace.isSampled) return;
    const [first] = facts;
    if (seq === 0 && first?.kind === "delivery" && first.source !== undefined)
      this.#add(live, trace, {
        spanId: attemptSpanId(run.runId, { node: "" }, 0),
        parent: { spanId: runSpanId(run.runId), isRemote: false },
        name: "intake",
        kind: "internal",
        startedAt: first.at,
        endedAt: Math.max(first.at, now),
        attributes: { "meshhook.endpoint.id": first.source.endpoint },
      });
    for (const fact of facts)
      if (fact.kind === "response" || fact.kind === "failure") this.#addAttempt(live, trace, fact);
    if (status !== null) this.#addRun(live, trace, status);
  }

  /** The request of a call, with the trace that it belongs to. */
  traced(live: LiveRun, effect: CallEffect, request: CallRequest): CallRequest {
    const { sent, traceId, isSampled } = this.#traceOf(live.run);
    const spanId = attemptSpanId(live.runId, effect, effect.attempt);
    return withTrace(request, traceparentOf(traceId, spanId, isSampled), sent?.state ?? null);
  }

  #traceOf({ runId, deliveryHeaders }: Run): Trace {
    const sent = sentTrace(deliveryHeaders);
    const traceId = sent?.traceId ?? traceIdOf(runId);
    return { sent, traceId, isSampled: this.#sink.isSampled(traceId, sent?.isSampled ?? null) };
  }

  #addAttempt(live: LiveRun, trace: Trace, fact: Extract<Fact, { readonly kind: "response" | "failure" }>): void {
    const { runId } = live;
    const isFailure = fact.kind === "failure";
    this.#add(live, trace, {
      spanId: attemptSpanId(runId, fact, fact.attempt),
      parent: { spanId: stepParent(runId, fact), isRemote: false },
      name: `call ${fact.node}`,
      kind: "client",
      startedAt: fact.at - fact.durationUs,
      endedAt: fact.at,
      error: isFailure ? fact.code : fact.status >= 400 ? String(fact.status) : null,
      attributes: {
        "meshhook.node": fact.node,
        "meshhook.attempt": fact.attempt,
        ...(isFailure ? { "error.type": fact.code } : { "http.response.status_code": fact.status }),
      },
    });
  }

  #addRun(live: LiveRun, trace: Trace, status: TerminalStatus): void {
    const { run } = live;
    const { origin, runId } = run;
    const { sent } = trace;
    for (const { endedAt, error, isKept, node, startedAt, type } of run.steps) {
      if (startedAt === null || endedAt === null || isKept) continue;
      this.#add(live, trace, {
        spanId: stepSpanId(runId, { node }),
        parent: { spanId: runSpanId(runId), isRemote: false },
        name: `node ${node}`,
        kind: "internal",
        startedAt,
        endedAt,
        error: error?.code ?? null,
        attributes: { "meshhook.node": node, "meshhook.node.type": type },
      });
    }
    const repeats = origin?.kind === "replay" || origin?.kind === "resume" ? origin.runId : null;
    this.#add(live, trace, {
      spanId: runSpanId(runId),
      parent: sent === null ? null : { spanId: sent.spanId, isRemote: true },
      name: "run",
      kind: "server",
      startedAt: run.startedAt,
      endedAt: run.lastAt,
      error: status === "failed" ? (run.result?.error?.code ?? "failed") : null,
      attributes: {
        "meshhook.run.status": status,
        ...(origin === null ? {} : { "meshhook.origin": origin.kind }),
        ...(origin?.kind === "child" ? { "meshhook.parent.run.id": origin.runId } : {}),
      },
      // A replay has the headers of the run that it repeats, and so its trace.
      links: repeats === null ? [] : [{ traceId: sent?.traceId ?? traceIdOf(repeats), spanId: runSpanId(repeats) }],
    });
  }

  #add(
    { projectId, runId, versionId, workflowId }: LiveRun,
    { sent, traceId }: Trace,
    span: Omit<FinishedSpan, "traceId" | "traceState" | "links" | "error"> &
      Partial<Pick<FinishedSpan, "links" | "error">>,
  ): void {
    const attributes = {
      "meshhook.run.id": runId,
      "meshhook.workflow.id": workflowId,
      "meshhook.version.id": versionId,
      "meshhook.project.id": projectId,
      ...span.attributes,
    };
    this.#sink.add({ links: [], error: null, ...span, attributes, traceId, traceState: sent?.state ?? null });
  }
}

/** A step in a loop has no span of its own: its calls belong to the loop's run. */
function stepParent(runId: string, place: StepPlace): string {
  return place.iteration === undefined ? stepSpanId(runId, place) : runSpanId(runId);
}

/** Without tracing, what the sender said goes on to calls as it came, as through any other proxy. */
export function forwardTrace({ deliveryHeaders }: Run, request: CallRequest): CallRequest {
  const sent = sentTrace(deliveryHeaders);
  if (sent === null) return request;
  return withTrace(request, traceparentOf(sent.traceId, sent.spanId, sent.isSampled), sent.state);
}

/** The author's own headers count before these. */
function withTrace(request: CallRequest, traceparent: string, tracestate: string | null): CallRequest {
  if (Object.hasOwn(request.headers, "traceparent")) return request;
  const headers = Object.assign(Object.create(null) as { [name: string]: string }, request.headers, { traceparent });
  if (tracestate !== null && !Object.hasOwn(headers, "tracestate")) headers["tracestate"] = tracestate;
  return { ...request, headers };
}
