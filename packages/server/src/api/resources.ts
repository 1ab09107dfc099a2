import {
  formatTime,
  type EndpointResource,
  type EventResource,
  type FactResource,
  type KeyResource,
  type MemberResource,
  type OrganisationResource,
  type ProblemIssue,
  type ProjectResource,
  type RejectionResource,
  type RunResource,
  type RunSummaryResource,
  type UserResource,
  type VersionResource,
  type WorkflowResource,
  type WorkflowSummary,
} from "@meshhook/contract";
import {
  parseJsonExactly,
  stepKey,
  type Fact,
  type JsonObject,
  type Micros,
  type Run,
  type RunEvent,
  type RunOrigin,
  type ScheduleStep,
  type StepView,
} from "@meshhook/core";
import type {
  ApiKey,
  Endpoint,
  Member,
  Organisation,
  Project,
  Rejection,
  RunSummary,
  User,
  Version,
  Workflow,
} from "@meshhook/journal";

import { CronLine, type CallWait, systemClock } from "@meshhook/runtime";

import { rulesResource } from "../redaction/rules-resource.ts";
import { settingsOf, signingKeysOf } from "../signature/stored-signature.ts";
import { signatureWarnings } from "../signature/warnings.ts";

import { acceptanceResource } from "./endpoint-acceptance.ts";
import { stateTagOf } from "./etag.ts";

/** From inside to outside: one mapper per resource. A field without a line here is not shown. */

export function projectResource(project: Project): ProjectResource {
  const { id, organisationId, slug, name, concurrency, retentionDays, rateLimit } = project;
  return {
    id,
    organisationId,
    slug,
    name,
    concurrency,
    retentionDays,
    rateLimit,
    redaction: project.redaction === null ? null : rulesResource(project.redaction),
    createdAt: formatTime(project.createdAt),
    etag: stateTagOf(project),
  };
}

export function keyResource(key: ApiKey): KeyResource {
  const { id, projectId, name, scope, prefix } = key;
  return {
    id,
    projectId,
    name,
    scope,
    prefix,
    createdAt: formatTime(key.createdAt),
    revokedAt: timeOrNull(key.revokedAt),
    expiresAt: timeOrNull(key.expiresAt),
    lastUsedAt: timeOrNull(key.lastUsedAt),
    etag: stateTagOf(key),
  };
}

export function userResource({ id, email, name, isAdmin, hasPassword, createdAt, disabledAt }: User): UserResource {
  const times = { createdAt: formatTime(createdAt), disabledAt: timeOrNull(disabledAt) };
  return { id, email, name, isAdmin, hasPassword, ...times };
}

export function organisationResource({ id, slug, name, createdAt }: Organisation): OrganisationResource {
  return { id, slug, name, createdAt: formatTime(createdAt) };
}

export function memberResource({ userId, email, name, role, reach, createdAt, disabledAt }: Member): MemberResource {
  const times = { createdAt: formatTime(createdAt), disabledAt: timeOrNull(disabledAt) };
  return { userId, email, name, role, reach, ...times };
}

function timeOrNull(at: Micros | null): string | null {
  return at === null ? null : formatTime(at);
}

export function workflowSummary(workflow: Workflow): WorkflowSummary {
  const { id, slug, name, revision, activeVersionId, activeVersionNumber } = workflow;
  return {
    id,
    slug,
    name,
    revision,
    activeVersionId,
    activeVersionNumber,
    pausedAt: workflow.pausedAt === null ? null : formatTime(workflow.pausedAt),
    draftState: activeVersionId === null ? "new" : workflow.isPublished ? "published" : "changed",
    createdAt: formatTime(workflow.createdAt),
    updatedAt: formatTime(workflow.updatedAt),
    etag: stateTagOf(workflow),
  };
}

export function workflowResource(
  workflow: Workflow,
  draft: {
    readonly issues: readonly ProblemIssue[];
    readonly hash: string | null;
    readonly activeVersionHash: string | null;
    readonly schedule: WorkflowResource["schedule"];
  },
): WorkflowResource {
  return {
    ...workflowSummary(workflow),
    definition: parseJsonExactly(workflow.definition),
    issues: [...draft.issues],
    draftHash: draft.hash,
    activeVersionHash: draft.activeVersionHash,
    schedule: draft.schedule,
  };
}

const UPCOMING = 5;

export function scheduleResource(
  schedule: { readonly node: string; readonly step: ScheduleStep } | null,
  now: Micros,
): WorkflowResource["schedule"] {
  if (schedule === null) return null;
  const { node, step } = schedule;
  const { cron, missed, timezone } = step;
  return { node, cron, timezone, missed, nextAt: new CronLine(step).upcoming(now, UPCOMING).map(formatTime) };
}

export function versionSummary(version: Version): Omit<VersionResource, "definition"> {
  const { id, workflowId, number, hash } = version;
  return { id, workflowId, number, hash, createdAt: formatTime(version.createdAt) };
}

export function versionResource(version: Version): VersionResource {
  return { ...versionSummary(version), definition: parseJsonExactly(version.definition) };
}

