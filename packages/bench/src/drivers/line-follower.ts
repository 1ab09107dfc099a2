import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

const CHUNK_BYTES = 1 << 20;

/** Reads the lines of a file that another program is still writing, each once. */
export class LineFollower {
  readonly #path: string;
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  #offset = 0;
  /** The beginning of a line whose end is not written yet. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** Hands over every line that was completed since the last call; a file that does not exist yet has none. */
  async read(take: (line: string) => void): Promise<void> {
    const file = await this.#open();
    if (file === null) return;
    try {
      for (;;) {
        const { bytesRead } = await file.read(this.#buffer, 0, CHUNK_BYTES, this.#offset);
        if (bytesRead === 0) return;
        this.#offset += bytesRead;
        const bytes = Buffer.concat([this.#rest, this.#buffer.subarray(0, bytesRead)]);
        let start = 0;
        for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
          take(bytes.toString("utf8", start, end));
          start = end + 1;
        }
        this.#rest = bytes.subarray(start);
      }
    } finally {
      await file.close();
    }
  }

  async #open(): Promise<FileHandle | null> {
    try {
      return await open(this.#path, "r");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
      throw error;
    }
  }
}

const NEWLINE = 10;
