import type { Micros, RunStatus, TerminalStatus } from "@meshhook/core";

import type {
  ApiKey,
  ApiKeyScope,
  Endpoint,
  Project,
  RejectedRequest,
  Rejection,
  Route,
  StoredSchedule,
  Version,
  Workflow,
} from "../catalog.ts";
import type { Rerun, RunSummary, StoredRun, StoredSegment, StoredSignal, Suspect, Watermark } from "../journal.ts";

// Rows in SQL and in TypeScript: one type and one mapper per table.

export interface SegmentColumns {
  readonly run_id: string;
  readonly seq: number;
  readonly at: Micros;
  readonly project_id: string;
  readonly workflow_id: string;
  readonly version_id: string;
  readonly status: TerminalStatus | null;
  readonly facts: string;
}

export function segmentOf(row: SegmentColumns): StoredSegment {
  return {
    runId: row.run_id,
    seq: row.seq,
    at: row.at,
    projectId: row.project_id,
    workflowId: row.workflow_id,
    versionId: row.version_id,
    status: row.status,
    facts: row.facts,
  };
}

/** Groups rows, ordered by run and seq, into runs. */
export function runsOf(rows: readonly SegmentColumns[]): readonly StoredRun[] {
  const runs: { runId: string; segments: StoredSegment[] }[] = [];
  for (const row of rows) {
    const last = runs.at(-1);
    if (last?.runId === row.run_id) last.segments.push(segmentOf(row));
    else runs.push({ runId: row.run_id, segments: [segmentOf(row)] });
  }
  return runs;
}

export interface RunSummaryColumns {
  readonly run_id: string;
  readonly project_id: string;
  readonly workflow_id: string;
  readonly version_id: string;
  readonly status: RunStatus;
  readonly started_at: Micros;
  readonly finished_at: Micros | null;
}

