import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits until a condition holds. Use it only if nothing announces the condition (another process, a row in a catalog).
 *
 * @throws Error  with `what` when it does not hold within the time limit.
 */
export async function waitFor(
  what: string,
  condition: () => boolean | Promise<boolean>,
  options: { readonly timeoutMs?: number; readonly pollMs?: number } = {},
): Promise<void> {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const until = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > until) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await delay(options.pollMs ?? 10);
  }
}
