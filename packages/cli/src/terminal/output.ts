import type { Writable } from "node:stream";

import { visible } from "./visible.ts";

/** Where a command writes its result, apart from errors. Control characters in the text are shown, not executed. */
export interface Output {
  /** True when the reader has gone away, as in `meshhook … | head -1`. */
  readonly isClosed: boolean;
  /** Why lines could not be written although there is a reader, such as a full disk. Null when all were written. */
  readonly failure: Error | null;
  /** Resolves when everything was written, or can never be. */
  settled(): Promise<void>;
  /** Writes a line, on a terminal in a colour (an SGR sequence, as in `\u001b[31m`). */
  line(text: string, colour?: string): void;
}

type Stream = Pick<Writable, "on" | "write"> & { readonly isTTY?: boolean };

const RESET = "\u001b[0m";
/** How a stream reports that its reader has gone away: a pipe, a socket, a terminal that was closed. */
const READER_IS_GONE = new Set(["EPIPE", "ECONNRESET", "EIO", "ERR_STREAM_DESTROYED"]);

/**
 * Standard output. Colours on a terminal only, and never with NO_COLOR (https://no-color.org).
 *
 * A command continues to its end when its reader goes away; its remaining output is dropped.
 */
export function standardOutput(stdout: Stream = process.stdout, stderr: Stream = process.stderr): Output {
  const noColour = process.env["NO_COLOR"] ?? "";
  const hasColour = stdout.isTTY === true && noColour === "";
  let isClosed = false;
  let failure: Error | null = null;
  stdout.on("error", (error: Error) => {
    if (isReaderGone(error)) isClosed = true;
    else failure ??= error;
  });
  // There is nowhere else to report it.
  stderr.on("error", () => undefined);
  return {
    get isClosed() {
      return isClosed;
    },
    get failure() {
      return failure;
    },
    settled: () => new Promise((resolve) => stdout.write("", () => resolve())),
    line: (text, colour = "") => {
      const shown = visible(text);
      stdout.write(hasColour && colour !== "" ? `${colour}${shown}${RESET}\n` : `${shown}\n`);
    },
  };
}

function isReaderGone(error: Error): boolean {
  return "code" in error && typeof error.code === "string" && READER_IS_GONE.has(error.code);
}
