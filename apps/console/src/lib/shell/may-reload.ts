/** Sooner reloads of the same address than this, in milliseconds, would be a loop. */
const APART_MS = 10_000;
const KEY = "meshhook.reloaded";

/**
 * Whether an address may reload itself now. Remembers the call across the reload.
 *
 * @param store  `sessionStorage`, except in tests.
 */
export function mayReload(
  address: string,
  now = Date.now(),
  store: Pick<Storage, "getItem" | "setItem"> = sessionStorage,
): boolean {
  const [last, at] = (store.getItem(KEY) ?? "").split("\n");
  if (last === address && now - Number(at) < APART_MS) return false;
  store.setItem(KEY, `${address}\n${now}`);
  return true;
}
