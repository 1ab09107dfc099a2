import { encodeFacts, SEMANTICS, type DeliveryFact } from "@meshhook/core";

import type { Delivery } from "../engine.ts";
import type { LiveRun } from "../live-run.ts";

export function factOf({ body, headers, query, receivedAt: at, source }: Delivery): DeliveryFact {
  if (source === undefined) return { kind: "delivery", at, semantics: SEMANTICS, headers, query, body };
  return { kind: "delivery", at, semantics: SEMANTICS, source, headers, query, body };
}

/** A delivery that no webhook brought, or whose run is held. */
export function marked(fact: DeliveryFact, { continues, origin, start }: Delivery, mayGo: boolean): DeliveryFact {
  return {
    ...fact,
    ...(origin === undefined ? undefined : { origin }),
    ...(continues === undefined ? undefined : { semantics: continues.semantics, kept: continues.kept }),
    ...(start === undefined ? undefined : { start }),
    ...(mayGo ? undefined : { held: true }),
  };
}

/** What is to be written of a run. A delivery that was written before keeps its text. */
export function textOf({ intake, pendingFacts }: LiveRun): string {
  if (intake?.factsText === undefined) return encodeFacts(pendingFacts, intake?.bodyText ?? null);
  if (pendingFacts.length === 1) return intake.factsText;
  return `${intake.factsText.slice(0, -1)},${encodeFacts(pendingFacts.slice(1)).slice(1)}`;
}
