/** Where a route is called. */
export interface RoutePath {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`; parameters in braces. */
  readonly path: string;
}

/**
 * Method and path of every route of the API, by the name the client and the OpenAPI document know it by.
 *
 * Separate from the rest of a route, because a client in a page needs no more than this, and schemas would be most of its size.
 */
export const paths = {
  signIn: { method: "POST", path: "/session" },
  getSession: { method: "GET", path: "/session" },
  signOut: { method: "DELETE", path: "/session" },
  listProjects: { method: "GET", path: "/projects" },
  createProject: { method: "POST", path: "/projects" },
  updateProject: { method: "PATCH", path: "/projects/{project}" },
  listKeys: { method: "GET", path: "/keys" },
  createKey: { method: "POST", path: "/keys" },
  revokeKey: { method: "DELETE", path: "/keys/{keyId}" },
  listWorkflows: { method: "GET", path: "/workflows" },
  createWorkflow: { method: "POST", path: "/workflows" },
  validateWorkflow: { method: "POST", path: "/workflows/validate" },
  getWorkflow: { method: "GET", path: "/workflows/{workflow}" },
  updateWorkflow: { method: "PUT", path: "/workflows/{workflow}" },
  deleteWorkflow: { method: "DELETE", path: "/workflows/{workflow}" },
  publishWorkflow: { method: "POST", path: "/workflows/{workflow}/publish" },
  tryWorkflow: { method: "POST", path: "/workflows/{workflow}/try" },
  pauseWorkflow: { method: "POST", path: "/workflows/{workflow}/pause" },
  resumeWorkflow: { method: "POST", path: "/workflows/{workflow}/resume" },
  listVersions: { method: "GET", path: "/workflows/{workflow}/versions" },
  getVersion: { method: "GET", path: "/versions/{versionId}" },
  listEndpoints: { method: "GET", path: "/endpoints" },
  createEndpoint: { method: "POST", path: "/endpoints" },
  updateEndpoint: { method: "PATCH", path: "/endpoints/{endpointId}" },
  deleteEndpoint: { method: "DELETE", path: "/endpoints/{endpointId}" },
  rotateEndpoint: { method: "POST", path: "/endpoints/{endpointId}/rotate" },
  addSigningKey: { method: "POST", path: "/endpoints/{endpointId}/signing-keys" },
  removeSigningKey: { method: "DELETE", path: "/endpoints/{endpointId}/signing-keys/{keyId}" },
  listRejections: { method: "GET", path: "/endpoints/{endpointId}/rejections" },
  sendTestDelivery: { method: "POST", path: "/endpoints/{endpointId}/test-deliveries" },
  listDeliveries: { method: "GET", path: "/deliveries" },
  listRuns: { method: "GET", path: "/runs" },
  getRun: { method: "GET", path: "/runs/{runId}" },
  listFacts: { method: "GET", path: "/runs/{runId}/facts" },
  listEvents: { method: "GET", path: "/runs/{runId}/events" },
  listSetAside: { method: "GET", path: "/runs/set-aside" },
  releaseRun: { method: "POST", path: "/runs/{runId}/release" },
  signalRun: { method: "POST", path: "/runs/{runId}/signals" },
  linkSignal: { method: "POST", path: "/runs/{runId}/signal-links" },
  cancelRun: { method: "POST", path: "/runs/{runId}/cancel" },
  replayRun: { method: "POST", path: "/runs/{runId}/replay" },
  resumeRun: { method: "POST", path: "/runs/{runId}/resume" },
  listReruns: { method: "GET", path: "/runs/{runId}/reruns" },
  listFailures: { method: "GET", path: "/failures" },
  groupFailures: { method: "GET", path: "/failures/groups" },
  getFailure: { method: "GET", path: "/failures/{runId}" },
  createJob: { method: "POST", path: "/jobs" },
  previewJob: { method: "POST", path: "/jobs/preview" },
  listJobs: { method: "GET", path: "/jobs" },
  getJob: { method: "GET", path: "/jobs/{jobId}" },
  stopJob: { method: "POST", path: "/jobs/{jobId}/stop" },
  followProject: { method: "GET", path: "/events" },
  getSemantics: { method: "GET", path: "/semantics" },
  listReports: { method: "GET", path: "/reports" },
  getReport: { method: "GET", path: "/reports/{reportId}" },
} as const satisfies { readonly [name: string]: RoutePath };
