import Type, { type Static, type TObject, type TSchema } from "typebox";
import { paths, type RoutePath } from "./paths.ts";
import type { ProblemCode } from "./problems.ts";
import { AuditListQuerySchema, AuditListSchema } from "./schema/audit.ts";
import {
  DeliveryListQuerySchema,
  DeliveryListSchema,
  TestAnswerSchema,
  TestDeliverySchema,
} from "./schema/delivery-log.ts";
import {
  EndpointChangeSchema,
  EndpointListSchema,
  EndpointSchema,
  NewEndpointSchema,
  RejectionListQuerySchema,
  RejectionListSchema,
} from "./schema/endpoint.ts";
import {
  FailureDetailSchema,
  FailureGroupsQuerySchema,
  FailureGroupsSchema,
  FailureListQuerySchema,
  FailureListSchema,
} from "./schema/failure.ts";
import { HealthSchema } from "./schema/health.ts";
import { JobListSchema, JobPreviewQuerySchema, JobPreviewSchema, JobSchema, NewJobSchema } from "./schema/job.ts";
import { CreatedKeySchema, KeyListSchema, NewKeySchema } from "./schema/key.ts";
import { NewProjectSchema, ProjectChangeSchema, ProjectListSchema, ProjectSchema } from "./schema/project.ts";
import { ReportAnswerSchema, ReportListSchema, ReportParamsSchema } from "./schema/report.ts";
import { ReplaySchema, RerunAnswerSchema, RerunListSchema, ResumeSchema } from "./schema/rerun.ts";
import {
  NewSecretSchema,
  RewrapAnswerSchema,
  RewrapSchema,
  SecretDeletionQuerySchema,
  SecretKeyListSchema,
  SecretListSchema,
  SecretParamsSchema,
  SecretVersionListSchema,
  StoredSecretSchema,
} from "./schema/secret.ts";
import { SessionSchema, SignInSchema } from "./schema/session.ts";
import { NewSigningKeySchema } from "./schema/signature.ts";
import {
  CancelAnswerSchema,
  CancelSchema,
  SignalAnswerSchema,
  SignalLinkAnswerSchema,
  SignalLinkSchema,
  SignalSchema,
  EventListQuerySchema,
  EventListSchema,
  EventSchema,
  FactListQuerySchema,
  FactListSchema,
  ProjectEventsQuerySchema,
  ReleaseAnswerSchema,
  RunListQuerySchema,
  RunListSchema,
  RunQuerySchema,
  RunSchema,
  SemanticsSchema,
  SetAsideListSchema,
} from "./schema/run.ts";
import { StatisticsQuerySchema, StatisticsSchema } from "./schema/statistics.ts";
import { NewTrialSchema, TrialSchema } from "./schema/trial.ts";
import {
  DefinitionOnlySchema,
  NewWorkflowSchema,
  ValidationSchema,
  VersionListSchema,
  VersionSchema,
  WorkflowChangeSchema,
  WorkflowListQuerySchema,
  WorkflowListSchema,
  WorkflowSummarySchema,
  WorkflowSchema,
} from "./schema/workflow.ts";

/** One route of the API: its input, its output, its scope and its problems. */
export interface RouteSpec extends RoutePath {
  readonly tag:
    | "session"
    | "operations"
    | "projects"
    | "keys"
    | "secrets"
    | "audit"
    | "workflows"
    | "endpoints"
    | "deliveries"
    | "runs"
    | "jobs"
    | "reports";
  readonly summary: string;
  /** The smallest scope that may call it; null means that no key is needed. */
  readonly scope: "admin" | "write" | "read" | null;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly body?: TSchema;
  /** True when the body may be left out. */
  readonly bodyOptional?: true;
  readonly status: 200 | 201 | 202 | 204;
  readonly answer: TSchema;
  /** `only`: a server-sent event stream. `also`: a stream if `Accept` asks for it, otherwise JSON. */
  readonly stream?: "only" | "also";
  /** Problems specific to this route, in addition to those every route has. */
  readonly problems: readonly ProblemCode[];
}

const projectParams = Type.Object({
  project: Type.String({ minLength: 1, maxLength: 64, description: "Id or slug." }),
});
const workflowParams = Type.Object({
  workflow: Type.String({ minLength: 1, maxLength: 64, description: "Id or slug." }),
});
const runParams = Type.Object({ runId: Type.String({ minLength: 1, maxLength: 64 }) });
const jobParams = Type.Object({ jobId: Type.String({ minLength: 1, maxLength: 64 }) });
const endpointParams = Type.Object({ endpointId: Type.String({ minLength: 1, maxLength: 64 }) });

