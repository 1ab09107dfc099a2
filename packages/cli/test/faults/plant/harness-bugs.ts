/**
 * Bugs that can be planted into the processes of the harness, to see that its checks find them: those of the simulation
 * (packages/runtime/test/simulation/bugs.ts) that show from outside. Where a former owner is let in (`no-fence`), a cursor is ahead
 * (`cursor-before-fact`) or parked runs are skipped (`parked-skipped`), it takes orders of events that real processes hardly ever meet.
 */
export const HARNESS_BUGS = {
  "ack-before-commit": "journal: a delivery is reported as appended before it is stored",
  "effect-before-durable": "journal: later segments are reported as appended before they are stored",
  "dedupe-ignored": "journal: idempotency keys are ignored",
  "watermark-leads": "journal: watermarks say that everything older than now is done",
  "segment-skipped": "journal: a segment is reported as appended and never stored",
  "intent-forgotten": "journal: a new owner does not see that an at-most-once call may have been sent",
  "timer-early": "clock: all clocks of the process are fast",
  "end-overwritten": "journal: what a former owner still has to say is appended after what came in between",
  "fact-twice": "journal: an append is repeated under the next number",
} as const;

export type HarnessBug = keyof typeof HARNESS_BUGS;

export function isHarnessBug(name: string): name is HarnessBug {
  return Object.hasOwn(HARNESS_BUGS, name);
}
