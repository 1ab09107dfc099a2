import { AsyncLocalStorage } from "node:async_hooks";

import type { Act } from "./audit.ts";

/** An act that is being done, and whether its entry is stored. */
export interface OpenAct {
  readonly act: Act;
  isRecorded: boolean;
}

const acts = new AsyncLocalStorage<OpenAct>();

/** Runs `work` as an act. `record` stores its entry when no change in `work` did. */
export async function runAsAct<T>(act: Act, work: () => Promise<T>, record: (result: T) => Promise<void>): Promise<T> {
  const open: OpenAct = { act, isRecorded: false };
  try {
    const result = await acts.run(open, work);
    if (!open.isRecorded) await record(result);
    return result;
  } finally {
    // What `work` left running is not a part of it.
    open.isRecorded = true;
  }
}

/** The person who acts; null: a key, or MeshHook itself. */
export function actingUserId(): string | null {
  const actor = acts.getStore()?.act.actor;
  return actor?.kind === "user" ? actor.id : null;
}

/** The act that the current change belongs to and that is not recorded yet; null: none. */
export function unrecordedAct(): OpenAct | null {
  const open = acts.getStore();
  return open === undefined || open.isRecorded ? null : open;
}
