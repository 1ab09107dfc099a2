import type { RouteName } from "@meshhook/contract";

import { pureDefinition } from "../harness.ts";
import { SHARED_KEY, type FilledProject } from "./filled-project.ts";

export type Input = { readonly [name: string]: unknown };

/** What a route needs besides its path. A key of theirs is used again where a request has one. */
export const BODIES: { readonly [name in RouteName]?: (project: FilledProject) => Input } = {
  createKey: () => ({ name: "another", scope: "read" }),
  putSecret: () => ({ value: "a value of ours" }),
  createWorkflow: () => ({ definition: pureDefinition("another") }),
  validateWorkflow: () => ({ definition: pureDefinition("another") }),
  updateWorkflow: () => ({ definition: pureDefinition("canary-theirs-pure") }),
  createEndpoint: ({ names }) => ({ workflow: names["workflow"]?.[0], name: "another" }),
  updateEndpoint: () => ({ name: "another" }),
  addSigningKey: () => ({ secret: "another-secret" }),
  sendTestDelivery: () => ({ body: "{}" }),
  signalRun: () => ({ name: "paid", key: SHARED_KEY }),
  linkSignal: () => ({ name: "paid" }),
  replayRun: () => ({ idempotencyKey: SHARED_KEY }),
  resumeRun: () => ({ idempotencyKey: SHARED_KEY, step: "end" }),
  createAlertChannel: () => ({
    name: "another",
    target: { kind: "webhook", url: "https://example.com/", signingKeys: ["KEY"] },
  }),
  createAlertRule: () => ({ kind: "failed_runs", name: "another", threshold: 1 }),
  updateAlertRule: () => ({ name: "another" }),
  createJob: () => ({ kind: "replay", filter: {}, idempotencyKey: SHARED_KEY }),
  previewJob: () => ({ kind: "replay", filter: {} }),
  createProject: () => ({ slug: "another", name: "Another" }),
  updateProject: () => ({ name: "Another" }),
  chooseProject: ({ slug }) => ({ project: slug }),
  createOrganisation: () => ({ slug: "another", name: "Another" }),
  renameOrganisation: () => ({ name: "Another" }),
  addMember: () => ({ email: "owner@canary-ours.example", role: "viewer", reach: "project" }),
  changeMember: () => ({ role: "viewer", reach: "organisation" }),
  createUser: () => ({ email: "another@example.com", name: "Another" }),
  updateUser: () => ({ name: "Another" }),
  resetPassword: () => ({ password: "correct horse battery" }),
  linkIdentity: () => ({ issuer: "https://example.com", subject: "another" }),
  changePassword: () => ({ current: "wrong horse battery", password: "correct horse battery" }),
};

/** What a route needs in its query. */
export const QUERIES: { readonly [name in RouteName]?: Input } = { removeMember: { reach: "organisation" } };

/** Where a name of theirs is a name of ours as well, or of nothing at all. */
export const EXPECTED: { readonly [name: string]: readonly number[] } = {
  // Projects name their secrets and workflows themselves.
  "putSecret name": [200],
  "updateWorkflow workflow": [200, 404, 422],
  // Filters that match nothing.
  "listAudit actor": [200],
  "listAudit resource": [200],
  // Reports belong to the installation, and here is none.
  "getReport reportId": [404],
  // A project that is closed and one that does not exist are answered alike.
  "chooseProject project": [403],
  // A list with a name that is nothing here is refused as a whole.
  "createAlertRule channelIds": [422],
  "updateAlertRule channelIds": [422],
  // Keys have no sessions.
  "endSession sessionId": [403, 404],
};

/** Parameters that name nothing that is stored. */
export const PLAIN = new Set(
  `action after before limit force definition allowInvalid revision version runs startedAfter startedBefore outcome code address status
   outputs stateHash node text payload key validForMs reason iteration input step idempotencyKey kind ratePerSecond examples scope value
   concurrency retentionDays rateLimit requests perS burst signature signatureSettings secret dedupeHeader bodyBytesMax answer resultTimeoutMs
   sameKey handshakes methods contentTypes cloudEvents allowedAddresses payloadSchema dedupeExpression alias verifyToken othersExpireInS
   body contentType headers method query sign slug filter
   where email password current role reach isAdmin isDisabled issuer subject expiresAt
   from to bucket threshold windowMinutes countMin throttleMinutes isPaused target redaction tls`.split(/\s+/),
);

/** These make something of ours with a name of theirs, so they come last. */
export const NAMING: readonly string[] = ["putSecret", "updateWorkflow"];
