import type { Catalog, Endpoint } from "@meshhook/journal";

import type { Handlers } from "../api/answered-route.ts";
import { PAGE_LIMIT, type Cursors } from "../api/cursor.ts";
import type { Lookups } from "../api/lookups.ts";
import { runRangeOf } from "../api/run-range.ts";
import { HttpProblem } from "../http-problem.ts";
import type { DeliveryFilter, DeliveryLog } from "./delivery-log.ts";
import { deliveryResource } from "./delivery-resource.ts";
import type { TestDeliveries } from "./test-deliveries.ts";

export interface DeliveryHandlerSources extends Pick<Lookups, "workflowOf"> {
  readonly catalog: Catalog;
  readonly cursors: Cursors;
  readonly deliveries: DeliveryLog;
  readonly tests: TestDeliveries;
}

/** The routes about what came in at endpoints. */
export function createDeliveryHandlers({
  catalog,
  cursors,
  deliveries,
  tests,
  workflowOf,
}: DeliveryHandlerSources): Pick<Handlers, "listDeliveries" | "sendTestDelivery"> {
  return {
    listDeliveries: async (caller, query) => {
      const { endpoint, workflow, outcome, code, address, cursor, limit = PAGE_LIMIT, ...period } = query;
      const { projectId } = caller;
      const endpoints = new Map((await catalog.listEndpoints(projectId)).map((each) => [each.id, each]));
      if (endpoint !== undefined && !endpoints.has(endpoint)) throw missing(endpoint);
      const workflowId = workflow === undefined ? undefined : (await workflowOf(caller, workflow)).id;
      const isSelected = ({ id, workflowId: own }: Endpoint): boolean =>
        (endpoint === undefined || id === endpoint) && (workflowId === undefined || own === workflowId);
      const filter: DeliveryFilter = {
        ...(endpoint === undefined ? {} : { endpointId: endpoint }),
        ...(workflowId === undefined ? {} : { workflowId }),
        ...(endpoint === undefined && workflowId === undefined
          ? {}
          : { endpointIds: [...endpoints.values()].filter(isSelected).map(({ id }) => id) }),
        ...(outcome === undefined ? {} : { outcome }),
        ...(code === undefined ? {} : { code }),
        ...(address === undefined ? {} : { address }),
        ...runRangeOf(period),
      };
      const asked = { endpoint, workflowId, outcome, code, address, ...runRangeOf(period) };
      const binding = `deliveries ${projectId} ${JSON.stringify(asked)}`;
      const page = await deliveries.page(
        projectId,
        cursor === undefined ? filter : { ...filter, beforeRunId: cursors.read(binding, cursor) },
        limit,
      );
      return {
        items: page.items.map((logged) => deliveryResource(logged, endpoints)),
        nextCursor: page.next === null ? null : cursors.write(binding, page.next),
      };
    },
    sendTestDelivery: async (caller, { endpointId, body }) => {
      const endpoint = (await catalog.listEndpoints(caller.projectId)).find(({ id }) => id === endpointId);
      if (endpoint === undefined) throw missing(endpointId);
      return tests.send(endpoint, body);
    },
  };
}

function missing(endpointId: string): HttpProblem {
  return new HttpProblem("not_found", `There is no endpoint "${endpointId}" in this project`);
}
