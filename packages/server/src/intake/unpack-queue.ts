import { HttpProblem } from "../http-problem.ts";

export interface UnpackLimits {
  /** Node has four threads, which process one piece of a body at a time. More bodies would only hold more memory. */
  readonly atOnce: number;
  /** For one endpoint. */
  readonly atOnceOfOne: number;
  /** Waiting bodies are held as they came. */
  readonly waitingBytes: number;
  readonly waitingBytesOfOne: number;
  /** A sender that waited longer is told to send again. */
  readonly waitMs: number;
}

const LIMITS: UnpackLimits = {
  atOnce: 3,
  atOnceOfOne: 2,
  waitingBytes: 64 * 1_048_576,
  waitingBytesOfOne: 32 * 1_048_576,
  waitMs: 5_000,
};

/** What a waiting request costs at least, however small its body. */
const WAITING_BYTES_MIN = 16_384;

interface Waiting {
  readonly by: string;
  readonly bytes: number;
  readonly since: number;
  readonly start: () => void;
  readonly refuse: () => void;
}

/** Bodies that are unpacked off the event loop: a few at a time, the others in order of arrival, and nobody gets every turn. */
export class UnpackQueue {
  readonly #limits: UnpackLimits;
  readonly #runningOf = new Map<string, number>();
  readonly #waitingBytesOf = new Map<string, number>();
  #running = 0;
  #waitingBytes = 0;
  #waiting: Waiting[] = [];

  constructor(limits: Partial<UnpackLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /**
   * Does the work when its turn comes.
   *
   * @param bodyBytes  The bytes that are held in the meantime.
   * @throws HttpProblem  `overloaded`: too much is waiting, or this work waited too long. Also whatever the work throws.
   */
  run<T>(by: string, bodyBytes: number, work: () => Promise<T>): Promise<T> {
    if (this.#mayStart(by)) return this.#start(by, work);
    const bytes = Math.max(bodyBytes, WAITING_BYTES_MIN);
    const { waitingBytes, waitingBytesOfOne } = this.#limits;
    const ofOne = (this.#waitingBytesOf.get(by) ?? 0) + bytes;
    if (this.#waitingBytes + bytes > waitingBytes || ofOne > waitingBytesOfOne) return Promise.reject(overloaded());
    this.#waitingBytes += bytes;
    this.#waitingBytesOf.set(by, ofOne);
    return new Promise((resolve, reject) => {
      const start = (): void => void this.#start(by, work).then(resolve, reject);
      this.#waiting.push({ by, bytes, since: performance.now(), start, refuse: () => reject(overloaded()) });
    });
  }

  #mayStart(by: string): boolean {
    return this.#running < this.#limits.atOnce && (this.#runningOf.get(by) ?? 0) < this.#limits.atOnceOfOne;
  }

  async #start<T>(by: string, work: () => Promise<T>): Promise<T> {
    this.#running++;
    add(this.#runningOf, by, 1);
    try {
      return await work();
    } finally {
      this.#running--;
      add(this.#runningOf, by, -1);
      this.#next();
    }
  }

  #next(): void {
    const tooLate = performance.now() - this.#limits.waitMs;
    for (let next = this.#waiting[0]; next !== undefined && next.since < tooLate; next = this.#waiting[0]) {
      this.#leave(0);
      next.refuse();
    }
    const at = this.#waiting.findIndex(({ by }) => this.#mayStart(by));
    if (at !== -1) this.#leave(at)?.start();
  }

  #leave(at: number): Waiting | undefined {
    const [left] = this.#waiting.splice(at, 1);
    if (left === undefined) return undefined;
    this.#waitingBytes -= left.bytes;
    add(this.#waitingBytesOf, left.by, -left.bytes);
    return left;
  }
}

function add(counts: Map<string, number>, by: string, more: number): void {
  const count = (counts.get(by) ?? 0) + more;
  if (count === 0) counts.delete(by);
  else counts.set(by, count);
}

function overloaded(): HttpProblem {
  return new HttpProblem(
    "overloaded",
    "Too many compressed bodies are waiting to be decompressed; send the request again",
    {
      retryAfterS: 1,
    },
  );
}
