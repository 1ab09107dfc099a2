import type { RouteOutput } from "@meshhook/contract";

import type { api } from "#lib/api.ts";

export type Endpoint = RouteOutput<"createEndpoint">;
export type EndpointChanges = Parameters<typeof api.updateEndpoint>[0]["body"];
