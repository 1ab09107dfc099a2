import type { Micros } from "@meshhook/core";

import {
  type Act,
  type Actor,
  type Audit,
  type AuditDetail,
  type AuditEntry,
  type AuditQuery,
  entryOf,
  stateOf,
} from "../audit.ts";
import { runAsAct } from "../current-act.ts";
import { idFloor, isUuid, newId } from "../id.ts";
import type { Connections, Runner } from "./connections.ts";
import { queries } from "./queries.ts";
import { timestampOf } from "./time.ts";

/** How many entries one statement removes. */
const FORGOTTEN_AT_ONCE = 5_000;

/** The audit log in Postgres. */
export class PostgresAudit implements Audit {
  readonly #connections: Connections;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  during<T>(act: Act, work: () => Promise<T>): Promise<T> {
    return runAsAct(act, work, async (result) => {
      const values = valuesOf(entryOf(act, newEntry(), null, stateOf(result)));
      await this.#connections.read("record an act", queries["insert-audit"], values);
    });
  }

  async list(query: AuditQuery): Promise<readonly AuditEntry[]> {
    const { projectId, action = null, actorId = null, resourceId = null, from, until, beforeId, limit } = query;
    if (beforeId !== undefined && !isUuid(beforeId)) return [];
    const ends = [until === undefined ? null : idFloor(until), beforeId ?? null].filter((end) => end !== null).sort();
    const values = [projectId, idFloor(from ?? 0), ends[0] ?? idFloor(null), action, actorId, resourceId, limit];
    const found = await this.#connections.readAsTenant<AuditColumns>(
      "list the audit log",
      projectId,
      queries["list-audit"],
      values,
    );
    return found.rows.map(auditEntryOf);
  }

  async forget(before: Date): Promise<number> {
    let total = 0;
    for (let forgotten = FORGOTTEN_AT_ONCE; forgotten === FORGOTTEN_AT_ONCE; total += forgotten) {
      const values = [before.toISOString(), FORGOTTEN_AT_ONCE];
      const found = await this.#connections.read<{ forgotten: number }>(
        "remove old entries of the audit log",
        queries["forget-audit"],
        values,
      );
      forgotten = found.rows[0]?.forgotten ?? 0;
    }
    return total;
  }
}

let lastMs = 0;

/** The id and the time of an entry that is made now. Ids ascend with the time, so that no two entries of a process have the same. */
export function newEntry(): { readonly id: string; readonly at: Micros } {
  const ms = Math.max(Date.now(), lastMs + 1);
  lastMs = ms;
  return { id: newId(ms), at: ms * 1_000 };
}

/** Stores an entry within a transaction. */
export async function insertEntry(runner: Runner, entry: AuditEntry): Promise<void> {
  await runner.query(queries["insert-audit"], valuesOf(entry));
}

function valuesOf({ id, projectId, at, action, actor, resource, detail, address, requestId }: AuditEntry) {
  return [
    id,
    projectId,
    timestampOf(at),
    action,
    actor.kind,
    actor.id,
    actor.name,
    resource.kind,
    resource.id,
    resource.name,
    JSON.stringify(detail),
    address,
    requestId,
  ];
}

interface AuditColumns {
  readonly id: string;
  readonly project_id: string;
  readonly at: Micros;
  readonly action: string;
  readonly actor_kind: Actor["kind"];
  readonly actor_id: string | null;
  readonly actor_name: string;
  readonly resource_kind: string;
  readonly resource_id: string | null;
  readonly resource_name: string | null;
  readonly detail: string;
  readonly address: string | null;
  readonly request_id: string | null;
}

function auditEntryOf(row: AuditColumns): AuditEntry {
  return {
    id: row.id,
    at: row.at,
    projectId: row.project_id,
    action: row.action,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    resource: { kind: row.resource_kind, id: row.resource_id, name: row.resource_name },
    detail: JSON.parse(row.detail) as AuditDetail,
    address: row.address,
    requestId: row.request_id,
  };
}
