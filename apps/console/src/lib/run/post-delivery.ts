import { readAnswer, type DeliveryAnswer } from "@meshhook/contract";

import type { SentAgain } from "./curl.ts";

/** Sends a delivery to this server like any sender. @throws RequestProblem when it was not accepted. */
export async function postDelivery({ path, headers, body }: SentAgain): Promise<DeliveryAnswer> {
  const response = await fetch(path, { method: "POST", headers, body, credentials: "omit" });
  return (await readAnswer("POST /hooks/…", response)) as DeliveryAnswer;
}
