import type { IncomingMessage } from "node:http";

import type { ProblemCode } from "@meshhook/contract";

export interface RequestFault {
  readonly code: ProblemCode;
  readonly detail: string;
}

/** RFC 3986, section 3.2.2 and 3.2.3; empty where the target has no authority. */
const HOST = /^(?:\[[0-9a-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i;
const HEADERS_MAX = 100;
const HOST_NAME_LENGTH = "host".length;
let lastGoodHost = "";

/**
 * What the parser accepts and RFC 9112 forbids: another major version, no `Host` or several (section 3.2), an unsupported transfer coding
 * (section 6.1). Every request is checked here.
 *
 * @returns Null when there is none.
 */
export function requestFault(request: IncomingMessage): RequestFault | null {
  const { rawHeaders } = request;
  if (request.httpVersionMajor !== 1)
    return {
      code: "http_version_unsupported",
      detail: `HTTP/${request.httpVersion} is not supported; use HTTP/1.1`,
    };
  if (rawHeaders.length > 2 * HEADERS_MAX)
    return { code: "headers_too_large", detail: `The request has more than ${HEADERS_MAX} header lines; send fewer` };
  if (request.url?.includes("#") === true)
    return {
      code: "bad_request",
      detail: "A request target must not have a fragment; leave out everything from the # on",
    };
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (name.length === HOST_NAME_LENGTH && (name === "Host" || name === "host" || name.toLowerCase() === "host"))
      hosts++;
  }
  const { host, "transfer-encoding": coding } = request.headers;
  if (hosts !== 1 && (hosts > 1 || request.httpVersionMinor > 0))
    return {
      code: "bad_request",
      detail: `A request needs exactly one Host header, and this one has ${hosts === 0 ? "none" : hosts}`,
    };
  if (host !== undefined && host !== lastGoodHost) {
    if (!HOST.test(host)) return { code: "bad_request", detail: "The Host header is not a host with an optional port" };
    lastGoodHost = host;
  }
  if (coding !== undefined && coding !== "chunked" && coding.toLowerCase() !== "chunked") return codingFault(coding);
  if (coding !== undefined && request.httpVersionMinor === 0)
    return { code: "bad_request", detail: "HTTP/1.0 has no Transfer-Encoding" };
  return null;
}

function codingFault(coding: string): RequestFault {
  const codings = coding.split(",").map((name) => name.trim().toLowerCase());
  return codings.every((name) => name === "chunked")
    ? { code: "bad_request", detail: "Transfer-Encoding says chunked more than once" }
    : {
        code: "transfer_coding_unsupported",
        detail: `Transfer-Encoding "${coding.slice(0, 100)}" is not supported; send the body chunked or with a Content-Length`,
      };
}
