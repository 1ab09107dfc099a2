import { api, RequestProblem } from "#lib/api.ts";

import type { Endpoint, EndpointChanges } from "./endpoint.ts";

/** Changes that are on their way, by endpoint. */
const turns = new Map<string, Promise<Endpoint>>();

/**
 * Changes an endpoint that nobody else has changed since it was shown. Changes of this page wait for each other, so that they are not
 * taken for those of somebody else.
 *
 * @param onChange  Gets the endpoint as it is then: with the change, or with those of somebody else.
 */
export async function changeEndpoint(
  shown: Endpoint,
  body: EndpointChanges,
  onChange: (endpoint: Endpoint) => void,
): Promise<void> {
  const { id } = shown;
  const before = turns.get(id)?.catch(() => shown) ?? Promise.resolve(shown);
  const turn = before.then(({ etag }) => api.updateEndpoint({ endpointId: id, ifMatch: etag, body }));
  turns.set(id, turn);
  try {
    onChange(await turn);
  } catch (failure) {
    if (!(failure instanceof RequestProblem && failure.code === "precondition_failed")) throw failure;
    onChange(await api.getEndpoint({ endpointId: id }));
    throw new Error(
      "Somebody else has changed this endpoint in the meantime. It is shown as it is now; make the change again if it still applies.",
      { cause: failure },
    );
  } finally {
    if (turns.get(id) === turn) turns.delete(id);
  }
}
