import {
  type Act,
  type Audit,
  type AuditedState,
  type AuditEntry,
  type AuditQuery,
  entryOf,
  stateOf,
} from "../audit.ts";
import { runAsAct, unrecordedAct } from "../current-act.ts";

/** The audit log in memory: the same answers as Postgres. */
export class MemoryAudit implements Audit {
  readonly #nowMs: () => number;
  readonly #newId: () => string;
  /** In the order of their creation. */
  #entries: readonly AuditEntry[] = [];

  constructor(options: { readonly nowMs: () => number; readonly newId: () => string }) {
    this.#nowMs = options.nowMs;
    this.#newId = options.newId;
  }

  during<T>(act: Act, work: () => Promise<T>): Promise<T> {
    return runAsAct(act, work, async (result) => this.#add(act, null, stateOf(result)));
  }

  /** A change of the catalog or the vault: the act that it belongs to is recorded with it. */
  changed(before: AuditedState | null, after: object | null): void {
    const open = unrecordedAct();
    if (open === null) return;
    this.#add(open.act, before, stateOf(after));
    open.isRecorded = true;
  }

  async list({
    projectId,
    action,
    actorId,
    resourceId,
    from,
    until,
    beforeId,
    limit,
  }: AuditQuery): Promise<readonly AuditEntry[]> {
    const before = this.#entries.findIndex(({ id }) => id === beforeId);
    return (before === -1 ? this.#entries : this.#entries.slice(0, before))
      .filter(
        (entry) =>
          entry.projectId === projectId &&
          (action === undefined || entry.action === action) &&
          (actorId === undefined || entry.actor.id === actorId) &&
          (resourceId === undefined || entry.resource.id === resourceId) &&
          (from === undefined || entry.at >= from) &&
          (until === undefined || entry.at < until),
      )
      .toReversed()
      .slice(0, limit);
  }

  async forget(before: Date): Promise<number> {
    const kept = this.#entries.filter(({ at }) => at >= before.getTime() * 1_000);
    const forgotten = this.#entries.length - kept.length;
    this.#entries = kept;
    return forgotten;
  }

  /** Adds an entry as it is. */
  add(entry: Omit<AuditEntry, "id" | "at">): void {
    this.#entries = [...this.#entries, { ...entry, ...this.#made() }];
  }

  #add(act: Act, before: AuditedState | null, after: AuditedState | null): void {
    this.#entries = [...this.#entries, entryOf(act, this.#made(), before, after)];
  }

  #made(): { readonly id: string; readonly at: number } {
    return { id: this.#newId(), at: Math.floor(this.#nowMs()) * 1_000 };
  }
}
