/** How long a fixed piece of work takes now: the machine's speed, without anything of MeshHook in it. */
export function readCanaryMs(): number {
  let best = Infinity;
  // An interruption makes a reading too long, never too short.
  for (let reading = 0; reading < 5; reading += 1) {
    const start = performance.now();
    let state = 1;
    for (let step = 0; step < STEPS; step += 1) state = Math.imul(state ^ (state >>> 13), 0x5bd1e995) + step;
    if (state === 0.5) throw new Error("Not reached; keeps the loop from being left out.");
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** About five milliseconds on a current machine. */
const STEPS = 2_000_000;
