/** The question for a process' clock, which every process of the benchmark answers. */
export const CLOCK = "clock";

/** Unix microseconds of the process that answers. */
export interface ClockMessage {
  readonly kind: typeof CLOCK;
  readonly atUs: number;
}

export function isClock(message: unknown): message is ClockMessage {
  return typeof message === "object" && message !== null && Reflect.get(message, "kind") === CLOCK;
}
