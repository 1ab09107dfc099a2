import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { parseJsonInput } from "../json-input.ts";
import type { Json } from "../json.ts";
import { evaluate } from "./evaluate.ts";
import { ExpressionError, ExpressionSyntaxError } from "./expression-error.ts";
import { parseExpression } from "./parse.ts";
import { useSemantics } from "./semantics.ts";
import { parseTemplate, renderTemplate } from "./template.ts";
import { parseValueTemplate, resolveValue } from "./value-template.ts";

const SCOPE = parseJsonInput(
  `{"input":{
    "id":9007199254740993,"same":9007199254740993.0,"next":9007199254740994,"before":9007199254740992,
    "u64":18446744073709551615,"negative":-9007199254740993,"fraction":0.10000000000000000001,"huge":1e400,
    "safe":9007199254740991,"two":2,"half":0.5,
    "ids":[9007199254740995,3,9007199254740993,9007199254740994,-9007199254740993],
    "rows":[{"id":9007199254740995,"n":"c"},{"id":9007199254740993,"n":"a"},{"id":9007199254740994,"n":"b"}]}}`,
) as { readonly [name: string]: Json };

/** The JSON text of a value, or the error's message. */
function outcome(text: string): string {
  try {
    return JSON.stringify(evaluate(parseExpression(text), SCOPE));
  } catch (error) {
    if (error instanceof ExpressionError) return `${error.code}: ${error.message.replace(/^Expression ".*?": /, "")}`;
    throw error;
  }
}

afterEach(() => useSemantics(Number.POSITIVE_INFINITY));

