import type { CatalogueEntry } from "./catalogue-entry.ts";

/** Why a step or a run failed, by code. `docs/reference/errors.md` is made from it. */
export const stepErrorCatalogue = {
  expression_failed: {
    meaning:
      "An expression or template could not be evaluated on this input: a wrong type, a division by zero, a hole without a value.",
    remedy: "Look at the step's input and make the expression allow for it, as in input.name || 'none'.",
  },
  expression_budget: {
    meaning: "An expression would cost or produce more than allowed.",
    remedy: "Select and filter before other work, or handle fewer elements.",
  },
  run_budget: {
    meaning:
      "All expressions and answers of the run together cost more than one run may. It ends as failed, by no error port, since going on would cost more.",
    remedy:
      "Select and filter before other work, handle fewer elements per delivery, or split the work over several workflows.",
  },
  timeout: {
    meaning: "The answer did not arrive within timeoutMs.",
    remedy: "Raise timeoutMs, or find out why the target is slow.",
  },
  network: {
    meaning: "The connection failed or broke: DNS, connect, reset, a broken answer.",
    remedy: "Check the address and whether the target is up.",
  },
  tls: {
    meaning: "The target's certificate or TLS handshake was refused.",
    remedy: "Renew the certificate, or correct the host name.",
  },
  forbidden_target: {
    meaning: "The address is private, or otherwise not allowed for calls.",
    remedy: "Call a public address, or allow this one in MESHHOOK_EGRESS_ALLOW.",
  },
  response_too_large: {
    meaning: "The answer's body, unpacked, is larger than responseBytesMax.",
    remedy: "Raise responseBytesMax, or ask for less.",
  },
  response_unreadable: {
    meaning: "The answer's content coding is unknown or broken. Tried again where retry.on has network.",
    remedy: "Look at what the target sends, or ask it for another coding with an accept-encoding header.",
  },
  redirect_failed: {
    meaning:
      "Redirects led in a circle, to more hops than redirectsMax, from https to http, or to an address that cannot be called. Never tried again.",
    remedy: "Call the address that the redirects end at, or set redirects to none and read the location header.",
  },
  outcome_unknown: {
    meaning:
      "An at-most-once call may have been sent, and its answer was lost: no answer in time, a broken connection, an answer that could not be read, or the process ended. It may or may not have taken effect, and is never tried again.",
    remedy: "Find out at the target; add an edge from the error port to decide in the workflow.",
  },
  http_status: {
    meaning:
      "The target answered with a status that is neither a success nor to be tried again, or the attempts were used up. A redirect that is not followed counts, 304 does not.",
    remedy:
      "Look at the status and body of the last attempt; add an edge from the error port to go on. For a redirect, correct the URL or set redirects.",
  },
  request_invalid: {
    meaning:
      "The values of an http_call do not make a request that can be sent: a line break in a header, an address that is too long, an object as the value of a query parameter or a form field.",
    remedy: "Look at the values that fill the templates.",
  },
  delay_invalid: {
    meaning:
      "A delay was given no whole number of milliseconds between 0 and 366 days, or no time to wait for within 366 days.",
    remedy:
      "Make durationMs give such a number, or until a date with time and zone (2026-12-24T18:00:00Z), or a number since 1970.",
  },
  terminated: {
    meaning: "A terminate node ended the run as failed.",
    remedy: "Nothing, if the workflow means it; its reason tells why.",
  },
} as const satisfies { readonly [code: string]: CatalogueEntry };

export type StepErrorCode = keyof typeof stepErrorCatalogue;
