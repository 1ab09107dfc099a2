import type { IncomingMessage, ServerResponse } from "node:http";

import type { RunResult } from "@meshhook/core";
import { failpoint } from "@meshhook/journal/failpoint";
import { systemClock, type DeliveryOutcome, type Engine } from "@meshhook/runtime";

import type { OpenRoute, RouteTable } from "../route-table.ts";
import { addressFault, readPayload, requireAccepted, type OpenAcceptance } from "./acceptance/acceptance.ts";
import type { AddressList } from "./acceptance/address-list.ts";
import type { Arrival } from "./arrival.ts";
import { BodyLine } from "./body-line.ts";
import type { BodyMemory } from "./body-memory.ts";
import { codingsOf, unpack } from "./content-coding.ts";
import { readContent } from "./content.ts";
import type { DeliveryKey } from "./delivery-key.ts";
import { NO_QUERY, readQuery } from "./fields.ts";
import { answerPost, answerValidationToken } from "./handshake.ts";
import { IntakeAnswers, OVERLOADED_DETAIL, type IntakeAnswersOptions } from "./intake-answers.ts";
import { OtherMethods } from "./other-methods.ts";
import { readDelivery } from "./read-delivery.ts";
import { receiveBody, type BodyListener } from "./receive-body.ts";
import { answerOf, type StoredDelivery } from "./run-answer.ts";

export const INTAKE_PREFIX = "/hooks/";
/** A token, or the slug of a project and the alias of an endpoint. */
const ADDRESS = /^(?:[A-Za-z0-9_-]{8,64}|[a-z0-9-]{1,48}\/[a-z0-9._-]{1,64})$/;
const SLASH = 0x2f;

export interface IntakeOptions extends IntakeAnswersOptions {
  readonly engine: Engine;
  readonly routes: RouteTable;
  readonly bodies: BodyMemory;
  /** Proxies whose `X-Forwarded-For` counts; null: none. */
  readonly proxies: AddressList | null;
}

