/**
 * Says in one sentence where and why a text is not JSON, without repeating any of it: what was sent may be secret, and details are stored
 * and shown. A character is named by its number.
 *
 * @param skipped  UTF-16 units that stood before the text; offsets count from before them.
 *
 * Cost: one pass, without recursion.
 */
export function describeJsonFault(json: string, skipped = 0): string {
  const { offset, problem } = new FaultFinder(json).find();
  let [line, start] = [1, 0];
  for (let at = json.indexOf("\n"); at !== -1 && at < offset; at = json.indexOf("\n", start)) {
    line += 1;
    start = at + 1;
  }
  const place = json.includes("\n") ? ` (line ${line}, column ${offset - start + 1})` : "";
  return `${problem} at offset ${skipped + offset}${place}`;
}

interface Fault {
  readonly offset: number;
  readonly problem: string;
}

/** What may come next. */
type Expected =
  | "a value"
  | "a value or the end of the array"
  | "a name in double quotes or the end of the object"
  | "a name in double quotes"
  | "a colon"
  | "a comma or the end of the array"
  | "a comma or the end of the object"
  | "the end";

const WHITE_SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STARTED_NUMBER = /-?(?:(?:0|[1-9]\d*)(?:\.|(?:\.\d+)?[eE][+-]?))?/y;
// oxlint-disable-next-line no-control-regex -- what JSON forbids inside strings
const STRING_PART = /[^"\\\u0000-\u001f]*/y;
const WORDS = ["true", "false", "null"];

class FaultFinder {
  readonly #json: string;
  /** For each container that is open, whether it is an array. */
  readonly #open: boolean[] = [];
  #at = 0;

  constructor(json: string) {
    this.#json = json;
  }

  find(): Fault {
    let expected: Expected | Fault = "a value";
    while (typeof expected === "string") {
      this.#skip(WHITE_SPACE);
      if (this.#at === this.#json.length) {
        return this.#fault(
          this.#json === "" ? "it is empty; a value is expected" : `it ends where ${expected} is expected,`,
        );
      }
      expected = this.#step(expected);
    }
    return expected;
  }

  /** Reads the next piece, at the first character that is not white space. */
  #step(expected: Expected): Expected | Fault {
    const char = this.#json.charAt(this.#at);
    const isEnd = (expected.endsWith("the array") && char === "]") || (expected.endsWith("the object") && char === "}");
    if (isEnd) {
      this.#at += 1;
      this.#open.pop();
      return this.#afterValue();
    }
    switch (expected) {
      case "a value":
      case "a value or the end of the array":
        return this.#value(char, expected);
      case "a name in double quotes":
      case "a name in double quotes or the end of the object":
        return char === '"' ? (this.#string() ?? "a colon") : this.#unexpected(expected);
      case "a colon":
        return this.#sign(char === ":", "a value", expected);
      case "a comma or the end of the array":
        return this.#sign(char === ",", "a value", expected);
      case "a comma or the end of the object":
        return this.#sign(char === ",", "a name in double quotes", expected);
      default:
        return this.#unexpected(expected);
    }
  }

  #sign(isThere: boolean, next: Expected, expected: Expected): Expected | Fault {
    if (!isThere) return this.#unexpected(expected);
    this.#at += 1;
    return next;
  }

  #value(char: string, expected: Expected): Expected | Fault {
    if (char === "[" || char === "{") {
      this.#at += 1;
      this.#open.push(char === "[");
      return char === "[" ? "a value or the end of the array" : "a name in double quotes or the end of the object";
    }
    if (char === '"') return this.#string() ?? this.#afterValue();
    if (/[-\d]/.test(char)) return this.#number() ?? this.#afterValue();
    const word = WORDS.find((candidate) => candidate.startsWith(char));
    if (word === undefined) return this.#unexpected(expected);
    for (const letter of word) {
      if (this.#json.charAt(this.#at) !== letter) return this.#unexpected("true, false or null");
      this.#at += 1;
    }
    return this.#afterValue();
  }

  #afterValue(): Expected {
    const isArray = this.#open.at(-1);
    if (isArray === undefined) return "the end";
    return isArray ? "a comma or the end of the array" : "a comma or the end of the object";
  }

  #number(): Fault | null {
    const start = this.#at;
    this.#skip(NUMBER);
    const end = this.#at;
    this.#at = start;
    this.#skip(STARTED_NUMBER);
    if (this.#at > end) return this.#unexpected("a digit");
    this.#at = end;
    return null;
  }

  /** Reads a string from its opening quote on. */
  #string(): Fault | null {
    this.#at += 1;
    for (;;) {
      this.#skip(STRING_PART);
      const char = this.#json.charAt(this.#at);
      if (char === "") return this.#fault("it ends inside a string");
      if (char < " ")
        return this.#fault(`a string holds the control character ${this.#codePoint()}, which must be escaped,`);
      this.#at += 1;
      if (char === '"') return null;
      const escape = /^(?:["\\/bfnrt]|u[\da-fA-F]{4})/.exec(this.#json.slice(this.#at, this.#at + 5));
      if (escape === null) return this.#fault("a backslash in a string is followed by no escape of JSON");
      this.#at += escape[0].length;
    }
  }

  /** Moves on past what a sticky pattern matches. */
  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    if (pattern.test(this.#json)) this.#at = pattern.lastIndex;
  }

  #unexpected(expected: string): Fault {
    if (this.#at === this.#json.length) return this.#fault(`it ends where ${expected} is expected,`);
    return this.#fault(`the character ${this.#codePoint()} stands where ${expected} is expected,`);
  }

  #codePoint(): string {
    const code = this.#json.codePointAt(this.#at) ?? 0;
    return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  }

  #fault(problem: string): Fault {
    return { offset: this.#at, problem };
  }
}
