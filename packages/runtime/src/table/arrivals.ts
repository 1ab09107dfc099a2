import { placeOf } from "@meshhook/core";

import type { ChildPerformer } from "../child/child-performer.ts";
import type { Clock } from "../clock.ts";
import type { Effects } from "../effects.ts";
import type { LiveRun } from "../live-run.ts";
import type { Memory } from "../memory.ts";
import type { Shard } from "../shard.ts";
import type { Hub } from "../watch/hub.ts";
import type { Recorder } from "./recorder.ts";

export interface ArrivalsOptions {
  readonly clock: Clock;
  readonly hub: Hub;
  readonly memory: Memory;
  readonly recorder: Recorder;
  readonly effects: Effects;
  readonly children: ChildPerformer;
  readonly onAuthorityLost: (reason: string) => void;
}

/** Takes in runs that were loaded from the journal. */
export class Arrivals {
  readonly #options: ArrivalsOptions;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
  }

  /** A run was loaded: starts (again) what it waits for. */
  adopt(shard: Shard, live: LiveRun): void {
    const { children, clock, effects, hub, memory, onAuthorityLost, recorder } = this.#options;
    if (hub.isProjectWatched(live.projectId)) live.observe();
    memory.add(shard, live);
    // Read before anything new is recorded, because what follows from the facts below has to wait until they are durable.
    const unanswered = live.run.unansweredIntents();
    effects.perform(live, live.run.pendingEffects());
    for (const call of unanswered) {
      const message = "the process that made this at-most-once call ended before its answer was recorded";
      const at = live.timeOf(clock.now());
      const { attempt } = call;
      recorder.record(live, {
        kind: "failure",
        at,
        ...placeOf(call),
        attempt,
        durationUs: 0,
        code: "outcome_unknown",
        message,
      });
    }
    const { origin } = live.run;
    if (origin?.kind !== "child") return;
    children.check(shard, live, origin).catch((error: unknown) => {
      if (!shard.isGone) onAuthorityLost(`Reading run ${origin.runId} failed: ${String(error)}`);
    });
  }
}
