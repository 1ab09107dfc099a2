/**
 * The bytes of an answer's body as they come.
 *
 * Answers in one piece are not copied. Otherwise pieces are copied together, because a piece of one byte costs a hundred as an
 * object of its own and keeps alive what it was cut from: a target could turn a body of 1 MB into 100 MB of memory.
 */
export class AnswerBytes {
  #bytes: Buffer = EMPTY;
  #length = 0;
  #isOwn = false;

  get length(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    if (this.#length === 0) {
      this.#bytes = chunk;
      this.#length = chunk.length;
      return;
    }
    const length = this.#length + chunk.length;
    if (!this.#isOwn || length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#length, SMALLEST));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
      this.#isOwn = true;
    }
    chunk.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  take(): Buffer {
    const bytes = this.#length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#length);
    this.#bytes = EMPTY;
    this.#length = 0;
    this.#isOwn = false;
    return bytes;
  }
}

const EMPTY = Buffer.alloc(0);
const SMALLEST = 4_096;