/** Every route of the API by the name the client and the OpenAPI document know it by. */
export const routes = {
  signIn: {
    ...paths.signIn,
    tag: "session",
    summary: "Exchange an API key for a session cookie, for use in a browser",
    scope: null,
    body: SignInSchema,
    status: 201,
    answer: SessionSchema,
    problems: ["unauthenticated", "cross_site_request"],
  },
  getSession: {
    ...paths.getSession,
    tag: "session",
    summary: "Get the caller's key and project",
    scope: "read",
    status: 200,
    answer: SessionSchema,
    problems: [],
  },
  signOut: {
    ...paths.signOut,
    tag: "session",
    summary: "Clear the session cookie, if there is one",
    scope: null,
    status: 204,
    answer: Type.Null(),
    problems: ["cross_site_request"],
  },
  getHealth: {
    ...paths.getHealth,
    tag: "operations",
    summary:
      "Get how the installation is; with an admin key, component by component. Answers within 200 ms, whatever does not answer",
    scope: null,
    status: 200,
    answer: HealthSchema,
    problems: ["unauthenticated"],
  },
  getStatistics: {
    ...paths.getStatistics,
    tag: "operations",
    summary:
      "Get how many of the project's runs ended, how, and how long they took, by workflow, node and endpoint, over time; complete within some seconds",
    scope: "read",
    query: StatisticsQuerySchema,
    status: 200,
    answer: StatisticsSchema,
    problems: ["not_found"],
  },
  listProjects: {
    ...paths.listProjects,
    tag: "projects",
    summary: "List projects",
    scope: "admin",
    status: 200,
    answer: ProjectListSchema,
    problems: [],
  },
  createProject: {
    ...paths.createProject,
    tag: "projects",
    summary: "Create a project",
    scope: "admin",
    body: NewProjectSchema,
    status: 201,
    answer: ProjectSchema,
    problems: ["project_exists"],
  },
  updateProject: {
    ...paths.updateProject,
    tag: "projects",
    summary:
      "Change a project: its name, how many of its runs may go on at the same time, how long they are kept; takes effect everywhere within 5 seconds",
    scope: "admin",
    params: projectParams,
    body: ProjectChangeSchema,
    status: 200,
    answer: ProjectSchema,
    problems: ["not_found"],
  },
  listKeys: {
    ...paths.listKeys,
    tag: "keys",
    summary: "List the project's API keys",
    scope: "write",
    status: 200,
    answer: KeyListSchema,
    problems: [],
  },
  createKey: {
    ...paths.createKey,
    tag: "keys",
    summary: "Create an API key; the value is shown only in this answer",
    scope: "write",
    body: NewKeySchema,
    status: 201,
    answer: CreatedKeySchema,
    problems: ["not_found"],
  },
  revokeKey: {
    ...paths.revokeKey,
    tag: "keys",
    summary: "Revoke an API key; takes effect everywhere within 5 seconds",
    scope: "write",
    params: Type.Object({ keyId: Type.String({ minLength: 1, maxLength: 64 }) }),
    status: 204,
    answer: Type.Null(),
    problems: ["not_found"],
  },
  listSecrets: {
    ...paths.listSecrets,
    tag: "secrets",
    summary: "List the project's secrets by name, without their values",
    scope: "read",
    status: 200,
    answer: SecretListSchema,
    problems: [],
  },
  putSecret: {
    ...paths.putSecret,
    tag: "secrets",
    summary:
      "Store a secret, or a new version of one; calls everywhere use it within 5 seconds, and the former value is erased",
    scope: "write",
    params: SecretParamsSchema,
    body: NewSecretSchema,
    status: 200,
    answer: StoredSecretSchema,
    problems: ["secrets_full"],
  },
  deleteSecret: {
    ...paths.deleteSecret,
    tag: "secrets",
    summary: "Delete a secret with all its versions; refused while active versions of workflows use it, unless forced",
    scope: "write",
    params: SecretParamsSchema,
    query: SecretDeletionQuerySchema,
    status: 204,
    answer: Type.Null(),
    problems: ["not_found", "secret_in_use"],
  },
  listSecretVersions: {
    ...paths.listSecretVersions,
    tag: "secrets",
    summary: "List a secret's newest 20 versions, without their values, newest first",
    scope: "read",
    params: SecretParamsSchema,
    status: 200,
    answer: SecretVersionListSchema,
    problems: ["not_found"],
  },
  listSecretKeys: {
    ...paths.listSecretKeys,
    tag: "secrets",
    summary: "List the installation's secret keys by their ids, and how many stored values need each",
    scope: "admin",
    status: 200,
    answer: SecretKeyListSchema,
    problems: [],
  },
  rewrapSecrets: {
    ...paths.rewrapSecrets,
    tag: "secrets",
    summary:
      "Wrap the next stored values of all projects under the current secret key; repeat it with `next` until that is null",
    scope: "admin",
    body: RewrapSchema,
    bodyOptional: true,
    status: 200,
    answer: RewrapAnswerSchema,
    problems: [],
  },
  listAudit: {
    ...paths.listAudit,
    tag: "audit",
    summary: "List who changed what in the project, and which secrets its runs used, newest first",
    scope: "write",
    query: AuditListQuerySchema,
    status: 200,
    answer: AuditListSchema,
    problems: ["cursor_invalid"],
  },
  listWorkflows: {
    ...paths.listWorkflows,
    tag: "workflows",
    summary: "List workflows by slug",
    scope: "read",
    query: WorkflowListQuerySchema,
    status: 200,
    answer: WorkflowListSchema,
    problems: ["cursor_invalid"],
  },
  createWorkflow: {
    ...paths.createWorkflow,
    tag: "workflows",
    summary: "Create a workflow from a definition",
    scope: "write",
    body: NewWorkflowSchema,
    status: 201,
    answer: WorkflowSchema,
    problems: ["definition_invalid", "workflow_exists"],
  },
  validateWorkflow: {
    ...paths.validateWorkflow,
    tag: "workflows",
    summary: "Validate a definition without storing it; lists every mistake",
    scope: "read",
    body: DefinitionOnlySchema,
    status: 200,
    answer: ValidationSchema,
    problems: [],
  },
  getWorkflow: {
    ...paths.getWorkflow,
    tag: "workflows",
    summary: "Get a workflow with its draft",
    scope: "read",
    params: workflowParams,
    status: 200,
    answer: WorkflowSchema,
    problems: ["not_found"],
  },
  updateWorkflow: {
    ...paths.updateWorkflow,
    tag: "workflows",
    summary: "Replace the draft; if addressed by slug, creates the workflow when it does not exist",
    scope: "write",
    params: workflowParams,
    body: WorkflowChangeSchema,
    status: 200,
    answer: WorkflowSchema,
    problems: ["not_found", "definition_invalid", "slug_mismatch", "revision_conflict"],
  },
  deleteWorkflow: {
    ...paths.deleteWorkflow,
    tag: "workflows",
    summary: "Delete a workflow and its endpoints; its runs and versions are kept, and runs in progress continue",
    scope: "write",
    params: workflowParams,
    status: 204,
    answer: Type.Null(),
    problems: ["not_found"],
  },
  publishWorkflow: {
    ...paths.publishWorkflow,
    tag: "workflows",
    summary:
      "Publish the draft as an immutable version and make it active; publishing the same draft again returns the same version",
    scope: "write",
    params: workflowParams,
    status: 200,
    answer: VersionSchema,
    problems: ["not_found", "definition_invalid"],
  },
  tryWorkflow: {
    ...paths.tryWorkflow,
    tag: "workflows",
    summary:
      "Try the draft, a version or a definition against recorded runs: which of them would do or decide something else; nothing is run or stored",
    scope: "read",
    params: workflowParams,
    body: NewTrialSchema,
    bodyOptional: true,
    status: 200,
    answer: TrialSchema,
    problems: ["not_found", "definition_invalid", "unavailable"],
  },
  pauseWorkflow: {
    ...paths.pauseWorkflow,
    tag: "workflows",
    summary:
      "Pause a workflow: webhooks are accepted and their runs wait, runs that have begun continue; takes effect everywhere within 5 seconds",
    scope: "write",
    params: workflowParams,
    status: 200,
    answer: WorkflowSummarySchema,
    problems: ["not_found"],
  },
  resumeWorkflow: {
    ...paths.resumeWorkflow,
    tag: "workflows",
    summary: "Resume a paused workflow: the runs that wait begin, in the order in which they were accepted",
    scope: "write",
    params: workflowParams,
    status: 200,
    answer: WorkflowSummarySchema,
    problems: ["not_found"],
  },
  listVersions: {
    ...paths.listVersions,
    tag: "workflows",
    summary: "List a workflow's published versions",
    scope: "read",
    params: workflowParams,
    status: 200,
    answer: VersionListSchema,
    problems: ["not_found"],
  },
  getVersion: {
    ...paths.getVersion,
    tag: "workflows",
    summary: "Get a published version",
    scope: "read",
    params: Type.Object({ versionId: Type.String({ minLength: 1, maxLength: 64 }) }),
    status: 200,
    answer: VersionSchema,
    problems: ["not_found"],
  },
  listEndpoints: {
    ...paths.listEndpoints,
    tag: "endpoints",
    summary: "List endpoints",
    scope: "read",
    status: 200,
    answer: EndpointListSchema,
    problems: [],
  },
  createEndpoint: {
    ...paths.createEndpoint,
    tag: "endpoints",
    summary: "Create an endpoint that accepts webhooks for a workflow",
    scope: "write",
    body: NewEndpointSchema,
    status: 201,
    answer: EndpointSchema,
    problems: ["not_found", "secret_missing", "alias_taken"],
  },
  updateEndpoint: {
    ...paths.updateEndpoint,
    tag: "endpoints",
    summary: "Change an endpoint's settings",
    scope: "write",
    params: endpointParams,
    body: EndpointChangeSchema,
    status: 200,
    answer: EndpointSchema,
    problems: ["not_found", "secret_missing", "alias_taken"],
  },
  deleteEndpoint: {
    ...paths.deleteEndpoint,
    tag: "endpoints",
    summary: "Delete an endpoint; its address answers 404 from then on",
    scope: "write",
    params: endpointParams,
    status: 204,
    answer: Type.Null(),
    problems: ["not_found"],
  },
  rotateEndpoint: {
    ...paths.rotateEndpoint,
    tag: "endpoints",
    summary: "Give an endpoint a new address; the old one answers 404 from then on",
    scope: "write",
    params: endpointParams,
    status: 200,
    answer: EndpointSchema,
    problems: ["not_found"],
  },
  pauseEndpoint: {
    ...paths.pauseEndpoint,
    tag: "endpoints",
    summary: "Pause an endpoint: deliveries are answered 503 and not stored; takes effect everywhere within 5 seconds",
    scope: "write",
    params: endpointParams,
    status: 200,
    answer: EndpointSchema,
    problems: ["not_found"],
  },
  resumeEndpoint: {
    ...paths.resumeEndpoint,
    tag: "endpoints",
    summary: "Resume a paused endpoint",
    scope: "write",
    params: endpointParams,
    status: 200,
    answer: EndpointSchema,
    problems: ["not_found"],
  },
  addSigningKey: {
    ...paths.addSigningKey,
    tag: "endpoints",
    summary: "Add a signing key to an endpoint; the keys from before expire later",
    scope: "write",
    params: endpointParams,
    body: NewSigningKeySchema,
    status: 201,
    answer: EndpointSchema,
    problems: ["not_found", "secret_missing"],
  },
  removeSigningKey: {
    ...paths.removeSigningKey,
    tag: "endpoints",
    summary: "Remove an older signing key at once",
    scope: "write",
    params: Type.Object({
      endpointId: Type.String({ minLength: 1, maxLength: 64 }),
      keyId: Type.String({ minLength: 1, maxLength: 64 }),
    }),
    status: 200,
    answer: EndpointSchema,
    problems: ["not_found", "secret_missing"],
  },
  listRejections: {
    ...paths.listRejections,
    tag: "endpoints",
    summary: "List refused deliveries, newest first; the newest 1,000 are kept",
    scope: "read",
    params: endpointParams,
    query: RejectionListQuerySchema,
    status: 200,
    answer: RejectionListSchema,
    problems: ["not_found"],
  },
  sendTestDelivery: {
    ...paths.sendTestDelivery,
    tag: "endpoints",
    summary:
      "Send a delivery to an endpoint, signed as it requires and marked as a test; it passes every check of the intake",
    scope: "write",
    params: endpointParams,
    body: TestDeliverySchema,
    status: 200,
    answer: TestAnswerSchema,
    problems: ["not_found", "signing_impossible", "unavailable"],
  },
  listDeliveries: {
    ...paths.listDeliveries,
    tag: "deliveries",
    summary: "List deliveries, newest first: accepted ones, their repeats, and rejected ones with the reason",
    scope: "read",
    query: DeliveryListQuerySchema,
    status: 200,
    answer: DeliveryListSchema,
    problems: ["not_found", "cursor_invalid"],
  },
  listRuns: {
    ...paths.listRuns,
    tag: "runs",
    summary: "List runs, newest first",
    scope: "read",
    query: RunListQuerySchema,
    status: 200,
    answer: RunListSchema,
    problems: ["cursor_invalid", "not_found"],
  },
  getRun: {
    ...paths.getRun,
    tag: "runs",
    summary: "Get a run with its steps and result",
    scope: "read",
    params: runParams,
    query: RunQuerySchema,
    status: 200,
    answer: RunSchema,
    problems: ["not_found", "run_of_newer_version"],
  },
  listFacts: {
    ...paths.listFacts,
    tag: "runs",
    summary: "List the facts that a run is folded from",
    scope: "read",
    params: runParams,
    query: FactListQuerySchema,
    status: 200,
    answer: FactListSchema,
    problems: ["not_found"],
  },
  listEvents: {
    ...paths.listEvents,
    tag: "runs",
    summary: "List a run's events, or follow them live as server-sent events (`Accept: text/event-stream`)",
    scope: "read",
    params: runParams,
    query: EventListQuerySchema,
    status: 200,
    answer: EventListSchema,
    stream: "also",
    problems: ["not_found", "run_of_newer_version", "cursor_invalid", "too_many_streams"],
  },
  listSetAside: {
    ...paths.listSetAside,
    tag: "runs",
    summary:
      "List the runs that are set aside: they are not loaded any more, because processes ended while they loaded them",
    scope: "read",
    status: 200,
    answer: SetAsideListSchema,
    problems: ["unavailable"],
  },
  releaseRun: {
    ...paths.releaseRun,
    tag: "runs",
    summary: "Release a run that is set aside; its owner loads it again within seconds",
    scope: "write",
    params: runParams,
    status: 202,
    answer: ReleaseAnswerSchema,
    problems: ["not_found", "run_not_set_aside", "unavailable"],
  },
  signalRun: {
    ...paths.signalRun,
    tag: "runs",
    summary: "Send a run a signal that its workflow waits for, or will wait for",
    scope: "write",
    params: runParams,
    body: SignalSchema,
    status: 202,
    answer: SignalAnswerSchema,
    problems: ["not_found", "run_over", "signal_too_large", "signals_full", "unavailable"],
  },
  linkSignal: {
    ...paths.linkSignal,
    tag: "runs",
    summary: "Make a link with which a person can send a run a signal, without a key",
    scope: "write",
    params: runParams,
    body: SignalLinkSchema,
    status: 201,
    answer: SignalLinkAnswerSchema,
    problems: ["not_found", "run_over", "signal_too_large", "unavailable"],
  },
  cancelRun: {
    ...paths.cancelRun,
    tag: "runs",
    summary: "Ask a run to stop",
    scope: "write",
    params: runParams,
    body: CancelSchema,
    bodyOptional: true,
    status: 202,
    answer: CancelAnswerSchema,
    problems: ["not_found", "unavailable"],
  },
  replayRun: {
    ...paths.replayRun,
    tag: "runs",
    summary: "Start a new run of the same delivery",
    scope: "write",
    params: runParams,
    body: ReplaySchema,
    status: 202,
    answer: RerunAnswerSchema,
    problems: [
      "not_found",
      "workflow_deleted",
      "idempotency_key_reused",
      "overloaded",
      "unavailable",
      "outcome_unknown",
    ],
  },
  resumeRun: {
    ...paths.resumeRun,
    tag: "runs",
    summary:
      "Start a new run that keeps what an ended run did before a step, and continues from there on the same version; input and outputs of earlier steps can be edited",
    scope: "write",
    params: runParams,
    body: ResumeSchema,
    status: 202,
    answer: RerunAnswerSchema,
    problems: [
      "not_found",
      "workflow_deleted",
      "run_in_progress",
      "step_unknown",
      "step_not_reached",
      "step_outcome_unknown",
      "output_not_kept",
      "idempotency_key_reused",
      "overloaded",
      "unavailable",
      "outcome_unknown",
    ],
  },
  listReruns: {
    ...paths.listReruns,
    tag: "runs",
    summary: "List the replays of a run and the runs that were resumed from it, oldest first; at most 100",
    scope: "read",
    params: runParams,
    status: 200,
    answer: RerunListSchema,
    problems: ["not_found"],
  },
  listFailures: {
    ...paths.listFailures,
    tag: "runs",
    summary: "List failed runs with their errors, newest first",
    scope: "read",
    query: FailureListQuerySchema,
    status: 200,
    answer: FailureListSchema,
    problems: ["cursor_invalid", "not_found", "overloaded"],
  },
  groupFailures: {
    ...paths.groupFailures,
    tag: "runs",
    summary: "Count failed runs by workflow, error code and node",
    scope: "read",
    query: FailureGroupsQuerySchema,
    status: 200,
    answer: FailureGroupsSchema,
    problems: ["cursor_invalid", "not_found", "overloaded"],
  },
  getFailure: {
    ...paths.getFailure,
    tag: "runs",
    summary: "Get the error of a failed run with every answer of the step that failed",
    scope: "read",
    params: runParams,
    status: 200,
    answer: FailureDetailSchema,
    problems: ["not_found", "run_not_failed", "overloaded"],
  },
  createJob: {
    ...paths.createJob,
    tag: "jobs",
    summary: "Replay or cancel many runs, at a limited rate; the job continues when the process that works on it ends",
    scope: "write",
    body: NewJobSchema,
    status: 202,
    answer: JobSchema,
    problems: ["not_found", "job_filter_invalid", "idempotency_key_reused", "unavailable"],
  },
  previewJob: {
    ...paths.previewJob,
    tag: "jobs",
    summary: "Say what a job would do, without doing it: how many runs, of which workflows, with which calls",
    scope: "read",
    body: JobPreviewQuerySchema,
    status: 200,
    answer: JobPreviewSchema,
    problems: ["not_found", "job_filter_invalid", "overloaded"],
  },
  listJobs: {
    ...paths.listJobs,
    tag: "jobs",
    summary: "List the newest 50 jobs",
    scope: "read",
    status: 200,
    answer: JobListSchema,
    problems: [],
  },
  getJob: {
    ...paths.getJob,
    tag: "jobs",
    summary: "Get a job with its progress",
    scope: "read",
    params: jobParams,
    status: 200,
    answer: JobSchema,
    problems: ["not_found"],
  },
  stopJob: {
    ...paths.stopJob,
    tag: "jobs",
    summary: "Stop a job; what it has done stays done",
    scope: "write",
    params: jobParams,
    status: 202,
    answer: JobSchema,
    problems: ["not_found", "unavailable"],
  },
  followProject: {
    ...paths.followProject,
    tag: "runs",
    summary: "Follow the events of all runs in the project as server-sent events",
    scope: "read",
    query: ProjectEventsQuerySchema,
    status: 200,
    answer: EventSchema,
    stream: "only",
    problems: ["too_many_streams"],
  },
  getSemantics: {
    ...paths.getSemantics,
    tag: "runs",
    summary: "Count the runs that have not ended by engine semantics, for the whole installation",
    scope: "admin",
    status: 200,
    answer: SemanticsSchema,
    problems: ["unavailable"],
  },
  listReports: {
    ...paths.listReports,
    tag: "reports",
    summary: "List the newest benchmark reports of this installation, with their headline figures",
    scope: "read",
    status: 200,
    answer: ReportListSchema,
    problems: [],
  },
  getReport: {
    ...paths.getReport,
    tag: "reports",
    summary:
      "Get a benchmark report with its findings; append `/report.html` for the readable report (`?theme=light` or `?theme=dark` sets its colours, `?embedded=true` leaves out its bar) or `/result.json` for everything that was measured",
    scope: "read",
    params: ReportParamsSchema,
    status: 200,
    answer: ReportAnswerSchema,
    problems: ["not_found"],
  },
} as const satisfies { readonly [name: string]: RouteSpec };

export type RouteName = keyof typeof routes;

type PartOf<Name extends RouteName, Part extends "params" | "query"> = (typeof routes)[Name] extends {
  readonly [P in Part]: infer Schema extends TSchema;
}
  ? Static<Schema>
  : unknown;
type BodyOf<Name extends RouteName> = (typeof routes)[Name] extends { readonly body: infer Schema extends TSchema }
  ? (typeof routes)[Name] extends { readonly bodyOptional: true }
    ? { readonly body?: Static<Schema> }
    : { readonly body: Static<Schema> }
  : unknown;

/** What a caller gives to a route: path and query parameters by name, and `body`. */
export type RouteInput<Name extends RouteName> = PartOf<Name, "params"> & PartOf<Name, "query"> & BodyOf<Name>;

/** What a route answers on success. */
export type RouteOutput<Name extends RouteName> = Static<(typeof routes)[Name]["answer"]>;
