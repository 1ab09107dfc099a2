/**
 * Signals that come within this time after the first are echoes of it: Ctrl-C reaches every process of the terminal, and npm and
 * the launcher pass it on as well.
 */
const ECHO_MS = 500;

/**
 * Waits for the request to stop: SIGTERM, SIGINT, SIGHUP (the terminal was closed), or the end of the launcher that started this process
 * (its channel closes).
 *
 * @param onSecond  Called when the request is repeated later, which means "do not wait".
 * @returns What asked, for the log.
 */
export function stopRequested(onSecond: () => void): Promise<string> {
  return new Promise((resolve) => {
    let firstAt: number | null = null;
    const onRequest = (reason: string) => (): void => {
      if (firstAt === null) {
        firstAt = performance.now();
        resolve(reason);
      } else if (performance.now() - firstAt > ECHO_MS) onSecond();
    };
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, onRequest(signal));
    process.on("disconnect", onRequest("the launcher's end"));
    // Listening for the channel's end would keep this process alive after its work is done.
    process.channel?.unref();
  });
}
