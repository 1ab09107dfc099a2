import { setTimeout as delay } from "node:timers/promises";
import type { LoadReport, RunningLoad } from "../load/generator/generator.ts";
import type { LoadInterval, LoadPlan } from "../load/generator/protocol.ts";
import { isAccepted, readLedger } from "../load/ledger.ts";
import { unixUs } from "../measure/clock.ts";
import { readCpuSeconds } from "../measure/process-tree.ts";
import type { DriverDescription } from "../result/result.ts";
import { DRIVER_TITLES } from "./driver.ts";
import { LineFollower } from "./line-follower.ts";
import type { Program } from "./program.ts";
import { writeDrivenLedger } from "./requests.ts";
import type { DrivenLoad } from "./requests.ts";

/** Reads what a program writes while it sends, line by line. */
export interface OutputReader {
  /** The outcome of a request that the line completes; null for any other line. */
  take(line: string): number | null;
  /** What the lines amount to, once the program has ended. */
  finish(): { readonly load: DrivenLoad; readonly timesFrom: DriverDescription["timesFrom"] };
}

export interface DrivenOptions {
  readonly driver: Pick<DriverDescription, "name" | "version">;
  readonly program: Program;
  readonly plan: LoadPlan;
  readonly outputPath: string;
  readonly reader: OutputReader;
  /** Exit codes that mean the load was sent. */
  readonly isSent: (exitCode: number) => boolean;
  /** What a failure means that is known from the program's last words; null for any other. */
  readonly explain?: (lastWords: string) => string | null;
  readonly onInterval: (interval: LoadInterval) => void;
}

const POLL_MS = 100;
const POLLS_PER_INTERVAL = 5;

/** Follows a load that a program sends. Resolves with its first request, as the load's faults and windows count from about there. */
export async function followLoad(options: DrivenOptions): Promise<RunningLoad> {
  const { program } = options;
  const following = new Following(options);
  const finished = following.finish();
  // Whoever started the load awaits it; until then its failure is nobody's.
  finished.catch(() => undefined);
  await Promise.race([following.begun, finished]);
  return { pid: program.pid, finished, stop: () => void program.end(), abort: () => program.end() };
}

class Following {
  readonly begun: Promise<void>;
  readonly #options: DrivenOptions;
  readonly #totals = { answered: 0, acked: 0 };
  #cpu: { readonly first: number; last: number } | null = null;
  #begin: () => void = () => undefined;

  constructor(options: DrivenOptions) {
    this.#options = options;
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  async finish(): Promise<LoadReport> {
    const { program, plan, outputPath, reader, driver, isSent } = this.#options;
    const follower = new LineFollower(outputPath);
    const take = (line: string) => this.#take(line);
    const isOver = program.exited.then(() => true);
    for (let poll = 1; !(await Promise.race([isOver, delay(POLL_MS, false)])); poll += 1) {
      this.#readCpu();
      await follower.read(take);
      if (poll % POLLS_PER_INTERVAL === 0 && this.#totals.answered > 0) this.#tellInterval();
    }
    const exitCode = await program.exited;
    await follower.read(take);
    if (exitCode === null || !isSent(exitCode) || this.#totals.answered === 0) throw await this.#failure(exitCode);
    const { load, timesFrom } = reader.finish();
    writeDrivenLedger(load, plan.ledgerPath);
    const ledger = await readLedger(plan.ledgerPath);
    const lastUs = load.requests.reduce((last, { answeredUs }) => Math.max(last, answeredUs), load.startedAtUs);
    return {
      startedAtUs: load.startedAtUs,
      finishedAtUs: lastUs,
      cpuUs: this.#cpu === null ? 0 : (this.#cpu.last - this.#cpu.first) * 1e6,
      driver: { ...driver, timesFrom },
      ledger,
    };
  }

  async #failure(exitCode: number | null): Promise<Error> {
    const { driver, program, explain } = this.#options;
    const lastWords = await program.lastWords();
    const what =
      exitCode === null
        ? "it was ended by a signal"
        : `it exited with code ${String(exitCode)} after ${String(this.#totals.answered)} requests`;
    const known = explain?.(lastWords) ?? null;
    return new Error(
      `${DRIVER_TITLES[driver.name]} did not send the load: ${what}. ${known === null ? "" : `${known} `}The end of its output:\n${lastWords}`,
    );
  }

  #take(line: string): void {
    const outcome = this.#options.reader.take(line);
    if (outcome === null) return;
    this.#totals.answered += 1;
    if (isAccepted(outcome)) this.#totals.acked += 1;
    this.#begin();
  }

  /** From the first request on: starting a virtual machine is not part of the load. */
  #readCpu(): void {
    const seconds = readCpuSeconds(this.#options.program.pid);
    if (seconds === null) return;
    if (this.#cpu !== null) this.#cpu.last = seconds;
    else if (this.#totals.answered > 0) this.#cpu = { first: seconds, last: seconds };
  }

  /** What is in flight or waiting is known to the program alone. */
  #tellInterval(): void {
    const { answered, acked } = this.#totals;
    this.#options.onInterval({
      atUs: unixUs(),
      sent: answered,
      acked,
      errors: answered - acked,
      inFlight: 0,
      waiting: 0,
      cpuUs: (this.#cpu?.last ?? 0) * 1e6,
    });
  }
}
