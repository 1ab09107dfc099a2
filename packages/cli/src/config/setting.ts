/** One thing that can be configured. */
export interface Setting<T> {
  readonly env: string;
  /** In commander's syntax: `--port <number>`. Null where a flag would show a secret to every user of the machine. */
  readonly flag: string | null;
  /** The value when neither flag nor variable is set. */
  readonly fallback: T;
  /** The default in words, where the value alone is not clear. */
  readonly fallbackText?: string;
  /** One sentence for people. */
  readonly description: string;
  /** The unit of a number: `ms`, `rows`. */
  readonly unit?: string;
  readonly isSecret?: boolean;
  /** Which commands take it. */
  readonly group: "start" | "client" | "bench";
  readonly parse: Parse<T>;
}

/**
 * Turns text into a value, or says what was expected: "an integer from 1 to 65535". `hidesValue`: the text contains a secret where none belongs,
 * and must not be repeated.
 */
export type Parse<T> = (
  text: string,
) => { readonly value: T } | { readonly expected: string; readonly hidesValue?: true };

/** An integer within bounds, inclusive. */
export function integer(min: number, max: number): Parse<number> {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? { value } : { expected: `an integer from ${min} to ${max}` };
  };
}

/** An integer within bounds, inclusive, or a word. */
export function integerOr<W extends string>(word: W, min: number, max: number): Parse<number | W> {
  const number = integer(min, max);
  return (text) => {
    if (text === word) return { value: word };
    const parsed = number(text);
    return "value" in parsed ? parsed : { expected: `${parsed.expected}, or ${word}` };
  };
}

/** A decimal number within bounds, inclusive. */
export function decimal(min: number, max: number): Parse<number> {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? { value } : { expected: `a number from ${min} to ${max}` };
  };
}

/** Any text that is not empty. */
export const text: Parse<string> = (value) => (value === "" ? { expected: "some text" } : { value });

/** One of a few words. */
export function oneOf<const W extends string>(...words: readonly W[]): Parse<W> {
  return (text) => {
    const value = words.find((word) => word === text);
    return value === undefined ? { expected: `one of ${words.join(", ")}` } : { value };
  };
}

/** `on`, `1`, `true`, `yes` or `off`, `0`, `false`, `no`. */
export const flagWord: Parse<boolean> = (text) => {
  if (/^(on|1|true|yes)$/i.test(text)) return { value: true };
  if (/^(off|0|false|no)$/i.test(text)) return { value: false };
  return { expected: "on or off" };
};

/** Words separated by commas; spaces around them are ignored. */
export const commaList: Parse<readonly string[]> = (text) => ({
  value: text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== ""),
});

/** A URL with one of these protocols. */
export function url(...protocols: readonly string[]): Parse<string> {
  const starts = protocols.map((protocol) => `${protocol}//`);
  return (text) => {
    if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return { value: text };
    return starts.some((start) => text.toLowerCase().startsWith(start))
      ? {
          expected: `a complete URL, such as ${starts[0]}user:password@host:port/name; in the user name and password, write @, /, # and % as %40, %2F, %23 and %25`,
        }
      : { expected: `a URL that starts with ${starts.join(" or ")}` };
  };
}

/** An HTTP address without credentials and query, which belong into the variable named. */
export function plainUrl(credentialsVariable: string): Parse<string> {
  return (text) => {
    const { protocol, username, password, search } = URL.canParse(text) ? new URL(text) : NO_URL;
    if (protocol !== "http:" && protocol !== "https:")
      return { expected: "a complete URL that starts with http:// or https://" };
    return username === "" && password === "" && search === ""
      ? { value: text }
      : {
          expected: `a URL without user, password and query; credentials go into ${credentialsVariable}`,
          hidesValue: true,
        };
  };
}

const NO_URL = { protocol: "", username: "", password: "", search: "" };

/** Text that matches a pattern, described for people. */
export function matching(pattern: RegExp, expected: string): Parse<string> {
  return (text) => (pattern.test(text) ? { value: text } : { expected });
}

/** Allows a setting to be absent: the parser of a setting whose fallback is null. */
export function optional<T>(parse: Parse<T>): Parse<T | null> {
  return parse;
}
