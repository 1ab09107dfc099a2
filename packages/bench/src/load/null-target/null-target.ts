import { Child } from "../child/child.ts";
import type { NullTargetCommand, NullTargetMessage, NullTargetMode } from "./protocol.ts";

export interface NullTarget {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a target on a free loopback port, in a process of its own. */
export async function startNullTarget(mode: NullTargetMode): Promise<NullTarget> {
  const child = await Child.start<NullTargetCommand, NullTargetMessage>(
    new URL("./process.ts", import.meta.url),
    "null target",
  );
  await child.next("ready");
  const listening = child.next("listening");
  child.send({ kind: "start", mode });
  const { port } = await listening;
  return { port, pid: child.pid, stop: () => child.stop() };
}
