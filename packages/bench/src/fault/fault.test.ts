import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { readFile } from "node:fs/promises";
import { waitFor } from "@meshhook/testkit";
import { afterEach, expect, test } from "vitest";
import { Proxy } from "../load/proxy/proxy.ts";
import { runFaults, startFault } from "./fault.ts";
import type { FaultSpan } from "./fault.ts";
import { refusalsOf } from "./refusal.ts";
import type { FaultStep } from "./step.ts";
import type { FaultDatabase, FaultProcess, FaultSystem } from "./system.ts";
import { FaultRefused } from "./system.ts";

/** A real process to kill and to pause: it writes a line every few milliseconds. */
class Ticker implements FaultProcess {
  lines = 0;
  starts = 0;
  #child: ChildProcess | null = null;

  async startAgain(): Promise<void> {
    const child = spawn(process.execPath, ["-e", "setInterval(() => console.log('tick'), 5)"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.stdout.on("data", (chunk: Buffer) => (this.lines += chunk.toString().split("\n").length - 1));
    this.#child = child;
    this.starts += 1;
    await once(child.stdout, "data");
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  async killHard(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
}

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function ticker(): Promise<Ticker> {
  const started = new Ticker();
  stops.push(() => started.killHard());
  await started.startAgain();
  return started;
}

const NOTHING: FaultSystem = { isRemote: false, proxies: {}, meshhook: null, database: null };

async function isStopped(pid: number): Promise<boolean> {
  // Linux's name for a stopped process: the letter after the command's name in parentheses.
  return (await readFile(`/proc/${String(pid)}/stat`, "utf8")).includes(") T ");
}

const down = { kind: "down", at: 0, link: "client", for: 1 } as const;
const kill = { kind: "kill-9", at: 0, down: 1 } as const;
const pause = { kind: "pause", at: 0, for: 1 } as const;

test("a kill ends the process, and stopping the fault starts it again, once", async () => {
  const meshhook = await ticker();
  const { pid } = meshhook;
  const fault = await startFault(kill, { ...NOTHING, meshhook });
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  const [first, second] = await Promise.all([fault.stop(), fault.stop()]);
  expect(first).toBe(second);
  expect(first).toBeGreaterThan(fault.beganUs);
  expect(meshhook.starts).toBe(2);
  expect(meshhook.pid).not.toBe(pid);
});

test("a paused process stands still and continues where it stopped", async () => {
  const meshhook = await ticker();
  const fault = await startFault(pause, { ...NOTHING, meshhook });
  await waitFor("the process to stand still", () => isStopped(meshhook.pid));
  await fault.stop();
  await waitFor("the process to continue", async () => !(await isStopped(meshhook.pid)));
  const { lines } = meshhook;
  await waitFor("the next line", () => meshhook.lines > lines);
  expect(meshhook.starts).toBe(1);
});

test("a toxic is put on the proxy of its link and taken away again", async () => {
  const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => void server.close());
  const proxy = await Proxy.start({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  stops.push(() => proxy.stop());
  const dial = () =>
    new Promise<string>((resolve) => {
      const socket = connect(proxy.port, "127.0.0.1");
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
      socket.on("data", (bytes: Buffer) => resolve(bytes.toString()));
    });
  const fault = await startFault(down, { ...NOTHING, proxies: { client: proxy } });
  expect(await dial()).toBe("ECONNREFUSED");
  await fault.stop();
  expect(await dial()).toBe("hello");
});

test("steps begin at their times and are undone after their lengths, in the order of the list", async () => {
  const meshhook = await ticker();
  const begun: string[] = [];
  const spans = await runFaults(
    [
      { kind: "pause", at: 300, for: 200 },
      { kind: "kill-9", at: 0, down: 100 },
    ],
    { ...NOTHING, meshhook },
    { onBegin: ({ step }) => begun.push(step.kind) },
  );
  expect(begun).toEqual(["kill-9", "pause"]);
  expect(spans.map(({ step }) => step.kind)).toEqual(["pause", "kill-9"]);
  const [paused, killed] = spans as [FaultSpan, FaultSpan];
  expect(paused.endedUs - paused.beganUs).toBeGreaterThanOrEqual(199_000);
  expect(killed.endedUs - killed.beganUs).toBeGreaterThanOrEqual(99_000);
  expect(meshhook.starts).toBe(2);
});

test("a process that is still starting again is not killed before it is back", async () => {
  const meshhook = await ticker();
  const order: string[] = [];
  const slow: FaultProcess = {
    signal: (name) => meshhook.signal(name),
    killHard: async () => {
      order.push("killed");
      await meshhook.killHard();
    },
    // Longer than the second kill would wait.
    startAgain: async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await meshhook.startAgain();
      order.push("back");
    },
  };
  const spans = await runFaults([kill, { ...kill, at: 100 }], { ...NOTHING, meshhook: slow });
  expect(order).toEqual(["killed", "back", "killed", "back"]);
  expect(spans[1]!.beganUs).toBeGreaterThan(spans[0]!.endedUs);
});

test("an abort undoes what was begun and leaves out what was not", async () => {
  const meshhook = await ticker();
  const abort = new AbortController();
  const running = runFaults(
    [
      { kind: "pause", at: 0, for: 3_600_000 },
      { kind: "kill-9", at: 3_600_000, down: 0 },
    ],
    { ...NOTHING, meshhook },
    { signal: abort.signal, onBegin: () => abort.abort() },
  );
  expect((await running).map(({ step }) => step.kind)).toEqual(["pause"]);
  await waitFor("the process to continue", async () => !(await isStopped(meshhook.pid)));
});

test("when one step fails, the others are undone before the failure is told", async () => {
  const meshhook = await ticker();
  const running = runFaults(
    [
      { ...pause, for: 3_600_000 },
      { ...down, at: 100 },
    ],
    { ...NOTHING, meshhook },
  );
  await expect(running).rejects.toThrow(FaultRefused);
  await waitFor("the process to continue", async () => !(await isStopped(meshhook.pid)));
});

test("what belongs to somebody else is refused, with the reason and a way out", async () => {
  const unused = { signal: () => undefined, killHard: async () => undefined, startAgain: async () => undefined };
  const database: FaultDatabase = { ...unused, url: "", dataDir: "/", stopHard: async () => undefined };
  const remote: FaultSystem = { isRemote: true, proxies: {}, meshhook: unused, database };
  const crash = { kind: "postgres-crash", at: 0, down: 1 } as const;
  await expect(startFault(kill, remote)).rejects.toThrow(
    'The fault "kill-9" is done to MeshHook itself, and this system belongs to somebody else. Run the scenario without --target, on a system that the benchmark starts.',
  );
  expect(await refusalsOf([crash, { ...down, link: "database" }, down], remote)).toEqual([
    expect.stringContaining('The fault "postgres-crash" is done to PostgreSQL itself') as string,
    expect.stringContaining('Use the link "client"') as string,
    'The fault "down" needs a proxy on the link "client", and none stands there.',
  ]);
  expect(await refusalsOf([kill, crash], NOTHING)).toEqual([
    'The fault "kill-9" needs a MeshHook that the benchmark has started itself.',
    'The fault "postgres-crash" needs a PostgreSQL that the benchmark has started itself.',
  ]);
  // The root's disk holds more than the database.
  expect(await refusalsOf([{ kind: "disk-full", at: 0, for: 1 }], { ...remote, isRemote: false })).toEqual([
    expect.stringContaining(
      "on the same disk as /, which must not be filled. Mount a file system of its own",
    ) as string,
  ]);
});

test("steps that overlap on one process are refused, on different ones not", async () => {
  const unused = { signal: () => undefined, killHard: async () => undefined, startAgain: async () => undefined };
  const proxies = { client: { add: async () => async () => undefined } };
  const system: FaultSystem = { ...NOTHING, meshhook: unused, proxies };
  const refusals = (...steps: FaultStep[]) => refusalsOf(steps, system);
  expect(await refusals({ ...kill, at: 1_000, down: 500 }, { ...pause, at: 1_200, for: 100 })).toEqual([
    'The faults "kill-9" at 1 s and "pause" at 1.2 s overlap, and both are done to MeshHook. Let one end before the other begins.',
  ]);
  expect(await refusals({ ...kill, at: 1_000, down: 500 }, { ...pause, at: 1_600, for: 100 })).toEqual([]);
  expect(await refusals({ ...kill, at: 1_000, down: 500 }, { ...down, at: 1_200, for: 100 })).toEqual([]);
});
