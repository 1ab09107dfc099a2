import { getHeapStatistics } from "node:v8";

const MIB = 1_048_576;
/** Bodies up to this size have a share of the memory that larger ones never get. */
const SMALL_BYTES = 65_536;
/** The share that larger bodies may use. The rest is reserved for small ones. */
const LARGE_SHARE = 0.75;
/** The share that one project may use. */
const PROJECT_SHARE = 0.5;

/** Bytes that are held, by all projects or by one. */
interface Account {
  bytes: number;
  /** Those of large bodies. */
  largeBytes: number;
}

/**
 * The bodies of webhooks from their first byte until their delivery is settled, counted in bytes. A sender that is slow, or stops sending,
 * holds no more of the process than this.
 */
export class BodyMemory {
  readonly #bytesMax: number;
  readonly #all: Account = { bytes: 0, largeBytes: 0 };
  /** One for each project that ever sent: two numbers. */
  readonly #projects = new Map<string, Account>();

  constructor(bytesMax = Math.max(64 * MIB, getHeapStatistics().heap_size_limit / 8)) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#all.bytes;
  }

  /** For one body; nothing is held yet. */
  hold(projectId: string): HeldBody {
    let project = this.#projects.get(projectId);
    if (project === undefined) this.#projects.set(projectId, (project = { bytes: 0, largeBytes: 0 }));
    return new HeldBody(this.#bytesMax, this.#all, project);
  }
}

export class HeldBody {
  readonly #bytesMax: number;
  readonly #all: Account;
  readonly #project: Account;
  #bytes = 0;

  constructor(bytesMax: number, all: Account, project: Account) {
    this.#bytesMax = bytesMax;
    this.#all = all;
    this.#project = project;
  }

  /** False when there is no room for that many more. */
  hasRoom(more: number): boolean {
    const moreLarge = this.#largeBytes(this.#bytes + more) - this.#largeBytes(this.#bytes);
    return (
      fits(this.#all, more, moreLarge, this.#bytesMax) &&
      fits(this.#project, more, moreLarge, this.#bytesMax * PROJECT_SHARE)
    );
  }

  /** False when there is no room for that many more; then nothing is counted. */
  grow(more: number): boolean {
    if (!this.hasRoom(more)) return false;
    this.#change(this.#bytes + more);
    return true;
  }

  /** The body was handed over or dropped. May be called again. */
  release(): void {
    if (this.#bytes !== 0) this.#change(0);
  }

  #change(bytes: number): void {
    const change = bytes - this.#bytes;
    const changeLarge = this.#largeBytes(bytes) - this.#largeBytes(this.#bytes);
    this.#bytes = bytes;
    for (const account of [this.#all, this.#project]) {
      account.bytes += change;
      account.largeBytes += changeLarge;
    }
  }

  #largeBytes(bytes: number): number {
    return bytes > SMALL_BYTES ? bytes : 0;
  }
}

function fits(account: Account, more: number, moreLarge: number, bytesMax: number): boolean {
  if (account.bytes + more > bytesMax) return false;
  return moreLarge === 0 || account.largeBytes + moreLarge <= bytesMax * LARGE_SHARE;
}
