/** Where a command writes its result, apart from errors. */
export interface Output {
  /** Whether colours may be used. */
  readonly hasColour: boolean;
  /** Writes a line. */
  line(text: string): void;
}

/** Standard output. Colours on a terminal only, and never with NO_COLOR (https://no-color.org). */
export function standardOutput(): Output {
  const noColour = process.env["NO_COLOR"] ?? "";
  return {
    hasColour: process.stdout.isTTY && noColour === "",
    line: (text) => void process.stdout.write(`${text}\n`),
  };
}
