import { ExactNumber } from "@meshhook/core";
import { describe, expect, it } from "vitest";

import { readPinnedAnswer, readPins } from "./pins.ts";

describe("readPinnedAnswer", () => {
  it("takes an answer; only the status must be there", () => {
    const answer = { status: 201, headers: { etag: "a" }, body: { id: 1 } };
    expect(readPinnedAnswer(JSON.stringify(answer))).toEqual({ answer });
    expect(readPinnedAnswer(`{"status":204}`)).toEqual({ answer: { status: 204, headers: {}, body: null } });
  });

  it.each([
    ["{", "Not JSON"],
    ["null", "must be an object"],
    ["{}", `"status" must be a number from 100 to 599, as in 200, not null`],
    [`{"status":"200"}`, `not "200"`],
    [`{"status":99}`, "not 99"],
    [`{"status":200,"headers":[]}`, `"headers" must be an object`],
    [`{"status":200,"headers":{"age":7}}`, `"age" in "headers" must be a text, not 7`],
  ])("says what is wrong with %s", (text, fault) => {
    expect(readPinnedAnswer(text)).toEqual({ fault: expect.stringContaining(fault) as string });
  });
});

describe("readPins", () => {
  it("reads back what was kept, and every digit of its numbers", () => {
    const pins = readPins(`{"call":{"status":200,"headers":{},"body":{"id":12345678901234567890}}}`);
    expect(pins["call"]?.body).toEqual({ id: new ExactNumber("12345678901234567890") });
    expect(readPins(JSON.stringify(pins))).toEqual(pins);
  });

  it("leaves out what is not an answer, so that a builder opens whatever an older page kept", () => {
    expect(readPins(`{"good":{"status":200},"bad":{"state":1},"none":null}`)).toEqual({
      good: { status: 200, headers: {}, body: null },
    });
    for (const text of ["[1]", "7", "null", "{"]) expect(readPins(text)).toEqual({});
  });
});
