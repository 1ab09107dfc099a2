import { pino, type Logger } from "pino";

import { visible, visibleLine } from "./visible.ts";

/** Where log lines go. */
export interface LogTarget {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Makes the process's logger: one JSON object per line for machines, a compact line for people at a terminal.
 *
 * @param level  The least important level that is written.
 * @param base  What every line says besides.
 */
export function createLogger(
  level: "debug" | "info" | "warn" | "error",
  target: LogTarget,
  base: { readonly [key: string]: unknown } | null = null,
): Logger {
  const options = {
    level,
    base,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, { write: (line: string) => void target.write(target.isTTY === true ? humanLine(line) : line) });
}

const COLOURS: { readonly [level: string]: string } = {
  debug: "\u001b[2m",
  warn: "\u001b[33m",
  error: "\u001b[31m",
  fatal: "\u001b[31m",
};
const RESET = "\u001b[0m";

/** `12:34:56.789 warn  message  key=value`: the same content as the JSON line. */
function humanLine(json: string): string {
  const { time, level, msg, err, ...details } = JSON.parse(json) as { readonly [key: string]: unknown };
  const word = String(level);
  const pairs = Object.entries(details).map(
    ([key, value]) => `${key}=${visibleLine(typeof value === "string" ? value : JSON.stringify(value))}`,
  );
  const stack = typeof err === "object" && err !== null && "stack" in err ? `\n${visible(String(err.stack))}` : "";
  const text = [String(time).slice(11, 23), word.padEnd(5), visibleLine(String(msg ?? "")), ...pairs]
    .join(" ")
    .trimEnd();
  const colour = COLOURS[word];
  return `${colour === undefined ? text : colour + text + RESET}${stack}\n`;
}
