import { RequestProblem, type DeliveryAnswer, type Problem } from "@meshhook/contract";
import { parseJsonExactly } from "@meshhook/core";

import type { SentAgain } from "./curl.ts";

/** Sends a delivery to this server as any sender would. @throws RequestProblem when it was not taken. */
export async function postDelivery({ path, headers, body }: SentAgain): Promise<DeliveryAnswer> {
  // What the workflow answers is for other senders; here it is the run that counts.
  const response = await fetch(path, {
    method: "POST",
    headers: { ...headers, prefer: "respond-async" },
    body,
    credentials: "omit",
  });
  if (response.ok) return parseJsonExactly(await response.text()) as unknown as DeliveryAnswer;
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json") === true;
  throw new RequestProblem("POST /hooks/…", {
    status: response.status,
    retryAfterMs: null,
    problem: isProblem ? (parseJsonExactly(await response.text()) as unknown as Problem) : null,
  });
}
