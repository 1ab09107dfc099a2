import { createHash } from "node:crypto";

import type { Json, StepPlace } from "@meshhook/core";
import { stepKey } from "@meshhook/core";

/** What the sender of a webhook said about its trace. Source: W3C Trace Context, level 1. */
export interface SentTrace {
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
  /** As it was sent; null: there is none, or it is not valid. */
  readonly state: string | null;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);
/** Longer ones may be dropped (section 3.3.1.5). */
const STATE_CHARACTERS_MAX = 512;
const STATE_MEMBER =
  /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const STATE_MEMBERS_MAX = 32;

/** Reads the trace from the headers of a delivery. Null: there is none, or it is not valid, which counts the same. */
export function sentTrace(headers: Json): SentTrace | null {
  if (headers === null || typeof headers !== "object") return null;
  const { traceparent, tracestate } = headers as { readonly [name: string]: Json };
  if (typeof traceparent !== "string") return null;
  const match = TRACEPARENT.exec(traceparent);
  if (match === null) return null;
  const [, version, traceId = "", spanId = "", flags = "", more] = match;
  if (version === "ff" || traceId === NO_TRACE || spanId === NO_SPAN) return null;
  // Later versions may say more behind it; this one may not.
  if (version === "00" && more !== undefined) return null;
  return { traceId, spanId, isSampled: (parseInt(flags, 16) & 1) === 1, state: stateOf(tracestate) };
}

function stateOf(text: Json | undefined): string | null {
  if (typeof text !== "string" || text === "" || text.length > STATE_CHARACTERS_MAX) return null;
  const members = text.split(",").map((member) => member.trim());
  const given = members.filter((member) => member !== "");
  const isValid =
    given.length > 0 && given.length <= STATE_MEMBERS_MAX && given.every((member) => STATE_MEMBER.test(member));
  return isValid ? given.join(",") : null;
}

/** The id of a trace that begins with a run. */
export function traceIdOf(runId: string): string {
  return digest(`trace ${runId}`, 32);
}

/** The same in every process, so that a trace goes on where a takeover continues the run. */
export function runSpanId(runId: string): string {
  return digest(`run ${runId}`, 16);
}

export function stepSpanId(runId: string, place: StepPlace): string {
  return digest(`step ${runId} ${stepKey(place)}`, 16);
}

export function attemptSpanId(runId: string, place: StepPlace, attempt: number): string {
  return digest(`attempt ${runId} ${stepKey(place)} ${attempt}`, 16);
}

export function traceparentOf(traceId: string, spanId: string, isSampled: boolean): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}

function digest(text: string, characters: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, characters);
}