/**
 * Accepts webhooks: `POST /hooks/<token>`, or `POST /hooks/<project>/<alias>` where the endpoint has an alias.
 *
 * Order: path → endpoint → address → method → rate → size → raw body → signature → content coding → content type → charset → JSON →
 * handshake → pause → accepted type → schema → idempotency key → durable → answer. No framework, because its cost would be part of every webhook.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #answers: IntakeAnswers;
  readonly #clock = systemClock();
  readonly #line = new BodyLine();
  readonly #others: OtherMethods;
  readonly #bodies: BodyListener = {
    body: (arrival, body) => this.#accept(arrival, body),
    tooLarge: (arrival, bytes) => this.#answers.refuseSize(arrival, bytes, false),
    noRoom: (arrival) => this.#answers.refuseLoad(arrival, false),
  };

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#answers = new IntakeAnswers(options);
    this.#others = new OtherMethods(this.#answers);
  }

  /** The process stops: from now on connections are not kept. */
  close(): void {
    this.#answers.isClosing = true;
  }

  /**
   * `target`: the request's path and query in their normalized spelling.
   * `mustAskForBody`: the sender waits for `100 Continue` before it sends the body (RFC 9110, section 10.1.1).
   */
  handle(request: IncomingMessage, response: ServerResponse, target: string, mustAskForBody = false): void {
    const receivedAt = this.#clock.now();
    const queryAt = target.indexOf("?");
    const end = queryAt === -1 ? target.length : queryAt;
    // Frameworks and consoles add a slash.
    const token = target.slice(INTAKE_PREFIX.length, target.charCodeAt(end - 1) === SLASH ? end - 1 : end);
    const query = queryAt === -1 ? null : target.slice(queryAt + 1);
    // A sender that waits for 100 Continue may never send the body of a refused request, so the connection cannot be reused.
    const isLast = mustAskForBody;
    if (!ADDRESS.test(token)) return this.#answers.refuse(response, "not_found", { isLast });
    const receive = (open: OpenRoute): void => {
      const { bodyBytesMax, projectId } = open.route.endpoint;
      const held = this.#options.bodies.hold(projectId);
      const { proxies } = this.#options;
      const arrival = { request, response, open, receivedAt, query, held, proxies };
      if (open.acceptance !== null) {
        if (!this.#admits(arrival, open.acceptance, isLast)) return;
      } else if (request.method !== "POST") return void this.#others.answer(arrival, isLast);
      const length = Number(request.headers["content-length"] ?? 0);
      if (length > bodyBytesMax) return this.#answers.refuseSize(arrival, length, isLast);
      if (!held.hasRoom(length)) return this.#answers.refuseLoad(arrival, isLast);
      if (mustAskForBody) response.writeContinue();
      receiveBody(arrival, this.#bodies);
    };
    const open = this.#options.routes.find(token);
    if (open !== undefined) return receive(open);
    request.pause();
    this.#options.routes.look(token).then(
      (found) => {
        if (found === null) this.#answers.refuse(response, "not_found", { isLast });
        else if (found === "busy") this.#answers.refuse(response, "overloaded", { retryAfterS: 1, isLast });
        else if (found === "unreadable") this.#answers.refuse(response, "unavailable", { retryAfterS: 2, isLast });
        else receive(found);
      },
      () => this.#answers.refuse(response, "unavailable", { retryAfterS: 2, isLast }),
    );
  }

  /** What can be said before the body is read, at an endpoint with settings of its own. False: the request was answered. */
  #admits(arrival: Arrival, acceptance: OpenAcceptance, isLast: boolean): boolean {
    const { request, response, open } = arrival;
    const { addresses, limits, methods } = acceptance;
    const stranger = addresses === null ? null : addressFault(arrival, addresses);
    if (stranger !== null) {
      this.#answers.refuseFor(arrival, stranger, 0, isLast);
      return false;
    }
    const isPost = request.method === "POST" && methods.has("POST");
    if (!isPost && this.#others.answer(arrival, isLast)) return false;
    if (limits === null) return true;
    // A request that must be signed is counted when its signature is known to be right.
    const excess = open.checkSignature === null ? limits.take(response) : limits.fault(response);
    if (excess !== null) this.#answers.refuseFor(arrival, excess, 0, isLast);
    return excess === null;
  }

  /** The signature covers the bytes as sent: a compressed body is signed compressed. */
  #accept(arrival: Arrival, body: Buffer): void {
    const { request, open, receivedAt } = arrival;
    try {
      const checking = open.checkSignature === null ? null : open.checkSignature(request, body, receivedAt);
      if (checking === null) return this.#unpack(arrival, body);
      checking.then(
        () => this.#unpack(arrival, body),
        (error: unknown) => this.#answers.refuseFor(arrival, error, body.length),
      );
    } catch (error) {
      this.#answers.refuseFor(arrival, error, body.length);
    }
  }

  #unpack(arrival: Arrival, body: Buffer): void {
    try {
      if (arrival.open.acceptance !== null) countSigned(arrival, arrival.open.acceptance);
      const codings = codingsOf(arrival.request.headers["content-encoding"]);
      if (codings.length === 0) return this.#take(arrival, body, body.length);
      const { id, bodyBytesMax } = arrival.open.route.endpoint;
      unpack(body, codings, bodyBytesMax, id).then(
        (unpacked) => {
          if (arrival.held.grow(Math.max(0, unpacked.length - body.length)))
            return this.#take(arrival, unpacked, body.length);
          arrival.held.release();
          this.#answers.refuse(arrival.response, "overloaded", { detail: OVERLOADED_DETAIL, retryAfterS: 1 });
        },
        (error: unknown) => this.#answers.refuseFor(arrival, error, body.length),
      );
    } catch (error) {
      this.#answers.refuseFor(arrival, error, body.length);
    }
  }

  /** `body`: as it is read. `sentBytes`: how many bytes came. Small bodies never wait; large ones are read in turn. */
  #take(arrival: Arrival, body: Buffer, sentBytes: number): void {
    if (body.length <= AT_ONCE_BYTES_MAX) return this.#takeNow(arrival, body, sentBytes);
    this.#line.run(
      arrival.open.route.endpoint.projectId,
      () => this.#takeNow(arrival, body, sentBytes),
      (problem) => this.#answers.refuseFor(arrival, problem, sentBytes),
    );
  }

  #takeNow(arrival: Arrival, body: Buffer, sentBytes: number): void {
    const { request, response, open } = arrival;
    const { endpoint } = open.route;
    const { acceptance } = open;
    try {
      const query = arrival.query === null ? NO_QUERY : readQuery(arrival.query);
      if (body.length === 0 && endpoint.handshakes === "on" && request.method === "POST") {
        const answer = answerValidationToken(query);
        if (answer !== null) {
          arrival.held.release();
          return this.#answers.shake(response, answer);
        }
      }
      const content =
        acceptance === null
          ? readContent(request.headers["content-type"], body)
          : readPayload(acceptance, arrival, query, body);
      const handshake = endpoint.handshakes === "on" ? answerPost(request.headers, content.value) : null;
      if (handshake !== null) {
        arrival.held.release();
        return this.#answers.shake(response, handshake);
      }
      if (acceptance !== null) requireAccepted(acceptance, arrival, body, content.value);
      const { delivery, key } = readDelivery(arrival, query, content, body, sentBytes);
      failpoint("intake.read");
      this.#options.engine.deliver(delivery).then(
        (outcome) => {
          arrival.held.release();
          this.#answer(arrival, key, sentBytes, outcome);
        },
        (error: unknown) => {
          arrival.held.release();
          this.#answers.fail(response, error);
        },
      );
    } catch (error) {
      this.#answers.refuseFor(arrival, error, sentBytes);
    }
  }

  #answer(arrival: Arrival, key: DeliveryKey | null, bodyBytes: number, outcome: DeliveryOutcome): void {
    const { response, open } = arrival;
    switch (outcome.kind) {
      case "accepted": {
        const { runId, status, result } = outcome;
        return this.#answerStored(arrival, { runId, status, repeat: null }, result, bodyBytes);
      }
      case "duplicate": {
        const { runId, sameBody } = outcome;
        if (!sameBody && !mayDiffer(open.route.endpoint.sameKey, key)) {
          const detail = `The key was used before with another body, for run ${runId}`;
          this.#answers.reject(arrival, "idempotency_key_reused", detail, bodyBytes, runId);
          return this.#answers.refuse(response, "idempotency_key_reused");
        }
        return this.#answerStored(arrival, { runId, repeat: { sameBody } }, null, bodyBytes);
      }
      case "unknown":
        return this.#answers.refuse(response, "outcome_unknown", {
          runId: outcome.runId,
          retryAfterS: Math.max(1, Math.ceil(outcome.retryAfterMs / 1_000)),
        });
      case "overloaded":
      case "unavailable":
        return this.#answers.refuse(response, outcome.kind, {
          retryAfterS: Math.max(1, Math.ceil(outcome.retryAfterMs / 1_000)),
        });
    }
  }

  /** `result`: how the run ended, where that is known already. */
  #answerStored(arrival: Arrival, delivery: StoredDelivery, result: RunResult | null, bodyBytes: number): void {
    const { request, response, open } = arrival;
    const { answer, resultTimeoutMs } = open.route.endpoint;
    if (answer === "accepted" || prefersNoWait(request.headers["prefer"]))
      return this.#answers.send(arrival, answerOf("accepted", delivery, null), delivery, bodyBytes);
    if (result !== null) return this.#answers.send(arrival, answerOf(answer, delivery, result), delivery, bodyBytes);
    this.#options.engine
      .waitForResult(delivery.runId, resultTimeoutMs)
      .then((found) => this.#answers.send(arrival, answerOf(answer, delivery, found), delivery, bodyBytes))
      .catch((error: unknown) => this.#answers.fail(response, error));
  }
}

/** Bodies up to this size are read as soon as they arrive, which takes a few milliseconds at most. */
const AT_ONCE_BYTES_MAX = 256 * 1_024;

/** @throws HttpProblem  `rate_limited` */
function countSigned({ open, response }: Arrival, { limits }: OpenAcceptance): void {
  const excess = open.checkSignature === null ? null : (limits?.take(response) ?? null);
  if (excess !== null) throw excess;
}

/** RFC 7240, section 4.1. */
function prefersNoWait(prefer: string | string[] | undefined): boolean {
  return typeof prefer === "string" && /(?:^|,)[ \t]*respond-async[ \t]*(?:$|[,;])/i.test(prefer);
}

/** True if a repeated key with another body still counts as the same delivery. */
function mayDiffer(sameKey: "by_source" | "first_counts" | "compare", key: DeliveryKey | null): boolean {
  return sameKey === "first_counts" || (sameKey === "by_source" && key?.source === "provider");
}