describe("a number that no double can hold", () => {
  it.each([
    ["input.id", "9007199254740993"],
    ["[input.id, input.huge]", "[9007199254740993,1e400]"],
    ["type(input.id)", '"number"'],
    ["to_string(input.id)", '"9007199254740993"'],
    ["to_string(input.ids)", '"[9007199254740995,3,9007199254740993,9007199254740994,-9007199254740993]"'],
    ["join('-', map(&to_string(@), input.ids[:2]))", '"9007199254740995-3"'],
    ["input.id == input.before", "false"],
    ["input.id == input.next", "false"],
    ["input.id != input.before", "true"],
    ["input.id == input.same", "true"],
    ["input.id == `9007199254740993`", "true"],
    ["input.id == `9007199254740992`", "false"],
    ["input == input", "true"],
    ["[input.id] == [`9007199254740993`]", "true"],
    ['{a: input.id} == `{"a":9007199254740993}`', "true"],
    ["input.id > input.before", "true"],
    ["input.id < input.next", "true"],
    ["input.id >= `9007199254740993`", "true"],
    ["input.negative < `-9007199254740992`", "true"],
    ["input.huge > input.u64", "true"],
    ["input.ids[?@ > `9007199254740993`]", "[9007199254740995,9007199254740994]"],
    ["contains(input.ids, `9007199254740994`)", "true"],
    ["contains(input.ids, `9007199254740996`)", "false"],
    ["sort(input.ids)", "[-9007199254740993,3,9007199254740993,9007199254740994,9007199254740995]"],
    ["max(input.ids)", "9007199254740995"],
    ["min(input.ids)", "-9007199254740993"],
    ["sort_by(input.rows, &id)[].n", '["a","b","c"]'],
    ["max_by(input.rows, &id).n", '"c"'],
    ["min_by(input.rows, &id).n", '"a"'],
    ["keys(group_by(input.rows, &to_string(id)))", '["9007199254740995","9007199254740993","9007199254740994"]'],
    ["to_number('9007199254740993')", "9007199254740993"],
    ["to_number('1e999999999')", "null"],
    ["to_number(input.id)", "9007199254740993"],
    ["to_array(input.id)", "[9007199254740993]"],
    ["not_null(input.id)", "9007199254740993"],
    ["input.id && 'yes'", '"yes"'],
    ["!(input.id)", "false"],
    ["input.id.text", "null"],
    ["input.id.*", "null"],
    ["input.id[0]", "null"],
    [
      '`[9007199254740993, "9007199254740993", {"9007199254740993": 1e400}]`',
      '[9007199254740993,"9007199254740993",{"9007199254740993":1e400}]',
    ],
    ["'9007199254740993'", '"9007199254740993"'],
    ["input.id + `1`", "9007199254740994"],
    ["input.id + input.id", "18014398509481986"],
    ["input.id - `1`", "9007199254740992"],
    ["input.id - input.before", "1"],
    ["input.id * `10`", "90071992547409930"],
    ["input.id * input.u64", "166153499473114502550712756989853695"],
    ["input.u64 / `5`", "3689348814741910323"],
    ["input.id / `2`", "4503599627370496.5"],
    ["input.id // `2`", "4503599627370496"],
    ["input.negative // `2`", "-4503599627370497"],
    ["input.id % `10`", "3"],
    ["-input.id", "-9007199254740993"],
    ["+input.id", "9007199254740993"],
    ["abs(input.negative)", "9007199254740993"],
    ["input.fraction + `1`", "1.10000000000000000001"],
    ["ceil(input.fraction)", "1"],
    ["floor(input.fraction)", "0"],
    ["floor(-input.fraction)", "-1"],
    ["ceil(-input.fraction)", "0"],
    ["floor(input.id)", "9007199254740993"],
    ["floor(`9007199254740993.5`)", "9007199254740993"],
    ["ceil(`9007199254740993.5`)", "9007199254740994"],
    ["sum(input.ids)", "18014398509481992"],
    ["avg([input.id, `9007199254740995`])", "9007199254740994"],
    ["avg([input.before, `1`])", "4503599627370496.5"],
    ["avg([input.id, `1`, `1`])", "3002399751580331.5"],
    ["input.id / `7`", "1286742750677284.8"],
    ["`-1` / input.id", "-1.1102230246251564e-16"],
    ["`36028797018963972` / `4`", "9007199254740993"],
    ["input.huge / `1e399`", "10"],
    ["from_epoch(`1764500000.123456789012`)", '"2025-11-30T10:53:20.123457Z"'],
    ["form_encode({id: input.id, n: `1000000000000000000000`})", '"id=9007199254740993&n=1000000000000000000000"'],
  ])("%s is %s", (text, expected) => {
    expect(outcome(text)).toBe(expected);
  });

  it.each([
    ["input.safe + input.two", "9007199254740993"],
    ["input.safe * input.safe", "81129638414606663681390495662081"],
    ["-input.safe - input.two", "-9007199254740993"],
    ["sum([input.safe, input.two])", "9007199254740993"],
    ["sum([input.safe, input.two, `-3`])", "9007199254740990"],
    ["input.safe + input.half", "9007199254740991.5"],
    ["input.before + input.half", "9007199254740992.5"],
    ["input.half - input.before", "-9007199254740991.5"],
    ["`4503599627370497` + `0.25`", "4503599627370497.25"],
    ["`9007199254740993` * input.half", "4503599627370496.5"],
    ["`1000000000000001.5` % input.two", "1.5"],
    ["sum([input.before, input.half])", "9007199254740992.5"],
    ["sum([`4503599627370497`, `0.25`, `0.25`])", "4503599627370497.5"],
    ["`1e-200` * `1e-200`", "1e-400"],
    ["`1` / `3`", "0.3333333333333333"],
    ["`0.3` // `0.1`", "2"],
    ["avg([`0.1`, `0.2`])", "0.15000000000000002"],
    ["`0.1` + `0.2`", "0.30000000000000004"],
  ])("comes of doubles, too: %s is %s", (text, expected) => {
    expect(outcome(text)).toBe(expected);
  });

  it.each([
    ["input.huge / `3`", 'expression_failed: "/" gives a number outside the range of JSON numbers'],
    ["input.id / `0`", 'expression_failed: "/" divides by zero'],
    ["input.id // `0`", 'expression_failed: "//" divides by zero'],
    ["input.id % `0`", 'expression_failed: "%" divides by zero'],
    [
      "`1e5000` + `1`",
      "expression_failed: a calculation would need 5001 digits; the limit is 1000. Send such a number as a string",
    ],
    [
      "pad_left('a', input.id)",
      "expression_failed: pad_left() takes a number of at most 15 digits as argument 2, got 9007199254740993",
    ],
    [
      "find_first('a', 'a', input.id)",
      "expression_failed: find_first() takes a number of at most 15 digits as argument 3, got 9007199254740993",
    ],
    [
      "split('a', 'a', input.id)",
      "expression_failed: split() takes a number of at most 15 digits as argument 3, got 9007199254740993",
    ],
    [
      "date_add('2026-11-24', input.id, 'days')",
      "expression_failed: date_add() takes a number of at most 15 digits as argument 2, got 9007199254740993",
    ],
    [
      "to_epoch(input.id)",
      "expression_failed: to_epoch() takes a date as text as argument 1, got 9007199254740993; from_epoch() and from_epoch_ms() make dates of numbers",
    ],
    ["input.id + 'x'", 'expression_failed: "+" takes numbers, got the string "x"'],
    ["sort([input.id, 'x'])", 'expression_failed: sort() takes an array of numbers, got the string "x" at index 1'],
    [
      "length(input.id)",
      "expression_failed: length() takes a string, an array or an object as argument 1, got 9007199254740993",
    ],
  ])("%s fails and names the value", (text, expected) => {
    expect(outcome(text)).toBe(expected);
  });

  it("keeps its digits in texts and values", () => {
    expect(renderTemplate(parseTemplate("/users/{{ input.id }}?x={{ input.ids[0] }}"), SCOPE)).toBe(
      "/users/9007199254740993?x=9007199254740995",
    );
    const value = parseJsonInput('{"a":{"$jmes":"input.id"},"b":9007199254740993,"c":["{{ input.id }}",1e400]}');
    expect(JSON.stringify(resolveValue(parseValueTemplate(value), SCOPE))).toBe(
      '{"a":9007199254740993,"b":9007199254740993,"c":["9007199254740993",1e400]}',
    );
  });

  it("does not shift the positions of mistakes", () => {
    for (const text of ["`9007199254740993` + )", "a == `[9007199254740993, 1e400]` b", "`9007199254740993x`"]) {
      const offsetOf = (expression: string): number => {
        try {
          parseExpression(expression);
        } catch (error) {
          if (error instanceof ExpressionSyntaxError) return error.offset;
        }
        throw new Error(`${expression} should be refused`);
      };
      expect(offsetOf(text)).toBe(
        offsetOf(text.replaceAll("9007199254740993", "1000000000000000").replaceAll("1e400", "1e100")),
      );
    }
  });

  it("adds, subtracts, multiplies, divides and compares like whole numbers of any size", () => {
    const whole = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        const scope = parseJsonInput(`{"a":${a},"b":${b}}`) as { readonly [name: string]: Json };
        const run = (text: string): string => JSON.stringify(evaluate(parseExpression(text), scope));
        const digits = (value: bigint): string => JSON.stringify(parseJsonInput(String(value)));
        expect(run("a + b")).toBe(digits(a + b));
        expect(run("a - b")).toBe(digits(a - b));
        expect(run("sum([a, b])")).toBe(digits(a + b));
        expect(run("a * b")).toBe(digits(a * b));
        if (b !== 0n) expect(run("a % b")).toBe(digits(a % b));
        if (b !== 0n) expect(run("a // b")).toBe(digits(a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n)));
        expect(run("[a < b, a == b]")).toBe(JSON.stringify([a < b, a === b]));
      }),
    );
  });
});

