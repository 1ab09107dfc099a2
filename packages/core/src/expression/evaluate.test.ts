import { compile, TreeInterpreter } from "@jmespath-community/jmespath";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../json.ts";
import { parseJsonInput } from "../json-input.ts";
import { evaluate } from "./evaluate.ts";
import { ExpressionError, ExpressionSyntaxError } from "./expression-error.ts";
import { parseExpression } from "./parse.ts";

const SCOPE = parseJsonInput(
  JSON.stringify({
    input: {
      n: 3,
      name: "Ada",
      emoji: "a😀b",
      list: [3, 1, 10, 2],
      words: ["b", "a", "Z", "ä", "\uffff", "😀"],
      people: [
        { name: "Ann", age: 30, tags: ["x", "y"] },
        { name: "Bob", age: 20, tags: ["y"] },
        { name: "Cid", age: 30, tags: [] },
      ],
      nested: [[1, [2]], 3],
      blank: "",
    },
    headers: { "x-kind": "k" },
    nodes: { t: { output: { ok: true } } },
  }),
) as { [key: string]: Json };

function value(text: string, scope = SCOPE): unknown {
  return JSON.parse(JSON.stringify(evaluate(parseExpression(text), scope)));
}

/** A value, or the code of the error. */
function outcome(text: string, scope = SCOPE): unknown {
  try {
    return value(text, scope);
  } catch (error) {
    if (error instanceof ExpressionError || error instanceof ExpressionSyntaxError) return error.code;
    throw error;
  }
}

/** `part | part | …` */
function doubled(part: string, times: number): string {
  return Array.from({ length: times }, () => part).join(" | ");
}

