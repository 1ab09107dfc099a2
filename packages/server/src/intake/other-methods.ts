import { HttpProblem } from "../http-problem.ts";
import { Refusal } from "../refusal.ts";
import { allowedMethods, POST_ONLY } from "./acceptance/acceptance.ts";
import type { Arrival } from "./arrival.ts";
import { NO_QUERY, readQuery } from "./fields.ts";
import { answerGet, answerOptions, type HandshakeAnswer } from "./handshake.ts";
import type { IntakeAnswers } from "./intake-answers.ts";

const READY_ANSWER: HandshakeAnswer = {
  status: 200,
  contentType: "text/plain; charset=utf-8",
  text: "Send webhooks to this address with POST.\n",
};
const OPTIONS_ANSWER: HandshakeAnswer = { status: 204, contentType: "text/plain; charset=utf-8", text: "" };

/** Answers requests by other methods than POST. */
export class OtherMethods {
  readonly #answers: IntakeAnswers;

  constructor(answers: IntakeAnswers) {
    this.#answers = answers;
  }

  /**
   * Answers a request that is not a delivery by its method: verification requests of providers, and the allowed methods. None of these
   * starts a run. False: it is a delivery, by another method than POST.
   */
  answer(arrival: Arrival, isLast: boolean): boolean {
    const { request, response, open } = arrival;
    const { method = "", headers } = request;
    const { handshakes } = open.route.endpoint;
    const hasHandshakes = handshakes === "on";
    const methods = open.acceptance?.methods ?? POST_ONLY;
    if (method === "OPTIONS") {
      const perMinute = open.acceptance?.limits?.perMinute ?? null;
      const answer = (hasHandshakes ? answerOptions(headers, perMinute) : null) ?? OPTIONS_ANSWER;
      const allow = allowedMethods(methods, handshakes);
      this.#answers.shake(response, { ...answer, headers: { allow, ...answer.headers } });
    } else if (hasHandshakes && method === "GET") return this.#answerGet(arrival, methods.has("GET"));
    // Nobody delivers with HEAD: such a request checks whether the address exists.
    else if (hasHandshakes && method === "HEAD") this.#answers.shake(response, READY_ANSWER);
    else if (methods.has(method)) return false;
    else {
      const allow = allowedMethods(methods, handshakes);
      const detail = `The endpoint does not accept ${method}; it accepts ${allow}`;
      this.#answers.reject(arrival, "method_not_allowed", detail, 0);
      this.#answers.refuse(response, "method_not_allowed", { isLast, allow });
    }
    return true;
  }

  /** Handshakes come first, even at an endpoint to which a GET may deliver. False: it delivers. */
  #answerGet(arrival: Arrival, mayDeliver: boolean): boolean {
    const { request, response, open } = arrival;
    try {
      const query = arrival.query === null ? NO_QUERY : readQuery(arrival.query);
      const answer = answerGet(query, request.headers, open.verifyToken);
      if (answer === "wrong_token") throw new Refusal("verify_token_wrong", "hub.verify_token is not the endpoint's");
      if (mayDeliver && (answer === null || answer === "ready")) return false;
      if (answer === null)
        throw new HttpProblem(
          "verification_unrecognized",
          "No verification request was recognized in this GET, and webhooks are sent by POST",
        );
      this.#answers.shake(response, answer === "ready" ? READY_ANSWER : answer);
    } catch (error) {
      this.#answers.refuseFor(arrival, error, 0);
    }
    return true;
  }
}
