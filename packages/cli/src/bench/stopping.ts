import type { SystemLauncher } from "@meshhook/bench";

import { stopRequested } from "../start/stop-signal.ts";

/** After this long, anything that still keeps the process alive is a leak. */
const LINGER_MS_MAX = 5_000;
/** After a second request to stop, the process waits no longer than this for the database to be removed. */
const SECOND_STOP_MS_MAX = 10_000;

/**
 * A signal that aborts at the first Ctrl-C, so that what was measured so far is reported. The second one ends the process as soon as
 * everything that was started is gone.
 *
 * @param what  Will cover what was measured so far, as in `the report`.
 */
export function stopWithReport(launcher: SystemLauncher, what: string): AbortSignal {
  const abort = new AbortController();
  void stopRequested(() => {
    setTimeout(() => process.exit(1), SECOND_STOP_MS_MAX);
    void launcher.endNow().finally(() => process.exit(1));
  }).then(() => {
    process.stderr.write(
      `\nStopping: ${what} covers what was measured so far. Press Ctrl-C again to exit immediately.\n`,
    );
    abort.abort();
  });
  return abort.signal;
}

/** Lets the process end soon, whatever still keeps it alive. */
export function endSoon(): void {
  setTimeout(() => process.exit(), LINGER_MS_MAX).unref();
}
