import { checkClock } from "../../measure/clock-check.ts";
import type { ClockCheck, DriverDescription } from "../../result/result.ts";
import { Child } from "../child/child.ts";
import { readLedger } from "../ledger.ts";
import type { Ledger } from "../ledger.ts";
import { durationMsOf } from "../profile/profile.ts";
import type { GeneratorCommand, GeneratorMessage, LoadInterval, LoadPlan } from "./protocol.ts";

/** A load that is being sent by its own process. */
export interface RunningLoad {
  readonly pid: number;
  /** Resolves when the last answer is in and the process is gone; rejects when the process died. */
  readonly finished: Promise<LoadReport>;
  /** Ends the load early: nothing more is sent. */
  stop(): void;
  /** Ends the process at once, without a report. */
  abort(): Promise<void>;
}

export interface LoadReport {
  readonly startedAtUs: number;
  readonly finishedAtUs: number;
  /** CPU of the generator's process for this load. */
  readonly cpuUs: number;
  /** Connections that were opened because earlier ones had been closed. */
  readonly reopened?: number;
  /** The generator's clock against this process', before and after. */
  readonly clocks?: readonly ClockCheck[];
  /** The program that sent it; absent for the built-in generator. */
  readonly driver?: DriverDescription;
  readonly ledger: Ledger;
}

/**
 * Starts a load in a process of its own; `onInterval` gets the totals twice a second.
 *
 * @throws RangeError for a load longer than 30 minutes.
 */
export async function startLoad(plan: LoadPlan, onInterval: (interval: LoadInterval) => void): Promise<RunningLoad> {
  const durationMs = plan.model.kind === "open" ? durationMsOf(plan.model.profile) : plan.model.durationMs;
  if (durationMs > DURATION_MS_MAX) {
    throw new RangeError(
      `A load of ${String(durationMs)} ms is longer than its ledger can hold (${String(DURATION_MS_MAX)} ms). Split it.`,
    );
  }
  const child = await Child.start<GeneratorCommand, GeneratorMessage>(
    new URL("./process.ts", import.meta.url),
    "generator",
  );
  await child.next("ready");
  child.listen((message) => {
    if (message.kind === "interval") onInterval(message);
  });
  const before = await checkClock("the generator", () => child.readClock());
  const finished = child.next("finished");
  child.send({ kind: "start", plan });
  return {
    pid: child.pid,
    finished: finished.then(async (message) => {
      const after = await checkClock("the generator", () => child.readClock());
      await child.stop();
      return {
        startedAtUs: message.startedAtUs,
        finishedAtUs: message.finishedAtUs,
        cpuUs: message.cpuUs,
        reopened: message.reopened,
        clocks: [before, after],
        ledger: await readLedger(plan.ledgerPath),
      };
    }),
    stop: () => child.send({ kind: "stop" }),
    abort: () => child.stop(),
  };
}

/** The ledger's 32-bit microseconds end at 35 minutes; answers to the last requests need some of that. */
const DURATION_MS_MAX = 30 * 60_000;
