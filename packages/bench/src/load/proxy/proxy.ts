import { Child } from "../child/child.ts";
import type { ProxyCommand, ProxyMessage, ProxyReport, Upstream } from "./protocol.ts";
import type { Toxic } from "./toxic.ts";

/**
 * A TCP proxy in a process of its own, on a free loopback port. Put it between two parts of the system; toxics are added and removed
 * while connections are open. Without toxics it passes bytes on as they come.
 */
export class Proxy {
  readonly port: number;
  readonly pid: number;
  readonly #child: Child<ProxyCommand, ProxyMessage>;
  #nextId = 1;
  /** Answers carry no name, so one question is asked at a time. */
  #previous: Promise<unknown> = Promise.resolve();

  private constructor(child: Child<ProxyCommand, ProxyMessage>, port: number) {
    this.#child = child;
    this.port = port;
    this.pid = child.pid;
  }

  /** Starts a proxy to `upstream`. Jitter, slices and toxicity follow from `seed`. */
  static async start(upstream: Upstream, seed = 1): Promise<Proxy> {
    const child = await Child.start<ProxyCommand, ProxyMessage>(new URL("./process.ts", import.meta.url), "proxy");
    await child.next("ready");
    const listening = child.next("listening");
    child.send({ kind: "listen", upstream, seed });
    return new Proxy(child, (await listening).port);
  }

  /**
   * Adds a toxic, for open connections and for new ones; resolves when it is in force, with the way to remove it again.
   *
   * @throws RangeError  for a figure that the toxic cannot have.
   */
  async add(toxic: Toxic): Promise<() => Promise<void>> {
    refuseImpossible(toxic);
    const id = this.#nextId++;
    await this.#change({ kind: "add", id, toxic });
    let removing: Promise<void> | null = null;
    return () => (removing ??= this.#change({ kind: "remove", id }));
  }

  report(): Promise<ProxyReport> {
    return this.#alone(async () => {
      const reported = this.#child.next("reported");
      this.#child.send({ kind: "report" });
      const { kind: _, ...report } = await reported;
      return report;
    });
  }

  /** Ends the process, and every connection with it. */
  stop(): Promise<void> {
    return this.#child.stop();
  }

  #change(command: ProxyCommand): Promise<void> {
    return this.#alone(async () => {
      const changed = this.#child.next("changed");
      this.#child.send(command);
      const { problem } = await changed;
      if (problem !== null)
        throw new Error(`The proxy on port ${String(this.port)} could not change its toxics: ${problem}`);
    });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#previous.then(work, work);
    this.#previous = done.catch(() => undefined);
    return done;
  }
}

/** Every figure is finite and at least 0; shares are at most 1; a slice has at least a byte. */
function refuseImpossible(toxic: Toxic): void {
  for (const [name, value] of Object.entries(toxic)) {
    if (typeof value !== "number") continue;
    const least = toxic.kind === "slicer" && name === "bytes" ? 1 : 0;
    const most = name === "toxicity" ? 1 : Number.MAX_SAFE_INTEGER;
    if (value >= least && value <= most) continue;
    throw new RangeError(
      `The toxic ${toxic.kind} cannot have ${name} = ${String(value)}. Choose a number from ${String(least)}${most === 1 ? " to 1" : ""}.`,
    );
  }
}
