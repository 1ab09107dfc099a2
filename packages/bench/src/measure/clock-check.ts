import type { ClockCheck } from "../result/result.ts";
import { unixUs } from "./clock.ts";

/** Clocks further apart than this (beyond what reading them may be off) make phases and orders between processes meaningless. */
export const CLOCK_US_MAX = 2_000;

const EXCHANGES = 15;

/**
 * Compares another clock with this process': asks for it several times and believes the quickest exchange, whose middle is known best.
 *
 * @param read  Asks the other side for its time, in Unix microseconds.
 */
export async function checkClock(of: string, read: () => Promise<number>): Promise<ClockCheck> {
  let best: ClockCheck = { of, offsetUs: 0, uncertaintyUs: Infinity };
  for (let exchange = 0; exchange < EXCHANGES; exchange += 1) {
    const askedUs = unixUs();
    const otherUs = await read();
    const uncertaintyUs = (unixUs() - askedUs) / 2;
    if (uncertaintyUs < best.uncertaintyUs) best = { of, offsetUs: otherUs - askedUs - uncertaintyUs, uncertaintyUs };
  }
  return best;
}

/** Of several checks of the same clocks, those that are furthest off. */
export function worstChecks(checks: readonly ClockCheck[]): ClockCheck[] {
  const worst = new Map<string, ClockCheck>();
  for (const check of checks) {
    const known = worst.get(check.of);
    if (known === undefined || Math.abs(check.offsetUs) > Math.abs(known.offsetUs)) worst.set(check.of, check);
  }
  return [...worst.values()];
}

/** Whether a clock is certainly further off than the figures can bear. */
export function disagrees({ offsetUs, uncertaintyUs }: ClockCheck): boolean {
  return Math.abs(offsetUs) - uncertaintyUs > CLOCK_US_MAX;
}