/** `mayDeliver`: false for a caller that may only read. Anyone who knows an endpoint's address can send webhooks to it. */
export function endpointResource(
  endpoint: Endpoint,
  { projectSlug, mayDeliver }: { readonly projectSlug: string; readonly mayDeliver: boolean },
): EndpointResource {
  const { id, workflowId, name, signature, dedupeHeader, bodyBytesMax, answer, resultTimeoutMs } = endpoint;
  const signatureSettings = settingsOf(endpoint);
  return {
    id,
    workflowId,
    token: mayDeliver ? endpoint.token : "",
    path: `/hooks/${mayDeliver ? endpoint.token : "…"}`,
    name,
    signature,
    signatureSettings,
    dedupeHeader,
    sameKey: endpoint.sameKey,
    handshakes: endpoint.handshakes,
    bodyBytesMax,
    answer,
    resultTimeoutMs,
    hasSecret: endpoint.sealedSecret !== null,
    signingKeys: signingKeysOf(endpoint, systemClock().now()),
    warnings: signatureWarnings(signature, signatureSettings),
    hasVerifyToken: endpoint.sealedVerifyToken !== null,
    ...acceptanceResource(endpoint.acceptance),
    alias: endpoint.alias,
    aliasPath: endpoint.alias === null ? null : `/hooks/${projectSlug}/${endpoint.alias}`,
    pausedAt: endpoint.pausedAt === null ? null : formatTime(endpoint.pausedAt),
    createdAt: formatTime(endpoint.createdAt),
    etag: stateTagOf(endpoint),
  };
}

export function rejectionResource(rejection: Rejection): RejectionResource {
  const { id, endpointId, code, detail, bodyBytes } = rejection;
  return { id, endpointId, at: formatTime(rejection.at), code, detail, bodyBytes };
}

export function runSummaryResource(run: RunSummary): RunSummaryResource {
  const { runId: id, workflowId, versionId, status } = run;
  return {
    id,
    workflowId,
    versionId,
    status,
    startedAt: formatTime(run.startedAt),
    finishedAt: run.finishedAt === null ? null : formatTime(run.finishedAt),
  };
}

/** @param now  Decides whether the next attempt of a call is under way. */
export function runResource(
  run: Run,
  version: { readonly workflowId: string; readonly versionId: string },
  {
    turn,
    callWaits,
    now,
  }: {
    readonly turn: RunResource["turn"];
    readonly callWaits: ReadonlyMap<string, CallWait>;
    readonly now: Micros;
  },
  hasOutputs = true,
): RunResource {
  const isOver = run.status !== "running";
  return {
    id: run.runId,
    workflowId: version.workflowId,
    versionId: version.versionId,
    status: run.status,
    startedAt: formatTime(run.startedAt),
    finishedAt: isOver ? formatTime(run.lastAt) : null,
    origin: run.origin === null ? null : originResource(run.origin),
    turn,
    steps: run.steps.map((step) => ({
      node: step.node,
      type: step.type,
      status: step.status,
      attempts: step.attempts,
      ...(step.isKept ? { kept: true } : {}),
      ...(step.progress === null ? {} : { loop: { ...step.progress } }),
      ...(step.status === "waiting" ? { waitsFor: waitsFor(step, callWaits, now) } : {}),
      ...(hasOutputs && (step.status === "succeeded" || step.status === "failed") ? { output: step.output } : {}),
      ...(step.error === null ? {} : { error: { ...step.error } }),
      ...(step.startedAt === null ? {} : { startedAt: formatTime(step.startedAt) }),
      ...(step.endedAt === null ? {} : { finishedAt: formatTime(step.endedAt) }),
    })),
    children: run.children.map(({ iteration, ...child }) => ({
      ...child,
      ...(iteration === undefined ? {} : { iteration: [...iteration] }),
    })),
    result: run.result === null ? null : { ...run.result },
  };
}

function waitsFor(
  { effect, timeout }: StepView,
  callWaits: ReadonlyMap<string, CallWait>,
  now: Micros,
): NonNullable<RunResource["steps"][number]["waitsFor"]> {
  const limit = timeout === null ? {} : { timeoutAt: formatTime(timeout.dueAt) };
  switch (effect?.kind) {
    case "call": {
      const { attempt, dueAt } = effect;
      if (dueAt > now) return { kind: "retry", attempt, until: formatTime(dueAt), ...limit };
      const wait = callWaits.get(stepKey(effect));
      if (wait === undefined) return { kind: "answer", attempt, ...limit };
      const { kind, origin, until } = wait;
      return {
        kind,
        attempt,
        ...(origin === null ? {} : { origin }),
        ...(until === null ? {} : { until: formatTime(until) }),
        ...limit,
      };
    }
    case "signal": {
      const { name, dueAt } = effect;
      return { kind: "signal", name, ...(dueAt === null ? {} : { until: formatTime(dueAt) }), ...limit };
    }
    case "timer":
      return { kind: "timer", until: formatTime(effect.dueAt), ...limit };
    case "child":
      return { kind: "child", runId: effect.runId, ...limit };
    case undefined:
    default:
      return { kind: "iterations", ...limit };
  }
}

function originResource(origin: RunOrigin): NonNullable<RunResource["origin"]> {
  switch (origin.kind) {
    case "replay":
      return { ...origin };
    case "schedule":
      return { kind: origin.kind, plannedAt: formatTime(origin.plannedAt) };
    case "resume": {
      const { iteration, edited, ...told } = origin;
      return {
        ...told,
        ...(iteration === undefined ? {} : { iteration: [...iteration] }),
        ...(edited === undefined ? {} : { edited: [...edited] }),
      };
    }
    case "child":
    default: {
      const { iteration, ...told } = origin;
      return { ...told, ...(iteration === undefined ? {} : { iteration: [...iteration] }) };
    }
  }
}

export function factResource(fact: Fact, seq: number, position: number): FactResource {
  const { kind, at, ...data } = fact;
  return { seq, position, kind, at: formatTime(at), data };
}

export function eventResource(event: RunEvent, hasOutputs = true): EventResource {
  const { iteration, ...told } = event;
  const resource = {
    ...told,
    ...(iteration === undefined ? {} : { iteration: [...iteration] }),
    at: formatTime(event.at),
  };
  const data = event.data as JsonObject | undefined;
  if (hasOutputs || data?.["output"] === undefined) return resource;
  const { output: _output, ...rest } = data;
  return { ...resource, data: rest };
}
