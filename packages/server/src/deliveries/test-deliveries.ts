import type { RouteInput, TestAnswer } from "@meshhook/contract";
import type { Endpoint } from "@meshhook/journal";
import { systemClock, type SecretBox } from "@meshhook/runtime";

import { HttpProblem } from "../http-problem.ts";
import { hasPayloadInQuery } from "../intake/acceptance/acceptance.ts";
import { INTAKE_PREFIX } from "../intake/intake.ts";
import { Refusal } from "../refusal.ts";
import {
  signRequest,
  SigningImpossible,
  type RequestSignature,
  type UnsignedRequest,
} from "../signature/sign-request.ts";
import { setupOf } from "../signature/stored-signature.ts";
import type { InnerAnswer, SendInside } from "./inner-connection.ts";

type Wanted = RouteInput<"sendTestDelivery">["body"];

/** Tells workflows and people that a delivery is a test. Whoever sends it may claim so; the run's first fact says it for certain. */
const TEST_HEADER = "meshhook-test";
/** What the connection needs is not for the person to say. */
const OWN_HEADERS = new Set([
  "connection",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  TEST_HEADER,
]);
const ANSWER_BYTES_MAX = 65_536;

/** Sends deliveries to endpoints as their senders would, through everything that a sender's delivery passes. */
export class TestDeliveries {
  readonly #secrets: SecretBox;
  readonly #send: SendInside;
  readonly #clock = systemClock();

  constructor(secrets: SecretBox, send: SendInside) {
    this.#secrets = secrets;
    this.#send = send;
  }

  /** @throws HttpProblem  `signing_impossible`, `request_invalid`; `unavailable` when there was no answer. */
  async send(endpoint: Endpoint, wanted: Wanted): Promise<TestAnswer> {
    const { method = endpoint.acceptance.methods?.[0] ?? "POST" } = wanted;
    const {
      body = hasPayloadInQuery(method) ? "" : "{}",
      contentType = "application/json",
      query = "",
      sign = true,
    } = wanted;
    const target = `${INTAKE_PREFIX}${endpoint.token}${query === "" ? "" : `?${query}`}`;
    const request: UnsignedRequest = {
      method,
      target,
      headers: {
        host: "localhost",
        "user-agent": "MeshHook test delivery",
        ...ownHeaders(wanted.headers ?? {}),
        "content-type": contentType,
        [TEST_HEADER]: "true",
      },
      body: Buffer.from(body, "utf8"),
    };
    const signature = sign ? await this.#sign(endpoint, request) : { headers: {}, target };
    const startedAt = performance.now();
    const answer = await this.#answerTo({
      ...request,
      target: signature.target,
      headers: { ...request.headers, ...signature.headers },
    });
    return { ...told(answer), durationMs: performance.now() - startedAt, signedWith: Object.keys(signature.headers) };
  }

  async #sign(endpoint: Endpoint, request: UnsignedRequest): Promise<RequestSignature> {
    try {
      return await signRequest(setupOf(endpoint.projectId, endpoint, this.#secrets), request, this.#clock.now());
    } catch (error) {
      if (error instanceof SigningImpossible)
        throw new HttpProblem(
          "signing_impossible",
          `${error.message}. Nothing was sent. Send a test from there, or send with sign: false to see the delivery refused`,
        );
      if (error instanceof Refusal)
        throw invalid("/body", `Such a request cannot be signed as this endpoint requires: ${error.cause}.`);
      throw error;
    }
  }

  async #answerTo(request: UnsignedRequest): Promise<InnerAnswer> {
    try {
      return await this.#send(request);
    } catch {
      throw new HttpProblem("unavailable", "The endpoint did not answer; the delivery may have been stored", {
        retryAfterS: 2,
      });
    }
  }
}

function ownHeaders(given: { readonly [name: string]: string }): { readonly [name: string]: string } {
  const headers = Object.entries(given).map(([name, value]) => [name.toLowerCase(), value] as const);
  for (const [name] of headers)
    if (OWN_HEADERS.has(name)) {
      const fix = name === "content-type" ? "Send it as contentType." : "Leave it out.";
      throw invalid(`/body/headers/${name}`, `The header ${name} cannot be chosen.`, fix);
    }
  return Object.fromEntries(headers);
}

function told({ status, headers, body }: InnerAnswer): Pick<TestAnswer, "status" | "headers" | "body" | "runId"> {
  const shown = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
  const text = body.subarray(0, ANSWER_BYTES_MAX).toString("utf8");
  return { status, headers: shown, body: text, runId: shown["meshhook-run-id"] ?? runIdIn(text) };
}

/** MeshHook's own answers name the run. */
function runIdIn(text: string): string | null {
  return /"runId":"([0-9a-f-]{36})"/.exec(text)?.[1] ?? null;
}

function invalid(path: string, message: string, fix?: string): HttpProblem {
  const issue = { path, code: "invalid_value", message, ...(fix === undefined ? {} : { fix }) };
  return new HttpProblem("request_invalid", "The request has 1 issue", { issues: [issue] });
}
