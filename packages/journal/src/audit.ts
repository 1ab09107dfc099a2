import type { Micros } from "@meshhook/core";

import type { SecretUse } from "./vault.ts";

/**
 * Who changed what, in each project, and which secrets its runs used. Entries are only added; the database refuses anything else, except
 * for the removal of old ones.
 */
export interface Audit {
  /**
   * Runs `work`, and records the act: with the first change of the catalog or the vault in it, in the same transaction, or after it when it
   * has changed something else. Nothing is recorded when `work` rejects without a change.
   *
   * @throws JournalUnavailable  when it cannot be recorded, even if `work` has succeeded.
   */
  during<T>(act: Act, work: () => Promise<T>): Promise<T>;
  /** Newest first. */
  list(query: AuditQuery): Promise<readonly AuditEntry[]>;
  /** Removes entries from before a time, which must be 30 days ago at least. Resolves with their number. */
  forget(before: Date): Promise<number>;
}

/** Something that somebody does. */
export interface Act {
  readonly projectId: string;
  readonly action: string;
  readonly actor: Actor;
  /** `id`: null where it is known only when it is done. */
  readonly resource: { readonly kind: string; readonly id: string | null };
  /** The network address that the request came from; null: none. */
  readonly address: string | null;
  readonly requestId: string | null;
}

/** A key that was sent, a session that a key signed in to, a person, or MeshHook itself. */
export interface Actor {
  readonly kind: "key" | "session" | "user" | "process";
  readonly id: string | null;
  readonly name: string;
}

export interface AuditEntry {
  readonly id: string;
  readonly at: Micros;
  readonly projectId: string;
  readonly action: string;
  readonly actor: Actor;
  readonly resource: { readonly kind: string; readonly id: string | null; readonly name: string | null };
  readonly detail: AuditDetail;
  readonly address: string | null;
  readonly requestId: string | null;
}

export interface AuditDetail {
  readonly changes?: readonly AuditChange[];
  /** Of secrets: how often they were used, within a minute or so, and by which runs, some of them. */
  readonly uses?: number;
  readonly runIds?: readonly string[];
}

/** A field that was changed. Without values where they are secret, or too large. */
export interface AuditChange {
  readonly field: string;
  readonly from?: string | number | boolean | null;
  readonly to?: string | number | boolean | null;
}

export interface AuditQuery {
  readonly projectId: string;
  readonly action?: string;
  readonly actorId?: string;
  readonly resourceId?: string;
  /** Inclusive. */
  readonly from?: Micros;
  /** Exclusive. */
  readonly until?: Micros;
  /** Only entries before this one. */
  readonly beforeId?: string;
  readonly limit: number;
}

/** An object as it was, or as it became. */
export type AuditedState = Readonly<Record<string, unknown>>;

/** Fields whose values are shown. Of all others, only the name is: what is added one day is not shown by mistake. */
const SHOWN: ReadonlySet<string> = new Set([
  "activeVersionNumber",
  "alias",
  "alias",
  "answer",
  "bodyBytesMax",
  "concurrency",
  "dedupeHeader",
  "disabledAt",
  "email",
  "expiresAt",
  "handshakes",
  "isAdmin",
  "name",
  "number",
  "pausedAt",
  "prefix",
  "reach",
  "resultTimeoutMs",
  "retentionDays",
  "revision",
  "role",
  "sameKey",
  "scope",
  "signature",
  "slug",
  "version",
]);
/** How fields are called by people. */
const NAMES: { readonly [field: string]: string } = {
  sealedSecret: "signingKeys",
  formerKeys: "signingKeys",
  sealedVerifyToken: "verifyToken",
};
/** They change with every change. */
const IGNORED: ReadonlySet<string> = new Set([
  "id",
  "projectId",
  "hash",
  "createdAt",
  "updatedAt",
  "usedAt",
  "lastUsedAt",
  "sealedPseudonymKey",
]);

/** The fields that differ. `before`: null when it is new. */
export function changesBetween(before: AuditedState | null, after: AuditedState): readonly AuditChange[] {
  const changes = new Map<string, AuditChange>();
  for (const [name, value] of Object.entries(after)) {
    const field = NAMES[name] ?? name;
    if (IGNORED.has(name)) continue;
    if (before === null) {
      if (SHOWN.has(name) && value !== null) changes.set(field, { field, to: plain(value) });
    } else if (JSON.stringify(before[name]) !== JSON.stringify(value)) {
      changes.set(field, SHOWN.has(name) ? { field, from: plain(before[name]), to: plain(value) } : { field });
    }
  }
  return [...changes.values()];
}

/** The entry of an act. `after`: what it made or changed; null: nothing that is kept in the catalog. */
export function entryOf(
  act: Act,
  made: { readonly id: string; readonly at: Micros },
  before: AuditedState | null,
  after: AuditedState | null,
): AuditEntry {
  const changes = after === null ? [] : changesBetween(before, after);
  const name = after?.["slug"] ?? after?.["name"];
  return {
    ...act,
    ...made,
    resource: {
      kind: act.resource.kind,
      id: act.resource.id ?? (typeof after?.["id"] === "string" ? after["id"] : null),
      name: typeof name === "string" ? name : null,
    },
    detail: changes.length === 0 ? {} : { changes },
  };
}

/** That runs used a secret. */
export function useEntryOf({ projectId, name, count, runIds }: SecretUse): Omit<AuditEntry, "id" | "at"> {
  return {
    projectId,
    action: "useSecret",
    actor: { kind: "process", id: null, name: "runs" },
    resource: { kind: "secret", id: name, name },
    detail: { uses: count, runIds },
    address: null,
    requestId: null,
  };
}

/** What a change resulted in, where that is an object. */
export function stateOf(result: unknown): AuditedState | null {
  return typeof result === "object" && result !== null && !Array.isArray(result) ? (result as AuditedState) : null;
}

function plain(value: unknown): string | number | boolean | null {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}
