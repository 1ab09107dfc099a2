import type { Writable } from "node:stream";

import { visible } from "./visible.ts";

/** Where a command writes its result, apart from errors. Whatever the text holds, a terminal shows it as text. */
export interface Output {
  /** True when nobody reads any more, as after `meshhook … | head -1`. */
  readonly isClosed: boolean;
  /** Why lines are missing, other than that nobody reads them: the disk is full. Null when none are. */
  readonly failure: Error | null;
  /** Resolves when everything was written, or can never be. */
  settled(): Promise<void>;
  /** Writes a line, on a terminal in a colour (an SGR sequence, as in `\u001b[31m`). */
  line(text: string, colour?: string): void;
}

type Stream = Pick<Writable, "on" | "write"> & { readonly isTTY?: boolean };

const RESET = "\u001b[0m";
/** How a stream says that its reader is gone: a pipe, a socket, a terminal that was closed. */
const READER_IS_GONE = new Set(["EPIPE", "ECONNRESET", "EIO", "ERR_STREAM_DESTROYED"]);

/**
 * Standard output. Colours on a terminal only, and never with NO_COLOR (https://no-color.org).
 *
 * A reader that goes away ends no command: what was begun is done to its end, and its lines go nowhere.
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
  // There is no place left to say so.
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
