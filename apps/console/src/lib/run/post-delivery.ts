import { readAnswer, type DeliveryAnswer } from "@meshhook/contract";

import type { SentAgain } from "./curl.ts";

/** Sends a delivery to this server like any sender. @throws RequestProblem when it was not accepted. */
export async function postDelivery({ path, headers, body }: SentAgain): Promise<DeliveryAnswer> {
  // What the workflow answers is for other senders; here it is the run that counts.
  const response = await fetch(path, {
    method: "POST",
    headers: { ...headers, prefer: "respond-async" },
    body,
    credentials: "omit",
  });
  return (await readAnswer("POST /hooks/…", response)) as DeliveryAnswer;
}
