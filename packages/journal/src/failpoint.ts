import { spawn } from "node:child_process";

/**
 * Places where a process can be made to fail on purpose, for tests: around everything that becomes durable or goes out
 * (docs/decisions/0065).
 */
export const FAILPOINTS = {
  "intake.read": "A webhook is read and verified; nothing of it is stored",
  "append.sending": "A batch is about to be sent to the database",
  "append.sent": "A batch was sent; its commit was not answered yet",
  "append.answered": "The commit was answered; nobody was told",
  "intake.answered": "The sender was answered",
  "shards.claimed": "Shards were taken over; nothing of them is loaded",
  "run.loaded": "A run was read from the journal and folded; nothing of it has started",
  "call.sending": "A call's facts are durable; it is about to be sent",
  "call.sent": "A call was handed to the network",
  "call.answered": "A call's answer was read; it is not recorded",
  "timer.fired": "A delay is over; it is not recorded",
  "signal.sent": "A request to cancel is durable; nobody was told",
  "signal.read": "A request to cancel was read by its run's owner; it is not recorded",
  "watermarks.storing": "Watermarks are about to be stored",
  "events.published": "Committed events were handed to those who watch",
  "drain.started": "A request to stop has come",
  "drain.leaving": "Everything is at rest; the shards are about to be given back",
} as const;

export type FailpointName = keyof typeof FAILPOINTS;

/** Something with a connection that can be cut. */
export interface Connected {
  giveUp(): void;
}

export type FailpointAction =
  /** SIGKILL. */
  | { readonly kind: "kill" }
  /** SIGSTOP, and SIGCONT after so many milliseconds. */
  | { readonly kind: "stop"; readonly ms: number }
  /** The event loop stands still for so many milliseconds. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The host's wall clock is set forward, or back, by so many milliseconds, as far as this process can see. */
  | { readonly kind: "clock"; readonly ms: number }
  /** An error that nobody expects. */
  | { readonly kind: "throw" }
  /** The connection that is in use there is cut. */
  | { readonly kind: "drop-connection" };

/** What to do where, at the `count`-th pass, and only then. */
export interface Failpoint {
  readonly name: FailpointName;
  readonly action: FailpointAction;
  /** From 1. */
  readonly count: number;
}

const armed = new Map<FailpointName, Failpoint[]>();
const passed = new Map<FailpointName, number>();
let isArmed = false;

/** Passes a failpoint: does nothing, at the cost of one comparison, unless failpoints are armed. */
export function failpoint(name: FailpointName, connected: Connected | null = null): void {
  if (isArmed) pass(name, connected);
}

/** Arms failpoints in this process, in place of those armed before. */
export function armFailpoints(failpoints: readonly Failpoint[]): void {
  armed.clear();
  passed.clear();
  for (const one of failpoints) armed.set(one.name, [...(armed.get(one.name) ?? []), one]);
  isArmed = failpoints.length > 0;
}

function pass(name: FailpointName, connected: Connected | null): void {
  const count = (passed.get(name) ?? 0) + 1;
  passed.set(name, count);
  for (const one of armed.get(name) ?? []) if (one.count === count) act(one, connected);
}

function act({ action, name }: Failpoint, connected: Connected | null): void {
  switch (action.kind) {
    case "kill":
      process.kill(process.pid, "SIGKILL");
      return;
    case "stop":
      // Somebody else has to wake this process up.
      spawn("sh", ["-c", `sleep ${action.ms / 1_000}; kill -CONT ${process.pid}`], {
        detached: true,
        stdio: "ignore",
      }).unref();
      process.kill(process.pid, "SIGSTOP");
      return;
    case "delay":
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, action.ms);
      return;
    case "clock": {
      const now = Date.now;
      Date.now = () => now() + action.ms;
      return;
    }
    case "throw":
      throw new Error(`The failpoint ${name} throws`);
    case "drop-connection":
      connected?.giveUp();
      return;
  }
}

const ENTRY = /^([a-z.]+)=(kill|throw|drop-connection|(?:stop|delay|clock):(-?\d{1,9}))(?:@([1-9]\d{0,8}))?$/;

/**
 * Reads a list such as `append.sent=kill@3, call.sending=delay:500`: the name of a failpoint, what to do there, and at which pass
 * (the first, unless it says otherwise).
 *
 * @returns The failpoints, or what is wrong with the first entry that cannot be read.
 */
export function readFailpoints(list: string): readonly Failpoint[] | { readonly fault: string } {
  const failpoints: Failpoint[] = [];
  for (const entry of list.split(",").map((text) => text.trim())) {
    const [, name = "", action = "", ms = "0", count = "1"] = ENTRY.exec(entry) ?? [];
    if (action === "")
      return {
        fault: `"${entry}" is not name=action@count; actions are kill, throw, drop-connection, stop:ms, delay:ms and clock:ms`,
      };
    if (!isFailpoint(name))
      return { fault: `there is no failpoint "${name}"; there are ${Object.keys(FAILPOINTS).join(", ")}` };
    const kind = action.split(":")[0] as FailpointAction["kind"];
    if (kind !== "clock" && Number(ms) < 0) return { fault: `"${entry}" waits for less than nothing` };
    failpoints.push({ name, action: { kind, ms: Number(ms) }, count: Number(count) });
  }
  return failpoints;
}

function isFailpoint(name: string): name is FailpointName {
  return Object.hasOwn(FAILPOINTS, name);
}