describe("a whole number from 10^21 on", () => {
  const LARGE = parseJsonInput('{"input":{"n":1000000000000000000000,"twin":1e21,"small":0.0000001}}') as {
    readonly [name: string]: Json;
  };
  const run = (text: string): string => JSON.stringify(evaluate(parseExpression(text), LARGE));

  it("stays in digits if it was sent in digits, and in texts also if it was calculated", () => {
    expect(run("[input.n, input.twin]")).toBe("[1000000000000000000000,1e+21]");
    expect(run("`1000000000000000000000`")).toBe("1000000000000000000000");
    expect(run("to_number('1000000000000000000000')")).toBe("1000000000000000000000");
    expect(renderTemplate(parseTemplate("{{ input.n }}/{{ input.twin }}/{{ input.twin * `-2.5e9` }}"), LARGE)).toBe(
      "1000000000000000000000/1000000000000000000000/-2500000000000000000000000000000",
    );
    expect(renderTemplate(parseTemplate("{{ input.small }}/{{ -input.small / `8` }}"), LARGE)).toBe(
      "0.0000001/-0.0000000125",
    );
    expect(run("to_string(input.twin)")).toBe('"1000000000000000000000"');
  });

  it("equals the double of its value", () => {
    expect(run("[input.n == input.twin, input.twin == input.n, input.n != input.twin]")).toBe("[true,true,false]");
    expect(run("contains([input.n], input.twin)")).toBe("true");
    expect(run("[input.n > input.twin, input.n >= input.twin, input.n == '1', '1' == input.n]")).toBe(
      "[false,true,false,false]",
    );
  });

  it("is a double in a run with the first semantics", () => {
    useSemantics(1);
    expect(run("to_string(`1000000000000000000000`)")).toBe('"1e+21"');
  });
});

describe("a run with the first semantics", () => {
  it("rounds calculated, read and literal numbers as before", () => {
    useSemantics(1);
    expect(outcome("input.safe + input.two")).toBe("9007199254740992");
    expect(outcome("sum([input.safe, input.two])")).toBe("9007199254740992");
    expect(outcome("`9007199254740993`")).toBe("9007199254740992");
    expect(outcome("to_number('9007199254740993')")).toBe("9007199254740992");
    expect(outcome("avg([input.before, `1`])")).toBe("4503599627370496");
    expect(outcome("input.before + input.half")).toBe("9007199254740992");
    useSemantics(2);
    expect(outcome("`9007199254740993`")).toBe("9007199254740993");
  });
});
