/**
 * Says in one sentence where and why a text is not JSON, without repeating any of it, because the text may be secret, and details are
 * stored and shown. A character is named by its number.
 *
 * @param skipped  UTF-16 units before the text, which offsets include.
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

/** What may come next, and the character that may end the container instead, or 0. */
interface Expected {
  readonly what: string;
  readonly end: number;
}

const VALUE: Expected = { what: "a value", end: 0 };
const FIRST_VALUE: Expected = { what: "a value or the end of the array", end: 0x5d };
const NAME: Expected = { what: "a name in double quotes", end: 0 };
const FIRST_NAME: Expected = { what: "a name in double quotes or the end of the object", end: 0x7d };
const COLON: Expected = { what: "a colon", end: 0 };
const NEXT_ELEMENT: Expected = { what: "a comma or the end of the array", end: 0x5d };
const NEXT_MEMBER: Expected = { what: "a comma or the end of the object", end: 0x7d };
const END: Expected = { what: "the end of the text", end: 0 };

const [QUOTE, BACKSLASH, COMMA, MINUS, POINT] = [0x22, 0x5c, 0x2c, 0x2d, 0x2e];
const [ARRAY, OBJECT, COLON_SIGN, ZERO, SPACE] = [0x5b, 0x7b, 0x3a, 0x30, 0x20];
const ESCAPE = /["\\/bfnrt]|u[\da-fA-F]{4}/y;
const WORDS = ["true", "false", "null"];

class FaultFinder {
  readonly #json: string;
  /** For each open container, whether it is an array. */
  readonly #open: boolean[] = [];
  #at = 0;
  #fault: Fault | null = null;

  constructor(json: string) {
    this.#json = json;
  }

  find(): Fault {
    let expected = VALUE;
    while (this.#fault === null) {
      this.#skipWhiteSpace();
      expected = this.#step(expected, this.#json.charCodeAt(this.#at));
    }
    return this.#fault;
  }

  #skipWhiteSpace(): void {
    for (;;) {
      const unit = this.#json.charCodeAt(this.#at);
      if (unit !== SPACE && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at += 1;
    }
  }

  /** Reads the next piece, starting at the first character that is not white space. */
  #step(expected: Expected, unit: number): Expected {
    if (unit === expected.end && unit !== 0) {
      this.#at += 1;
      this.#open.pop();
      return this.#afterValue();
    }
    switch (expected) {
      case VALUE:
      case FIRST_VALUE:
        return this.#value(unit, expected);
      case NAME:
      case FIRST_NAME:
        if (unit !== QUOTE) return this.#unexpected(expected.what);
        this.#string();
        return COLON;
      case COLON:
        return this.#sign(unit === COLON_SIGN, VALUE, expected);
      case NEXT_ELEMENT:
        return this.#sign(unit === COMMA, VALUE, expected);
      case NEXT_MEMBER:
        return this.#sign(unit === COMMA, NAME, expected);
      default:
        return this.#unexpected(expected.what);
    }
  }

  #sign(isThere: boolean, next: Expected, expected: Expected): Expected {
    if (!isThere) return this.#unexpected(expected.what);
    this.#at += 1;
    return next;
  }

  #value(unit: number, expected: Expected): Expected {
    if (unit === ARRAY || unit === OBJECT) {
      this.#at += 1;
      this.#open.push(unit === ARRAY);
      return unit === ARRAY ? FIRST_VALUE : FIRST_NAME;
    }
    if (unit === QUOTE) this.#string();
    else if (unit === MINUS || isDigit(unit)) this.#number();
    else this.#word(expected);
    return this.#afterValue();
  }

  #afterValue(): Expected {
    const isArray = this.#open.at(-1);
    if (isArray === undefined) return END;
    return isArray ? NEXT_ELEMENT : NEXT_MEMBER;
  }

  #word(expected: Expected): void {
    const first = this.#json.charAt(this.#at);
    const word = WORDS.find((candidate) => first !== "" && candidate.startsWith(first));
    if (word === undefined) return void this.#unexpected(expected.what);
    for (const letter of word) {
      if (this.#json.charAt(this.#at) !== letter) return void this.#unexpected("true, false or null");
      this.#at += 1;
    }
  }

  #number(): void {
    if (this.#json.charCodeAt(this.#at) === MINUS) this.#at += 1;
    if (this.#json.charCodeAt(this.#at) === ZERO) this.#at += 1;
    else this.#digits();
    if (this.#json.charCodeAt(this.#at) === POINT) {
      this.#at += 1;
      this.#digits();
    }
    if (/[eE]/.test(this.#json.charAt(this.#at))) {
      this.#at += 1;
      if (/[-+]/.test(this.#json.charAt(this.#at))) this.#at += 1;
      this.#digits();
    }
  }

  /** Reads one or more digits. */
  #digits(): void {
    if (!isDigit(this.#json.charCodeAt(this.#at))) this.#unexpected("a digit");
    while (isDigit(this.#json.charCodeAt(this.#at))) this.#at += 1;
  }

  /** Reads a string from its opening quote on. */
  #string(): void {
    this.#at += 1;
    for (;;) {
      const unit = this.#json.charCodeAt(this.#at);
      if (Number.isNaN(unit)) return this.#stop("it ends inside a string");
      if (unit < SPACE) {
        return this.#stop(`a string contains the unescaped control character ${this.#codePoint()}`);
      }
      this.#at += 1;
      if (unit === QUOTE) return;
      if (unit !== BACKSLASH) continue;
      ESCAPE.lastIndex = this.#at;
      if (!ESCAPE.test(this.#json)) return this.#stop("a backslash in a string does not start a JSON escape");
      this.#at = ESCAPE.lastIndex;
    }
  }

  /** @returns An arbitrary `Expected`, because nothing more is read. */
  #unexpected(expected: string): Expected {
    if (this.#json === "") this.#stop("it is empty; a value is expected");
    else if (this.#at >= this.#json.length) this.#stop(`it ends where ${expected} is expected,`);
    else this.#stop(`found the character ${this.#codePoint()} instead of ${expected}`);
    return END;
  }

  #codePoint(): string {
    const code = this.#json.codePointAt(this.#at) ?? 0;
    return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  }

  /** The first fault counts. */
  #stop(problem: string): void {
    this.#fault ??= { offset: this.#at, problem };
  }
}

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= 0x39;
}
