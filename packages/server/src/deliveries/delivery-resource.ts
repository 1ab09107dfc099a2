import { formatTime, type LoggedDelivery } from "@meshhook/contract";
import type { Endpoint } from "@meshhook/journal";

import { isRepeat, type Logged } from "./delivery-log.ts";

/** What people see of a delivery. `endpoints`: the project's, by id. */
export function deliveryResource(logged: Logged, endpoints: ReadonlyMap<string, Endpoint>): LoggedDelivery {
  if ("rejection" in logged) {
    const { id, endpointId, at, code, detail, bodyBytes, request } = logged.rejection;
    const isDuplicate = isRepeat(logged.rejection);
    return {
      id,
      at: formatTime(at),
      endpointId,
      workflowId: endpoints.get(endpointId)?.workflowId ?? "",
      outcome: isDuplicate ? "duplicate" : "rejected",
      status: request?.status ?? null,
      code: isDuplicate ? null : code,
      detail,
      runId: request?.runId ?? null,
      runStatus: null,
      method: request?.method ?? null,
      contentType: request?.headers["content-type"] ?? null,
      bodyBytes,
      address: request?.address ?? null,
      headers: { ...request?.headers },
      isTest: request?.isTest ?? false,
      redacted: {},
    };
  }
  const { run, head } = logged;
  const {
    endpoint: endpointId,
    bytes,
    address = null,
    method = "POST",
    waited = false,
    test = false,
    redacted,
  } = head.source;
  return {
    id: run.runId,
    at: formatTime(head.at),
    endpointId,
    workflowId: run.workflowId,
    outcome: "accepted",
    status: waited ? null : ACCEPTED,
    code: null,
    detail: null,
    runId: run.runId,
    runStatus: run.status,
    method,
    contentType: head.headers["content-type"] ?? null,
    bodyBytes: bytes,
    address,
    headers: { ...head.headers },
    isTest: test,
    redacted: { ...redacted },
  };
}

const ACCEPTED = 202;
