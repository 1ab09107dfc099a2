import { formatTime, type AuditEntryResource } from "@meshhook/contract";
import type { Audit, AuditEntry } from "@meshhook/journal";

import type { Handlers } from "./answered-route.ts";
import { PAGE_LIMIT, type Cursors } from "./cursor.ts";
import { momentOf } from "./run-range.ts";

export interface AuditHandlerSources {
  readonly audit: Audit;
  readonly cursors: Cursors;
}

/** The route that lists the audit log. */
export function createAuditHandlers({ audit, cursors }: AuditHandlerSources): Pick<Handlers, "listAudit"> {
  return {
    listAudit: async ({ projectId }, { action, actor, resource, after, before, cursor, limit = PAGE_LIMIT }) => {
      const from = momentOf("/query", "after", after);
      const until = momentOf("/query", "before", before);
      const binding = `audit ${projectId} ${JSON.stringify([action, actor, resource, from, until])}`;
      const found = await audit.list({
        projectId,
        ...(action === undefined ? {} : { action }),
        ...(actor === undefined ? {} : { actorId: actor }),
        ...(resource === undefined ? {} : { resourceId: resource }),
        ...(from === null ? {} : { from }),
        ...(until === null ? {} : { until }),
        ...(cursor === undefined ? {} : { beforeId: cursors.read(binding, cursor) }),
        limit,
      });
      const last = found.length === limit ? found.at(-1) : undefined;
      return {
        items: found.map(auditResource),
        nextCursor: last === undefined ? null : cursors.write(binding, last.id),
      };
    },
  };
}

function auditResource({
  id,
  at,
  action,
  actor,
  resource,
  detail,
  address,
  requestId,
}: AuditEntry): AuditEntryResource {
  const { changes = [], uses, runIds } = detail;
  return {
    id,
    at: formatTime(at),
    action,
    actor: { ...actor },
    resource: { ...resource },
    changes: changes.map((change) => ({ ...change })),
    ...(uses === undefined ? {} : { uses }),
    ...(runIds === undefined ? {} : { runIds: [...runIds] }),
    address,
    requestId,
  };
}
