/**
 * Bugs that can be planted into the simulation, each in the part that is named, to see that its checks find them. What they break is what
 * the engine must not do, not how it does it.
 */
export const PLANTED_BUGS = {
  "ack-before-commit": "journal: a delivery is reported as appended before it is stored",
  "effect-before-durable": "journal: later segments are reported as appended before they are stored",
  "no-fence": "database: it stores whatever a former owner of a shard still sends",
  "dedupe-ignored": "database: idempotency keys are ignored",
  "cursor-before-fact": "watermarks: the cursor moves past a signal that was read, before its fact is durable",
  "watermark-leads": "watermarks: they say that everything older than now is done",
  "segment-skipped": "database: a segment is reported as appended and never stored, and the next ones are accepted",
  "intent-forgotten": "journal: a new owner does not see that an at-most-once call may have been sent",
  "timer-early": "clock: the wall clock by which timers fire is fast",
  "parked-skipped": "journal: a new owner does not find the timers of parked runs",
  "end-overwritten": "journal: what a former owner still has to say is appended after what came in between",
  "signal-lost": "journal: messages to runs are read and forgotten",
  "hold-forgotten": "journal: a new owner takes runs that wait for their turn for runs that go on",
  "fact-twice": "journal: an append whose answer was lost is repeated under the next number",
} as const;

export type PlantedBug = keyof typeof PLANTED_BUGS;

export function isPlantedBug(name: string): name is PlantedBug {
  return Object.hasOwn(PLANTED_BUGS, name);
}