describe("evaluate", () => {
  it.each<[string, unknown]>([
    ["input.name", "Ada"],
    ['headers."x-kind"', "k"],
    ["nodes.t.output.ok", true],
    ["input.missing.deeper", null],
    ["input.list[0]", 3],
    ["input.list[-1]", 2],
    ["input.list[9]", null],
    ["input.list[1:3]", [1, 10]],
    ["input.list[::-1]", [2, 10, 1, 3]],
    ["input.list[:0:-2]", [2, 1]],
    ["input.name[1:]", "da"],
    ["input.emoji[1:2]", "😀"],
    ["input.people[*].name", ["Ann", "Bob", "Cid"]],
    ["input.people[?age > `25`].name", ["Ann", "Cid"]],
    ["input.people[?age > `25`] | [0].name", "Ann"],
    ["input.people[].tags[]", ["x", "y", "y"]],
    ["input.nested[]", [1, [2], 3]],
    ["input.people[0].*", ["Ann", 30, ["x", "y"]]],
    ["{a: input.n, b: [input.name, `1`]}", { a: 3, b: ["Ada", 1] }],
    ["input.blank || input.name", "Ada"],
    ["input.n && input.name", "Ada"],
    ["!(input.blank)", true],
    ["`0` && 'zero is true'", "zero is true"],
    ["input.n == `3` && input.n != `4`", true],
    ["input.n >= `3`", true],
    ["input.name > `1`", null],
    ["input.n + `1`", 4],
    ["input.n - `1` * `2`", 1],
    ["input.n / `2`", 1.5],
    ["input.n // `2`", 1],
    ["input.n % `2`", 1],
    ["-input.n", -3],
    ["input.n > `1` ? 'many' : 'few'", "many"],
    ["let $n = input.n in input.list[?@ > $n]", [10]],
    ["let $a = input.n, $b = `2` in let $a = $b in [$a, $b]", [2, 2]],
    ["$.input.n", 3],
    ["abs(`-2`)", 2],
    ["avg(input.list)", 4],
    ["avg(`[]`)", null],
    ["ceil(`1.2`)", 2],
    ["contains(input.name, 'd')", true],
    ["contains(input.list, `10`)", true],
    ['contains(`[{"a":1}]`, `{"a":1}`)', true],
    ["ends_with(input.name, 'a')", true],
    ["find_first(input.emoji, 'b')", 2],
    ["find_last('abab', 'ab')", 2],
    ["find_first('abab', 'ab', `1`)", 2],
    ["find_first('abab', 'zz')", null],
    ["floor(`1.8`)", 1],
    ["from_items([['a', `1`], ['b', `2`]])", { a: 1, b: 2 }],
    [
      "group_by(input.people, &to_string(age))",
      {
        "20": [{ name: "Bob", age: 20, tags: ["y"] }],
        "30": [
          { name: "Ann", age: 30, tags: ["x", "y"] },
          { name: "Cid", age: 30, tags: [] },
        ],
      },
    ],
    ['items(`{"a":1}`)', [["a", 1]]],
    ["join('-', ['a', 'b'])", "a-b"],
    ["keys(input.people[0])", ["name", "age", "tags"]],
    ["length(input.emoji)", 3],
    ["length(input.people)", 3],
    ["lower('ÄB')", "äb"],
    ["map(&age, input.people)", [30, 20, 30]],
    ["max(input.list)", 10],
    ["max(`[]`)", null],
    ["max_by(input.people, &age).name", "Ann"],
    ["max_by(input.people, &name).name", "Cid"],
    ['merge(`{"a":1}`, `{"a":2,"b":3}`)', { a: 2, b: 3 }],
    ["min(input.list)", 1],
    ["min_by(input.people, &age).name", "Bob"],
    ["not_null(input.missing, input.n)", 3],
    ["pad_left('5', `3`, '0')", "005"],
    ["pad_right('', `2`, '.')", ".."],
    ["replace('aaa', 'a', 'b', `2`)", "bba"],
    ["replace('aaa', 'a', '$&')", "$&$&$&"],
    ["reverse(input.emoji)", "b😀a"],
    ["reverse(input.list)", [2, 10, 1, 3]],
    ["sort(input.list)", [1, 2, 3, 10]],
    ["sort(input.words)", ["Z", "a", "b", "ä", "\uffff", "😀"]],
    ["max(input.words)", "😀"],
    ["sort_by(input.people, &age)[].name", ["Bob", "Ann", "Cid"]],
    ["split('a,b,c', ',', `1`)", ["a", "b,c"]],
    ["starts_with(input.name, 'A')", true],
    ["sum(input.list)", 16],
    ["to_array(input.n)", [3]],
    ["to_number('12.5')", 12.5],
    ["to_number('0x10')", null],
    ["to_number('')", null],
    ['to_string(`{"a": [1]}`)', '{"a":[1]}'],
    ["trim('  a ')", "a"],
    ["trim_left('xxaxx', 'x')", "axx"],
    ["trim_right('xxaxx', 'x')", "xxa"],
    ["type(input)", "object"],
    ["type(input.missing)", "null"],
    ["upper('a')", "A"],
    ['values(`{"a":1}`)', [1]],
    [
      "zip(`[1,2]`, `[3,4,5]`)",
      [
        [1, 3],
        [2, 4],
      ],
    ],
  ])("%s", (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  it.each([
    "sum(input.words)",
    "input.name + `1`",
    "input.n / `0`",
    "input.n // `0`",
    "input.n % `0`",
    "`1e308` * `10`",
    "sum(`[1e308,1e308]`)",
    'sort(`[1,"a"]`)',
    'max_by(`[{"k":1},{"k":"a"}]`, &k)',
    "group_by(input.people, &age)",
    "join('', input.list)",
    "keys(input.list)",
    "pad_left('a', `-1`)",
    "pad_left('a', `2`, 'xy')",
    "from_items(`[[1,2]]`)",
    "length(input.n)",
  ])("%s fails and says why", (text) => {
    expect(outcome(text)).toBe("expression_failed");
  });

  it("says what failed, on what, in which expression", () => {
    expect(() => evaluate(parseExpression("sum(input.words)"), SCOPE)).toThrow(
      'Expression "sum(input.words)": sum() takes an array of numbers, got the string "b" at index 0',
    );
  });
});

describe("safety", () => {
  it.each([
    "constructor",
    "__proto__",
    "toString",
    "hasOwnProperty",
    "input.constructor",
    "input.name.length",
    "input.list.length",
    "{}.constructor",
    "nodes.__proto__",
    "input.__proto__.constructor",
  ])("%s reaches nothing", (text) => {
    const plain = JSON.parse(JSON.stringify(SCOPE)) as { [key: string]: Json };
    const safe = text === "{}.constructor" ? "from_items(`[]`).constructor" : text;
    expect(value(safe)).toBeNull();
    expect(value(safe, plain)).toBeNull();
  });

  it.each([
    ['{__proto__: `{"admin":true}`}'],
    ["from_items([['__proto__', `{\"admin\":true}`]])"],
    ['merge(`{"__proto__":{"admin":true}}`)'],
    ['group_by(`[{"k":"__proto__"}]`, &k)'],
    ['`{"__proto__":{"admin":true}}`'],
  ])("%s makes an ordinary key of an object without prototype", (text) => {
    const result = evaluate(parseExpression(text), SCOPE);
    expect(Object.getPrototypeOf(result)).toBeNull();
    expect(Object.keys(result as object)).toEqual(["__proto__"]);
    expect(value(`${text}.admin`)).toBeNull();
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  it("never mistakes data for part of an expression", () => {
    const scope = parseJsonInput(
      '{"input":{"expref":true,"type":"Field","name":"secret","child":{"type":"Root"}}}',
    ) as { [key: string]: Json };
    expect(value("type(input)", scope)).toBe("object");
    expect(outcome("map(input, [input])", scope)).toBe("expression_syntax");
  });

  it.each([
    ["map(&a, 'x')", "map() takes an array as argument 2, got the string"],
    ["sort_by('x', &a)", "sort_by() takes an array as argument 1, got the string"],
  ])("%s names the wrong argument by its place among all arguments", (text, message) => {
    expect(() => value(text)).toThrow(message);
  });

  it("keeps variables to the expression that binds them", () => {
    expect(outcome("$x")).toBe("expression_syntax");
    expect(value("let $x = `1` in $x")).toBe(1);
    expect(value("let $y = input.missing in $y")).toBeNull();
  });

  it.each([
    ["arrays that double", doubled("[@, @]", 120)],
    [
      "arrays that double, compared",
      `let $a = (${doubled("[@, @]", 60)}), $b = (${doubled("[@, @]", 60)}) in $a == $b`,
    ],
    ["arrays that double, as text", `to_string(${doubled("[@, @]", 120)})`],
    ["arrays that double, flattened", doubled("[@, @][]", 40)],
    ["strings that double", `'xxxxxxxxxxxxxxxx' | ${doubled("join('', [@, @])", 40)}`],
    ["strings that grow by replace", `'xxxxxxxxxxxxxxxx' | ${doubled("replace(@, 'x', 'xxxxxxxxxxxxxxxx')", 8)}`],
    ["padding without end", "pad_left('', `1000000000`)"],
    ["objects inside each other", doubled("{a: @}", 130)],
    ["a product of arrays", "let $l = input.big in $l[*].[$l[*].[$l[*].[@]]]"],
  ])("%s end in expression_budget", (_name, text) => {
    const scope = parseJsonInput(
      JSON.stringify({ input: { big: Array.from({ length: 300 }, (_, index) => index) } }),
    ) as { [key: string]: Json };
    expect(outcome(text, scope)).toBe("expression_budget");
  });

  it("trims a long run of white space in linear time", () => {
    const scope = parseJsonInput(JSON.stringify({ input: `a${" ".repeat(200_000)}b` })) as { [key: string]: Json };
    expect(value("length(trim(input))", scope)).toBe(200_002);
  });

  it("accepts large arrays with which the library's spread overflows the stack", () => {
    const scope = parseJsonInput(
      JSON.stringify({ input: Array.from({ length: 200_000 }, (_, index) => index % 1000) }),
    ) as { [key: string]: Json };
    expect(value("[max(input), min(input)]", scope)).toEqual([999, 0]);
  });

  it("searches, splits and orders texts of any length and alphabet like the platform", () => {
    const unit = fc.constantFrom("a", "b", "😀", "\ud83d", "\uffff");
    const short = fc.array(unit, { maxLength: 6 }).map((units) => units.join(""));
    const long = fc.tuple(short, fc.integer({ min: 1, max: 90 })).map(([part, times]) => part.repeat(times));
    fc.assert(
      fc.property(fc.array(fc.oneof(short, long), { maxLength: 5 }), fc.oneof(short, long), (parts, search) => {
        const text = parts.join(search);
        const scope = { text, search, parts };
        const run = (expression: string): unknown => evaluate(parseExpression(expression), scope);
        expect(run("contains(text, search)")).toBe(text.includes(search));
        expect(run("starts_with(text, search)")).toBe(text.startsWith(search));
        expect(run("ends_with(text, search)")).toBe(text.endsWith(search));
        expect(run("length(text)")).toBe(Array.from(text).length);
        if (search !== "") expect(run("split(text, search)")).toEqual(text.split(search));
        if (text !== "" && search !== "") {
          const place = (at: number): number | null => (at < 0 ? null : Array.from(text.slice(0, at)).length);
          expect(run("find_first(text, search)")).toBe(place(text.indexOf(search)));
          expect(run("find_last(text, search)")).toBe(place(text.lastIndexOf(search)));
        }
        const points = (value: string): string =>
          Array.from(value, (point) => point.codePointAt(0)?.toString(16).padStart(6, "0")).join();
        const words = parts.map((part) => part.toWellFormed());
        expect(evaluate(parseExpression("sort(words)"), { words })).toEqual(
          words.toSorted((a, b) => (points(a) < points(b) ? -1 : points(a) > points(b) ? 1 : 0)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("finds between a start and an end, counted in characters, from the end where it is below 0", () => {
    const scope = { text: "a😀b😀c" };
    const run = (expression: string): unknown => evaluate(parseExpression(expression), scope);
    expect(run("find_first(text, '😀', `2`)")).toBe(3);
    expect(run("find_first(text, '😀', `2`, `3`)")).toBeNull();
    expect(run("find_last(text, '😀', `0`, `3`)")).toBe(1);
    expect(run("find_last(text, '😀', `0`, `-2`)")).toBe(1);
    expect(run("find_first(text, 'a', `-3`)")).toBe(0);
    expect(run("find_first(text, 'a', `99`)")).toBeNull();
    expect(run("find_first('abcabc', 'c', `0`, `-1`)")).toBe(2);
  });

  it("does not change its input", () => {
    const before = JSON.stringify(SCOPE);
    for (const text of [
      "sort(input.list)",
      "reverse(input.list)",
      "merge(input, {n: `9`})",
      "sort_by(input.people, &age)",
    ])
      value(text);
    expect(JSON.stringify(SCOPE)).toBe(before);
  });
});

const expressions = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(
      "a",
      "b",
      "a.b",
      "@",
      "*",
      "[*]",
      "[]",
      "[0]",
      "[-1]",
      "[1:]",
      "[::-1]",
      "`1`",
      "'x'",
      "b[*].a",
      "a[].b",
      "missing",
    ),
    fc.tuple(tie("text"), tie("text")).map(([l, r]) => `(${l}) | (${r})`),
    fc
      .tuple(tie("text"), tie("text"), fc.constantFrom("==", "!=", "<", ">=", "&&", "||"))
      .map(([l, r, op]) => `(${l}) ${op} (${r})`),
    fc.tuple(tie("text"), tie("text")).map(([l, r]) => `[${l}, ${r}]`),
    fc.tuple(tie("text"), tie("text")).map(([l, r]) => `{a: ${l}, b: ${r}}`),
    fc.tuple(tie("text"), tie("text")).map(([l, r]) => `(${l})[?${r}]`),
    tie("text").map((inner) => `!(${inner})`),
    fc
      .tuple(fc.constantFrom("type", "to_array", "not_null", "to_string", "length", "keys", "reverse"), tie("text"))
      .map(([name, inner]) => `${name}(${inner})`),
    fc.tuple(tie("text"), tie("text")).map(([l, r]) => `map(&(${l}), ${r})`),
  ),
})).text;

const data = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, 1, 2, "", "x", "y"),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.record({ a: tie("value"), b: tie("value") }, { requiredKeys: [] }),
  ),
})).value;

describe("against the library's interpreter", () => {
  it("gives the same value, or both fail", () => {
    fc.assert(
      fc.property(expressions, data, (text, input) => {
        const scope = parseJsonInput(JSON.stringify({ a: input, b: [input, { a: 1 }] })) as { [key: string]: Json };
        let theirs: unknown = "failed";
        try {
          theirs = TreeInterpreter.search(compile(text), JSON.parse(JSON.stringify(scope)));
        } catch {
          // A failure is an outcome too.
        }
        const ours = outcome(text, scope);
        if (ours === "expression_failed") expect(theirs).toBe("failed");
        else expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs ?? null));
      }),
      { numRuns: 2000 },
    );
  });

  it("gives the same whatever was evaluated before", () => {
    fc.assert(
      fc.property(fc.array(expressions, { minLength: 2, maxLength: 8 }), data, fc.nat(), (texts, input, seed) => {
        const scope = parseJsonInput(JSON.stringify({ a: input, b: input })) as { [key: string]: Json };
        const forward = texts.map((text) => JSON.stringify(outcome(text, scope)));
        const order = texts
          .map((_, index) => index)
          .sort((i, j) => ((i * 7919 + seed) % 31) - ((j * 7919 + seed) % 31));
        const shuffled = new Map(order.map((index) => [index, JSON.stringify(outcome(texts[index] ?? "", scope))]));
        expect(texts.map((_, index) => shuffled.get(index))).toEqual(forward);
      }),
      { numRuns: 200 },
    );
  });
});
