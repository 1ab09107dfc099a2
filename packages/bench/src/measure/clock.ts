/**
 * One clock for every process of the benchmark: Unix microseconds from the monotonic clock, set once against the wall clock.
 *
 * Node's own `performance.timeOrigin` is set at process start and differs between processes by the error of that one reading;
 * here the wall clock is read at the instant its millisecond turns, which is good to a few microseconds on an idle core.
 */
const originUs = readOriginUs();

/** Now, in Unix microseconds with a fraction; never goes back within a process. */
export function unixUs(): number {
  return originUs + performance.now() * 1_000;
}

function readOriginUs(): number {
  let best = Infinity;
  // An interruption makes a reading too late, never too early; so the smallest of a few is the closest.
  for (let reading = 0; reading < 5; reading += 1) {
    const before = Date.now();
    let wall = before;
    let monotonic = performance.now();
    while (wall === before) {
      monotonic = performance.now();
      wall = Date.now();
    }
    best = Math.min(best, (wall - monotonic) * 1_000);
  }
  return best;
}