export function runSummaryOf(row: RunSummaryColumns): RunSummary {
  return {
    runId: row.run_id,
    projectId: row.project_id,
    workflowId: row.workflow_id,
    versionId: row.version_id,
    status: row.status,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

export interface WatermarkColumns {
  readonly shard: number;
  readonly low_run_id: string;
  readonly timers_from: Micros;
  readonly signals_after: string;
}

export function watermarkOf(row: WatermarkColumns): Watermark {
  return { shard: row.shard, lowRunId: row.low_run_id, timersFrom: row.timers_from, signalsAfter: row.signals_after };
}

export interface SignalColumns {
  readonly id: string;
  readonly shard: number;
  readonly run_id: string;
  readonly project_id: string;
  readonly kind: StoredSignal["kind"];
  readonly reason: string | null;
  readonly name: string | null;
  readonly payload: string | null;
  readonly workflow_id: string | null;
  readonly version_id: string | null;
  readonly facts: string | null;
  readonly is_run_over: boolean;
}

export function signalOf(row: SignalColumns): StoredSignal {
  const common = {
    id: row.id,
    shard: row.shard,
    runId: row.run_id,
    projectId: row.project_id,
    isRunOver: row.is_run_over,
  };
  const { workflow_id, version_id, facts } = row;
  if (row.kind === "delivery")
    return {
      ...common,
      kind: row.kind,
      workflowId: workflow_id ?? "",
      versionId: version_id ?? "",
      facts: facts ?? "",
    };
  if (row.kind === "signal") return { ...common, kind: row.kind, name: row.name ?? "", payload: row.payload ?? "null" };
  return { ...common, kind: row.kind, ...(row.reason === null ? {} : { reason: row.reason }) };
}

export interface RerunColumns {
  readonly key: string;
  readonly kind: Rerun["kind"];
  readonly at: Micros;
}

export interface SuspectColumns {
  readonly shard: number;
  readonly run_id: string;
  readonly attempts: number;
  readonly at: Micros;
}

export function suspectOf(row: SuspectColumns): Suspect {
  return { shard: row.shard, runId: row.run_id, attempts: row.attempts, at: row.at };
}

export interface ProjectColumns {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly created_at: Micros;
  readonly concurrency: number | null;
  readonly retention_days: number | null;
  readonly rate_limit: string | null;
  readonly redaction: string | null;
  readonly sealed_pseudonym_key: string | null;
  readonly organisation_id: string;
}

export function projectOf(row: ProjectColumns): Project {
  const { id, slug, name, concurrency } = row;
  return {
    id,
    slug,
    name,
    concurrency,
    retentionDays: row.retention_days,
    rateLimit: rateLimitOf(row.rate_limit),
    redaction: redactionOf(row.redaction),
    sealedPseudonymKey: row.sealed_pseudonym_key,
    organisationId: row.organisation_id,
    createdAt: row.created_at,
  };
}

function rateLimitOf(text: string | null): Project["rateLimit"] {
  return text === null ? null : (JSON.parse(text) as Project["rateLimit"]);
}

function redactionOf(text: string | null): Project["redaction"] {
  return text === null ? null : (JSON.parse(text) as Project["redaction"]);
}

export interface ApiKeyColumns {
  readonly id: string;
  readonly project_id: string;
  readonly name: string;
  readonly scope: ApiKeyScope;
  readonly hash: string;
  readonly prefix: string;
  readonly created_at: Micros;
  readonly revoked_at: Micros | null;
  readonly expires_at: Micros | null;
  readonly last_used_at: Micros | null;
}

export function apiKeyOf(row: ApiKeyColumns): ApiKey {
  return {
    id: row.id,
    projectId: row.project_id,
    name: row.name,
    scope: row.scope,
    hash: row.hash,
    prefix: row.prefix,
    createdAt: row.created_at,
    revokedAt: row.revoked_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}

export interface WorkflowColumns {
  readonly id: string;
  readonly project_id: string;
  readonly slug: string;
  readonly name: string;
  readonly definition: string;
  readonly revision: number;
  readonly active_version_id: string | null;
  readonly active_version_number: number | null;
  readonly is_published: boolean;
  readonly paused_at: Micros | null;
  readonly created_at: Micros;
  readonly updated_at: Micros;
}

export function workflowOf(row: WorkflowColumns): Workflow {
  return {
    id: row.id,
    projectId: row.project_id,
    slug: row.slug,
    name: row.name,
    definition: row.definition,
    revision: row.revision,
    activeVersionId: row.active_version_id,
    activeVersionNumber: row.active_version_number,
    isPublished: row.is_published,
    pausedAt: row.paused_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export interface ScheduleColumns {
  readonly project_id: string;
  readonly workflow_id: string;
  readonly version_id: string;
  readonly handled_until: Micros;
  readonly is_paused: boolean;
}

export function scheduleOf(row: ScheduleColumns): StoredSchedule {
  return {
    projectId: row.project_id,
    workflowId: row.workflow_id,
    versionId: row.version_id,
    handledUntil: row.handled_until,
    isPaused: row.is_paused,
  };
}

export interface VersionColumns {
  readonly id: string;
  readonly project_id: string;
  readonly workflow_id: string;
  readonly number: number;
  readonly hash: string;
  readonly definition: string;
  readonly created_at: Micros;
}

export function versionOf(row: VersionColumns): Version {
  return {
    id: row.id,
    projectId: row.project_id,
    workflowId: row.workflow_id,
    number: row.number,
    hash: row.hash,
    definition: row.definition,
    createdAt: row.created_at,
  };
}

export interface EndpointColumns {
  readonly id: string;
  readonly project_id: string;
  readonly workflow_id: string;
  readonly token: string;
  readonly name: string;
  readonly signature: Endpoint["signature"];
  readonly sealed_secret: string | null;
  readonly dedupe_header: string | null;
  readonly body_bytes_max: number;
  readonly answer: Endpoint["answer"];
  readonly result_timeout_ms: number;
  readonly same_key: Endpoint["sameKey"];
  readonly handshakes: Endpoint["handshakes"];
  readonly sealed_verify_token: string | null;
  readonly keys_by_header: boolean;
  readonly signature_settings: string;
  readonly former_keys: string;
  readonly acceptance: string;
  readonly alias: string | null;
  readonly paused_at: Micros | null;
  readonly created_at: Micros;
}

export function endpointOf(row: EndpointColumns): Endpoint {
  return {
    id: row.id,
    projectId: row.project_id,
    workflowId: row.workflow_id,
    token: row.token,
    name: row.name,
    signature: row.signature,
    signatureSettings: row.signature_settings,
    sealedSecret: row.sealed_secret,
    formerKeys: JSON.parse(row.former_keys) as Endpoint["formerKeys"],
    dedupeHeader: row.dedupe_header,
    keysByHeader: row.keys_by_header,
    bodyBytesMax: row.body_bytes_max,
    answer: row.answer,
    resultTimeoutMs: row.result_timeout_ms,
    sameKey: row.same_key,
    handshakes: row.handshakes,
    sealedVerifyToken: row.sealed_verify_token,
    acceptance: JSON.parse(row.acceptance) as Endpoint["acceptance"],
    alias: row.alias,
    pausedAt: row.paused_at,
    createdAt: row.created_at,
  };
}

/** A route's row: the endpoint's columns, and those of the active version and of the project with a prefix; null without a version. */
export interface RouteColumns extends EndpointColumns {
  readonly version_id: string | null;
  readonly version_number: number;
  readonly version_hash: string;
  readonly version_definition: string;
  readonly version_created_at: Micros;
  readonly project_slug: string;
  readonly project_rate_limit: string | null;
  readonly project_redaction: string | null;
  readonly sealed_pseudonym_key: string | null;
}

export function routeOf(row: RouteColumns): Route {
  return {
    endpoint: endpointOf(row),
    project: {
      slug: row.project_slug,
      rateLimit: rateLimitOf(row.project_rate_limit),
      redaction: redactionOf(row.project_redaction),
      sealedPseudonymKey: row.sealed_pseudonym_key,
    },
    version:
      row.version_id === null
        ? null
        : {
            id: row.version_id,
            projectId: row.project_id,
            workflowId: row.workflow_id,
            number: row.version_number,
            hash: row.version_hash,
            definition: row.version_definition,
            createdAt: row.version_created_at,
          },
  };
}

export interface RejectionColumns {
  readonly id: string;
  readonly project_id: string;
  readonly endpoint_id: string;
  readonly at: Micros;
  readonly code: string;
  readonly detail: string;
  readonly body_bytes: number;
  readonly status: number | null;
  readonly method: string | null;
  readonly address: string | null;
  readonly headers: string | null;
  readonly run_id: string | null;
  readonly is_test: boolean | null;
}

export function rejectionOf(row: RejectionColumns): Rejection {
  return {
    id: row.id,
    projectId: row.project_id,
    endpointId: row.endpoint_id,
    at: row.at,
    code: row.code,
    detail: row.detail,
    bodyBytes: row.body_bytes,
    ...(row.status === null
      ? {}
      : {
          request: {
            status: row.status,
            method: row.method ?? "",
            address: row.address,
            headers: JSON.parse(row.headers ?? "{}") as RejectedRequest["headers"],
            runId: row.run_id,
            isTest: row.is_test === true,
          },
        }),
  };
}
