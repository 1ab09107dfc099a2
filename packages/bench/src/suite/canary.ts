import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { once } from "node:events";
import { startNullTarget } from "../load/null-target/null-target.ts";
import type { NullTarget } from "../load/null-target/null-target.ts";
import type { CanaryReading } from "../result/result.ts";

/** A fixed piece of work, some milliseconds on a current machine. */
const STEPS = 1_000_000;
/** An interruption makes a reading too long, never too short. */
const CPU_READINGS = 5;
const FLUSHES = 12;
const ROUND_TRIPS = 60;
const ROUND_TRIP_MS_MAX = 2_000;
const PAGE = Buffer.alloc(8_192, 1);
const REQUEST = Buffer.from("POST / HTTP/1.1\r\nhost: canary\r\ncontent-length: 2\r\n\r\n{}", "latin1");

/**
 * How quick the machine is right now, without anything of MeshHook in it: a piece of computing, flushes of the database's disk, and round
 * trips to another process over the loopback interface, which need its scheduler. Read between two blocks, when no load runs.
 *
 * Cost: about 60 ms a reading on a quiet machine.
 */
export class Canary {
  readonly #path: string;
  readonly #target: NullTarget;

  private constructor(path: string, target: NullTarget) {
    this.#path = path;
    this.#target = target;
  }

  /** @param path  Of a file on the database's disk; each reading makes it and removes it. */
  static async start(path: string): Promise<Canary> {
    return new Canary(path, await startNullTarget("nothing"));
  }

  async read(): Promise<CanaryReading> {
    const roundTripsMs = await readRoundTrips(this.#target.port);
    return { cpuMs: readCpuMs(), flushMs: median(readFlushes(this.#path)), roundTripMs: median(roundTripsMs) };
  }

  async stop(): Promise<void> {
    await this.#target.stop();
  }
}

function readCpuMs(): number {
  let best = Infinity;
  for (let reading = 0; reading < CPU_READINGS; reading += 1) {
    const start = performance.now();
    let state = 1;
    for (let step = 0; step < STEPS; step += 1) state = Math.imul(state ^ (state >>> 13), 0x5bd1e995) + step;
    if (state === 0.5) throw new Error("Not reached; keeps the loop from being left out.");
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function readFlushes(path: string): number[] {
  const file = openSync(path, "w");
  try {
    // Written once before: what is measured is the flush, not the growing of the file.
    writeSync(file, PAGE, 0, PAGE.length, 0);
    fdatasyncSync(file);
    return Array.from({ length: FLUSHES }, () => {
      const start = performance.now();
      writeSync(file, PAGE, 0, PAGE.length, 0);
      fdatasyncSync(file);
      return performance.now() - start;
    });
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}

async function readRoundTrips(port: number): Promise<number[]> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  const untilMs = performance.now() + ROUND_TRIP_MS_MAX;
  try {
    await once(socket, "connect");
    // The first finds nothing warm.
    await roundTrip(socket);
    const times: number[] = [];
    while (times.length < ROUND_TRIPS && performance.now() < untilMs) times.push(await roundTrip(socket));
    return times;
  } finally {
    socket.destroy();
  }
}

async function roundTrip(socket: Socket): Promise<number> {
  const start = performance.now();
  socket.write(REQUEST);
  await once(socket, "data");
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;
}
