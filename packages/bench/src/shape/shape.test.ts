import { expect, test } from "vitest";
import { closest } from "./closest.ts";
import { INVALID, Place } from "./mistake.ts";
import { choice, either, flag, list, made, number, object, optional, text, variants } from "./shape.ts";
import type { Shape } from "./shape.ts";
import { duration, durationText, rate, size, sizeText } from "./units.ts";

function read<T>(shape: Shape<T>, value: unknown): { readonly value: T | typeof INVALID; readonly mistakes: string[] } {
  const place = new Place();
  const result = shape.read(value, place);
  return {
    value: result,
    mistakes: place.mistakes.map(({ path, message, remedy }) => `${path}: ${message} ${remedy}`),
  };
}

const shape = object("A thing.", {
  name: text("Its name.", { max: 5, pattern: /^[a-z]+$/, expected: "a short word", example: "ada" }),
  size: optional(number("Its size.", { min: 0, max: 9, isWhole: true }), 3),
  parts: list(
    "Its parts.",
    variants("A part.", "kind", {
      wheel: object("A wheel.", { teeth: number("How many.", { min: 1, max: 100 }) }),
      axle: object("An axle.", { isHollow: flag("Whether it is hollow.") }),
    }),
  ),
});

test("a document is read with its fallbacks, and a part of every kind by its own fields", () => {
  const { value, mistakes } = read(shape, {
    name: "ada",
    parts: [
      { kind: "wheel", teeth: 2.5 },
      { kind: "axle", isHollow: true },
    ],
  });
  expect(mistakes).toEqual([]);
  expect(value).toEqual({
    name: "ada",
    size: 3,
    parts: [
      { kind: "wheel", teeth: 2.5 },
      { kind: "axle", isHollow: true },
    ],
  });
});

test("every mistake is told at once, with its place, its value and what to do", () => {
  const { value, mistakes } = read(shape, {
    nmae: "ada",
    size: 1.5,
    parts: [{ kind: "whel", teeth: 2 }, { kind: "axle" }, { teeth: 1 }, "x", { kind: "wheel", teeth: "2" }],
  });
  expect(value).toBe(INVALID);
  expect(mistakes).toEqual([
    'nmae: There is no field "nmae" here. Did you mean "name"?',
    ': The field "name" is missing. Add it: Its name.',
    "size: 1.5 is not a whole number from 0 to 9. Write a whole number within these bounds, without quotation marks.",
    'parts[0].kind: "whel" is not one of wheel, axle. Did you mean "wheel"?',
    'parts[1]: The field "isHollow" is missing. Add it: Whether it is hollow.',
    'parts[2]: The field "kind" is missing. Add it with one of wheel, axle.',
    'parts[3]: "x" is not a group of fields. Write its kind and the fields of that kind below it.',
    'parts[4].teeth: "2" is not a number from 1 to 100. Write a number within these bounds, without quotation marks.',
  ]);
});

test("the JSON Schema says what the reader takes", () => {
  expect(shape.schema).toMatchObject({
    additionalProperties: false,
    required: ["name", "parts"],
    properties: {
      name: { type: "string", pattern: "^[a-z]+$", maxLength: 5 },
      size: { type: "integer", minimum: 0, maximum: 9 },
      parts: { items: { oneOf: [{ required: ["kind", "teeth"], properties: { kind: { const: "wheel" } } }, {}] } },
    },
  });
});

test("a value takes the form that its looks say; a form can be made into something else, or refused", () => {
  const form = either<number>(
    "A number or a word.",
    [
      { has: (value) => typeof value === "number", shape: number("A number.", { min: 0, max: 9 }) },
      {
        has: (value) => typeof value === "string",
        shape: made(choice("A word.", ["one", "ten"]), (word, at) =>
          word === "one" ? 1 : at.report("ten is too much.", "Write one."),
        ),
      },
    ],
    { expected: "a number or a word", remedy: "Write one of them." },
  );
  expect(read(form, 4).value).toBe(4);
  expect(read(form, "one").value).toBe(1);
  expect(read(form, "ten").mistakes).toEqual([": ten is too much. Write one."]);
  expect(read(form, null).mistakes).toEqual([": null is not a number or a word. Write one of them."]);
});

test("durations, rates and sizes have units", () => {
  const time = duration("A time.", { maxMs: 3_600_000 });
  expect(["500ms", "1.5s", "15 s", "2min", "1h", "0s"].map((value) => read(time, value).value)).toEqual([
    500, 1_500, 15_000, 120_000, 3_600_000, 0,
  ]);
  expect([15, "15", "15sec", "-1s", "2h", ""].flatMap((value) => read(time, value).mistakes.length)).toEqual([
    1, 1, 1, 1, 1, 1,
  ]);
  const speed = rate("A rate.", { max: 1_000 });
  expect(["100/s", "6000/min", "1 / h", "0.5/s"].map((value) => read(speed, value).value)).toEqual([
    100,
    100,
    1 / 3_600,
    0.5,
  ]);
  expect([100, "100", "0/s", "1001/s", "1/d"].map((value) => read(speed, value).mistakes.length)).toEqual([
    1, 1, 1, 1, 1,
  ]);
  const bytes = size("A size.", { min: 200, max: 1_000_000 });
  expect(["200B", "1.005kB", "1MB"].map((value) => read(bytes, value).value)).toEqual([200, 1_005, 1_000_000]);
  expect(["199B", "1.0005kB", "2MB", "1k"].map((value) => read(bytes, value).mistakes.length)).toEqual([1, 1, 1, 1]);
});

test("quantities are told in the unit that suits them", () => {
  expect([0, 500, 1_500, 15_000, 120_000, 5_400_000, 7_200_000].map(durationText)).toEqual([
    "0 ms",
    "500 ms",
    "1.5 s",
    "15 s",
    "2 min",
    "90 min",
    "2 h",
  ]);
  expect([200, 1_010, 100_000, 1_000_000].map(sizeText)).toEqual(["200 B", "1.01 kB", "100 kB", "1 MB"]);
});

test("a misspelt word is close to the word it stands for, and a different one is not", () => {
  const words = ["warmup", "duration", "rate", "profile"];
  expect(["wramup", "durations", "Rate", "profil"].map((word) => closest(word, words))).toEqual([
    "warmup",
    "duration",
    "rate",
    "profile",
  ]);
  expect(closest("threshold", words)).toBeNull();
  // A beginning is nearer than a change.
  expect(closest("=", ["<=", ">=", "=="])).toBe("==");
  expect(closest("p99", ["p90Ms", "p95Ms", "p99Ms"])).toBe("p99Ms");
});
