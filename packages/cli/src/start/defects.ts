import type { Logger } from "pino";

/** A defect ends the process: everything acknowledged is in the journal, and the next start continues from there. */
export function endOnDefects(log: Logger): void {
  const end = (kind: string) => (err: unknown) => {
    log.error({ err, kind }, "defect: exiting; the next start continues from the journal");
    process.exit(1);
  };
  process.on("uncaughtException", end("uncaught exception"));
  process.on("unhandledRejection", end("unhandled rejection"));
}
