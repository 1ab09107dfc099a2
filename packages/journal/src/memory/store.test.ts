import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "@meshhook/testkit";

import { describeStore } from "../conformance.ts";
import { createMemoryStore } from "./store.ts";

const LEASE_MS = 5_000;

describeStore("the memory store", { describe, it, expect, beforeEach, afterEach }, async () => {
  const clock = new FakeClock();
  const store = createMemoryStore({ leaseMs: LEASE_MS, nowMs: clock.nowMs });
  return {
    store,
    other: store,
    expireLease: async (_token, survivors) => {
      clock.advance(LEASE_MS + 1);
      await Promise.all(survivors.map((survivor) => store.journal.heartbeat(survivor)));
    },
    dispose: () => store.close(),
  };
});
