import { AsyncLocalStorage } from "node:async_hooks";

/** Looks at what a change is about to replace (null: nothing) and throws if it is not what the change was made for. */
export type Condition = (before: object | null) => void;

const conditions = new AsyncLocalStorage<Condition>();

/** Runs `work`. Its change of the catalog or the vault asks `condition` in its transaction, with the row locked, before it changes anything. */
export function underCondition<T>(condition: Condition, work: () => Promise<T>): Promise<T> {
  return conditions.run(condition, work);
}

/** The condition of the current change, if it has one. */
export function currentCondition(): Condition | undefined {
  return conditions.getStore();
}

/**
 * Asks the condition of the current change, if it has one. `lock` reads what is to be changed, and keeps others from changing it.
 *
 * @returns What is there; undefined without a condition.
 */
export async function requireCondition<T extends object>(lock: () => Promise<T | null>): Promise<T | null | undefined> {
  const condition = currentCondition();
  if (condition === undefined) return undefined;
  const before = await lock();
  condition(before);
  return before;
}
