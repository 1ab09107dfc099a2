import { setTimeout as pause } from "node:timers/promises";

import type { OutsideFault } from "./plan.ts";
import type { FaultyProcess } from "./process.ts";
import type { SmallDisk } from "./small-disk.ts";

/** A PostgreSQL server that may be stopped. */
export interface StoppablePostgres {
  stop(): Promise<void>;
  /** Also where it runs still. */
  start(): Promise<void>;
}

/** What can fail. */
export interface Breakable {
  readonly processes: readonly FaultyProcess[];
  /** Null when the server is not ours to stop. */
  readonly postgres: StoppablePostgres | null;
  /** Null when the server's files are not on a disk that may be filled. */
  readonly disk: SmallDisk | null;
}

/** Lets a fault happen from outside. Resolves when it is over. */
export async function bring(fault: OutsideFault, { disk, postgres, processes }: Breakable): Promise<void> {
  const process = "process" in fault ? processes[fault.process] : undefined;
  switch (fault.kind) {
    case "none":
      return;
    case "kill":
      return process?.signal("SIGKILL");
    case "kill-all":
      for (const one of processes) one.signal("SIGKILL");
      return;
    case "pause":
      process?.signal("SIGSTOP");
      await pause(fault.ms);
      return process?.signal("SIGCONT");
    case "stop":
      return process?.signal("SIGTERM");
    case "postgres":
      await postgres?.stop();
      await pause(fault.ms);
      return postgres?.start();
    case "full-disk":
      await disk?.fill();
      await pause(fault.ms);
      await disk?.empty();
      return postgres?.start();
    case "cut":
      process?.proxy.cut({ refuse: true });
      break;
    case "half-open":
      process?.proxy.holdAnswers();
      break;
    case "slow":
      process?.proxy.delay(fault.delayMs);
      break;
  }
  await pause(fault.ms);
  // Connections whose answers were held back are not whole any more.
  if (fault.kind === "half-open") process?.proxy.cut();
  process?.proxy.restore();
}
