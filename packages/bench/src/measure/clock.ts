/**
 * One clock for every process of the benchmark: Unix microseconds from the monotonic clock, set once against the wall clock.
 *
 * Node's own `performance.timeOrigin` is set at process start and differs between processes by the error of that one reading;
 * here the wall clock is read at the instant its millisecond turns, which is good to a few microseconds, also on a busy machine: of
 * several turns the one counts that was seen most closely.
 */
/** Each takes a millisecond at most. */
const READINGS = 12;

const originUs = readOriginUs();

/** Now, in Unix microseconds with a fraction; never goes back within a process. */
export function unixUs(): number {
  return originUs + performance.now() * 1_000;
}

function readOriginUs(): number {
  let closest = Infinity;
  let origin = 0;
  for (let reading = 0; reading < READINGS; reading += 1) {
    let before = performance.now();
    const wall = Date.now();
    for (;;) {
      const now = Date.now();
      const after = performance.now();
      if (now !== wall) {
        // The millisecond turned between the two; an interruption there makes them lie far apart.
        if (after - before < closest && now === wall + 1) {
          closest = after - before;
          origin = (now - (before + after) / 2) * 1_000;
        }
        break;
      }
      before = after;
    }
  }
  return closest === Infinity ? (Date.now() - performance.now()) * 1_000 : origin;
}
