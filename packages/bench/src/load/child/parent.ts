import type { Serializable } from "node:child_process";
import { unixUs } from "../../measure/clock.ts";
import { CLOCK, isClock } from "./clock-message.ts";
import { crashOf } from "./crash-message.ts";

/**
 * The other end of a `Child`: the starter of a benchmark process, as that process sees it. The process ends with its starter, so that
 * nothing keeps running when the benchmark is killed.
 */
export class Parent<Command, Message extends Serializable> {
  constructor(handle: (command: Command, parent: Parent<Command, Message>) => void) {
    process.on("message", (command) => {
      if (isClock(command)) {
        process.send?.({ kind: CLOCK, atUs: unixUs() });
        return;
      }
      // The other end is this repository's own module, typed with the same union.
      handle(command as Command, this);
    });
    process.on("disconnect", () => process.exit(0));
    // The starter reports what went wrong, once; without it, nobody would hear of it.
    process.on("uncaughtException", (error) => {
      if (process.send === undefined) throw error;
      process.send(crashOf(error), undefined, undefined, () => process.exit(1));
    });
    // A terminal sends Ctrl-C, or its own end, to the whole group; the starter decides what that means.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  }

  send(message: Message): void {
    process.send?.(message);
  }
}
